// What a command is: its words in the help, the schemas its options come from, and what it does.
import { z } from 'zod';
import type { RunKind } from '../recipes/runs/folder.js';
import type { Environment } from './environment.js';
import { groupsOf, type FieldGroup, type FieldsByKind } from './field-groups.js';
import { fieldsOf, type Field } from './fields.js';
import type { Screen } from './screen.js';

/** Options of every command. */
export const commonControls = {
  json: z.boolean().optional().describe('results and events as JSON on standard output, one object per line'),
  quiet: z.boolean().optional().describe('errors only'),
  noColor: z.boolean().optional().describe('no colours; the variable NO_COLOR does the same'),
};

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
  /** The positional argument. */
  readonly input: string | undefined;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly controls: Readonly<Record<string, unknown>>;
}

/** The positional argument of a command. */
export interface Positional {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
}

/** A schema of settings for each kind of input. */
export type SettingsByKind = Readonly<Record<RunKind, z.ZodObject>>;

/** A command as the parser sees it. */
export interface Command {
  readonly name: string;
  readonly description: string;
  readonly positional: Positional | undefined;
  /** The schemas of the recipe's settings by what is fitted, if it has some. */
  readonly settings: SettingsByKind | undefined;
  /** The schema of the command's other options. */
  readonly controls: z.ZodObject;
  /** The options of these schemas; undefined when there are none. */
  readonly settingFields: FieldsByKind | undefined;
  /** The same under the headings of the help. */
  readonly settingGroups: readonly FieldGroup[];
  readonly controlFields: readonly Field[];
  /** Command lines and what they do. */
  readonly examples: readonly (readonly [string, string])[];
  /** @returns the exit code */
  run(given: Given, context: Context): Promise<number>;
}

/** Puts a command together; its `run` gets the controls typed by their schema. */
export function defineCommand<C extends z.ZodRawShape>(definition: {
  name: string;
  description: string;
  positional?: Positional;
  settings?: SettingsByKind;
  controls: C;
  examples: readonly (readonly [string, string])[];
  run(
    given: { input: string | undefined; settings: Given['settings']; controls: z.output<z.ZodObject<C>> },
    context: Context,
  ): Promise<number>;
}): Command {
  const controls = z.strictObject(definition.controls);
  const common = z.strictObject(commonControls);
  const { settings } = definition;
  const settingFields =
    settings === undefined
      ? undefined
      : {
          image: fieldsOf(settings.image),
          mesh: fieldsOf(settings.mesh),
          scene: fieldsOf(settings.scene),
        };
  return {
    name: definition.name,
    description: definition.description,
    positional: definition.positional,
    settings,
    controls: controls.extend(commonControls),
    settingFields,
    settingGroups: settingFields === undefined ? [] : groupsOf(settingFields),
    controlFields: [...fieldsOf(controls), ...fieldsOf(common)],
    examples: definition.examples,
    run: (given, context) => {
      const own = Object.entries(given.controls).filter(([key]) => !(key in commonControls));
      return definition.run({ ...given, controls: controls.parse(Object.fromEntries(own)) }, context);
    },
  };
}
