// What a setting is, as plain data: its type, range and default. Strategies, backbones and modalities declare theirs with
// these, and everything else follows: TypeScript types, checks, command-line options, help, the JSON Schema. The words are
// the JSDoc of the declaration, which editors show and the build collects for the help.

/** A number at every step: the same, or from one to another over the run. */
export type Ramp = number | { readonly from: number; readonly to: number };

interface Bounds {
  /** At least. */
  readonly min?: number;
  /** At most. */
  readonly max?: number;
  /** More than. */
  readonly above?: number;
  /** Less than. */
  readonly below?: number;
}

/** A number. */
export interface NumberSetting<Default extends number | undefined = number | undefined> extends Bounds {
  readonly type: 'number';
  readonly whole: boolean;
  readonly default: Default;
}

/** A number, or one that moves from one value to another over the run: `100`, or `{ from: 100, to: 50 }`. */
export interface RampSetting extends Bounds {
  readonly type: 'ramp';
  readonly whole: boolean;
  readonly default: Ramp;
}

/** One of a few words. */
export interface ChoiceSetting<
  Choice extends string = string,
  Default extends Choice | undefined = Choice | undefined,
> {
  readonly type: 'choice';
  readonly choices: readonly Choice[];
  readonly default: Default;
}

/** Text, of a form. */
export interface TextSetting<Default extends string | undefined = string | undefined> {
  readonly type: 'text';
  /** The form, and what is expected of it in words. */
  readonly form?: { readonly pattern: RegExp; readonly expected: string };
  /** Whether it is the path of a file: relative ones start where the command runs, or at the configuration file. */
  readonly path?: boolean;
  readonly default: Default;
}

/** Yes or no. */
export interface SwitchSetting {
  readonly type: 'switch';
  readonly default: boolean;
}

/** Several texts. */
export interface ListSetting {
  readonly type: 'list';
  /** The option's name on the command line where each entry has an option of its own; default: one option, with commas. */
  readonly each?: string;
  /** What is wrong with an entry, a sentence each. */
  readonly problems?: (entry: string) => readonly string[];
  readonly default: readonly string[];
}

/** One setting. */
export type Setting = NumberSetting | RampSetting | ChoiceSetting | TextSetting | SwitchSetting | ListSetting;

/** Settings by name. */
export type SettingsShape = Readonly<Record<string, Setting>>;

type Maybe<Default> = undefined extends Default ? undefined : never;

/** The values that one setting stands for. */
export type ValueOf<Of> = Of extends { readonly type: 'ramp' }
  ? Ramp
  : Of extends { readonly type: 'switch' }
    ? boolean
    : Of extends { readonly type: 'list' }
      ? readonly string[]
      : Of extends ChoiceSetting<infer Choice, infer Default>
        ? Choice | Maybe<Default>
        : Of extends NumberSetting<infer Default>
          ? number | Maybe<Default>
          : Of extends TextSetting<infer Default>
            ? string | Maybe<Default>
            : never;

/** The values of settings, all of them there. Editors show the JSDoc of the declaration. */
export type SettingsOf<Shape> = { readonly [Name in keyof Shape]: ValueOf<Shape[Name]> };

/**
 * A number in a range.
 * @throws never
 * @example
 * const settings = defineSettings('mine', { ratio: number({ above: 0, max: 1, default: 0.5 }) });
 */
export function number<const Default extends number | undefined>(
  options: Bounds & { readonly default: Default },
): NumberSetting<Default> {
  return { type: 'number', whole: false, ...options };
}

/**
 * A whole number in a range.
 * @throws never
 * @example
 * const settings = defineSettings('mine', { count: integer({ min: 1, default: 8 }) });
 */
export function integer<const Default extends number | undefined>(
  options: Bounds & { readonly default: Default },
): NumberSetting<Default> {
  return { type: 'number', whole: true, ...options };
}

/**
 * A number that may move over the run.
 * @throws never
 * @example
 * const settings = defineSettings('mine', { interval: ramp({ min: 1, whole: true, default: { from: 100, to: 50 } }) });
 */
export function ramp(options: Bounds & { readonly default: Ramp; readonly whole?: boolean }): RampSetting {
  return { type: 'ramp', whole: false, ...options };
}

/**
 * One of some words.
 * @throws never
 * @example
 * const settings = defineSettings('mine', { walk: choice(['straight', 'random'], 'random') });
 */
export function choice<
  const Choice extends string,
  const Default extends NoInfer<Choice> | undefined = NoInfer<Choice>,
>(choices: readonly Choice[], usual: Default): ChoiceSetting<Choice, Default> {
  return { type: 'choice', choices, default: usual };
}

/**
 * Text.
 * @throws never
 * @example
 * const settings = defineSettings('mine', { title: text({ default: 'none' }) });
 */
export function text<const Default extends string | undefined>(
  options: Omit<TextSetting<Default>, 'type'>,
): TextSetting<Default> {
  return { type: 'text', ...options };
}

/**
 * Yes or no.
 * @throws never
 * @example
 * const settings = defineSettings('mine', { normalise: toggle(true) });
 */
export function toggle(usual: boolean): SwitchSetting {
  return { type: 'switch', default: usual };
}

/**
 * Several texts.
 * @throws never
 * @example
 * const settings = defineSettings('mine', { files: list({ default: [] }) });
 */
export function list(options: Omit<ListSetting, 'type'>): ListSetting {
  return { type: 'list', ...options };
}

/**
 * Gives a shape a name, by which the build finds the JSDoc of its settings.
 * @throws never
 * @example
 * const settings = defineSettings('mine', { ratio: number({ above: 0, max: 1, default: 0.5 }) });
 * const { ratio } = resolveSettings('mine', settings, {});
 */
export function defineSettings<const Shape extends SettingsShape>(_id: string, shape: Shape): Shape {
  return shape;
}
