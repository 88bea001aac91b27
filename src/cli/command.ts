// What a command is: its words in the help, the settings its options come from, and what it does.
import { defineSettings, toggle, type SettingsOf, type SettingsShape } from '../core/settings.js';
import { shapeProblems } from '../recipes/settings/check.js';
import type { Purpose } from '../recipes/settings/resolver.js';
import type { Environment } from './environment.js';
import type { Option } from './fields.js';
import type { Screen } from './screen.js';

/** Options of every command. */
export const commonControls = defineSettings('controls', {
  /** Results and events as JSON on standard output, one object per line. */
  json: toggle(false),
  /** Errors only. */
  quiet: toggle(false),
  /** No colours; the variable NO_COLOR does the same. */
  noColor: toggle(false),
});

/** What a command runs in. */
export interface Context {
  readonly env: Environment;
  readonly screen: Screen;
  /** Standard output is for programs: one JSON object per line. */
  readonly json: boolean;
  /** Nothing but errors. */
  readonly quiet: boolean;
}

/** What was typed after the command's name: read and in range, without defaults. */
export interface Given {
  /** The positional argument, the first of several. */
  readonly input: string | undefined;
  /** All of them, where a command takes several. */
  readonly inputs: readonly string[];
  readonly settings: Readonly<Record<string, unknown>>;
  readonly controls: Readonly<Record<string, unknown>>;
  /** The values of further options. */
  readonly further: Readonly<Record<string, unknown>>;
}

/** The positional argument of a command. */
export interface Positional {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  /** Whether there may be more than one. */
  readonly several?: boolean;
}

/** A command as the parser sees it. */
export interface Command {
  readonly name: string;
  readonly description: string;
  readonly positional?: Positional;
  /** The settings of each kind of input that it takes. */
  readonly settings?: Purpose;
  /** The settings that its help shows unless more is asked for; default: all. */
  readonly usual?: readonly string[];
  /** Its other options. */
  readonly controls: SettingsShape;
  /** Further options, which depend on what there is; asked for whenever words are parsed. */
  readonly further?: () => readonly Option[];
  /** Command lines and what they do. */
  readonly examples: readonly (readonly [string, string])[];
  /** @returns the exit code */
  run(given: Given, context: Context): Promise<number>;
}

/** Options as far as they were typed. */
export type Typed<Controls> = Partial<SettingsOf<Controls>>;

/** Puts a command together; its `run` gets the controls typed by their declaration, as far as they were named. */
export function defineCommand<Controls extends SettingsShape>(
  definition: Omit<Command, 'controls' | 'run'> & {
    readonly controls: Controls;
    run(given: Given & { readonly controls: Typed<Controls> }, context: Context): Promise<number>;
  },
): Command {
  const { controls: shape } = definition;
  return {
    ...definition,
    run: (given, context) => {
      const own = Object.entries(given.controls).filter(([key]) => !Object.hasOwn(commonControls, key));
      const controls = Object.fromEntries(own);
      if (!judged(shape, controls))
        throw new TypeError(`evos ${definition.name}: got options not judged yet.`);
      return definition.run({ ...given, controls }, context);
    },
  };
}

function judged<Shape extends SettingsShape>(shape: Shape, values: object): values is Typed<Shape> {
  return shapeProblems(shape, values).length === 0;
}
