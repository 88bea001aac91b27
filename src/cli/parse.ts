// From words to a command and its options. yargs splits the words, writes the help and the completions;
// whether an option is known, given once and in range is judged here, with messages that say what to do.
import yargs, { type Argv } from 'yargs';
import { commonControls, type Command, type Given } from './command.js';
import { groupsOf, type OptionGroup } from './field-groups.js';
import { choicesOf, controlOptions, type Option } from './fields.js';
import { readOptions, readSettings } from './read-options.js';
import { either } from '../recipes/modalities/recognise.js';
import { modalities } from '../recipes/modalities/registry.js';
import type { Modality } from '../recipes/runs/modality.js';
import { present } from '../core/present.js';
import { closest, didYouMean } from '../core/did-you-mean.js';
import { UsageError } from './usage-error.js';
import { version } from '../recipes/runs/version.js';

/** What the words ask for: text to print (help, version, completions), or a command to run. */
export type Parsed =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'command'; readonly command: Command; readonly given: Given };

/** Help is set no wider than this: longer lines are hard to read. */
const HELP_COLUMNS = 100;
const COMPLETE = 'get-yargs-completions';

/**
 * @param words the command line without `node` and script
 * @param where width of the terminal, for help, and where relative paths start
 * @throws UsageError when the words make no command
 */
export function parseWords(
  words: readonly string[],
  commands: readonly Command[],
  { columns, cwd }: { readonly columns: number; readonly cwd: string },
): Parsed {
  // `evos help fit` is what many type
  const [argv, shell] = completed(words[0] === 'help' ? [...words.slice(1), '--help'] : words);
  return inShell(shell, () => parse(withoutNegations(argv, commands), commands, columns, cwd));
}

/** `--no-turntable` is `--turntable=false`, and so for every setting that is true or false. */
function withoutNegations(argv: readonly string[], commands: readonly Command[]): readonly string[] {
  const prefix = '--no-';
  if (!argv.some((word) => word.startsWith(prefix))) return argv;
  const options = commands.flatMap((command) => groupsFor(command).flatMap((group) => group.options));
  const switches = new Set(
    options.filter(({ setting }) => setting.type === 'switch').map(({ flag }) => flag),
  );
  return argv.map((word) => {
    const flag = word.startsWith(prefix) ? word.slice(prefix.length) : '';
    return switches.has(flag) ? `--${flag}=false` : word;
  });
}

function parse(argv: readonly string[], commands: readonly Command[], columns: number, cwd: string): Parsed {
  const completing = argv.some((word) => word === `--${COMPLETE}`);
  const shown = completing || asksForHelp(argv) ? shownIn(argv) : 'none';
  // judged only after yargs is through: help goes before any complaint
  let asked: { command: Command; values: Record<string, unknown> } | undefined;

  const parser = yargs(argv)
    .scriptName('evos')
    .locale('en')
    .usage('$0 <command> [options]\n\nTrains implicit neural representations on the samples that matter.')
    .wrap(Math.min(HELP_COLUMNS, columns))
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'short-option-groups': false,
      'strip-aliased': true,
    })
    .updateStrings({ 'Not enough arguments following: %s': '--%s needs a value' })
    .fail((message: string, error: Error | undefined | null) => {
      throw error instanceof Error && error.name !== 'YError' ? error : new Complaint(message);
    })
    .help('help')
    .alias('help', 'h')
    .version(version)
    .alias('version', 'v')
    .epilogue(
      'Settings can also be written in evos.config.{ts,js,mjs,json}. `evos doctor` says where it can train.',
    );
  addOptions(parser, commonOptions(), shown);
  for (const command of commands) {
    // yargs would complain of a missing argument before anything else is judged, so it never knows one is required
    const { positional } = command;
    const dots = positional?.several === true ? '..' : '';
    const argument = positional === undefined ? '' : ` [${positional.name}${dots}]`;
    parser.command(
      `${command.name}${argument}`,
      command.description,
      (builder) =>
        describeCommand(builder, command, shown).middleware(
          (values) => void (asked ??= { command, values }),
          true,
        ),
      () => undefined,
    );
  }
  parser.completion(
    'completion',
    `Print a completion script: completion ${shells.join('|')}, by default for the shell in use`,
  );
  const { values, output, complaint } = split(parser, argv);
  if (output !== '' || completing) return { kind: 'text', text: markRequired(output, commands) };
  if (asked !== undefined) {
    const { command } = asked;
    const given = read(command, asked.values, argv, cwd);
    if (complaint === undefined) return { kind: 'command', command, given };
  }
  if (complaint !== undefined) {
    const name = commands.map((command) => command.name).find((each) => argv.includes(each));
    throw new UsageError(complaint, name);
  }
  throw noCommand(values, commands, argv);
}

const shells = ['bash', 'zsh', 'fish'];

/** The words without the shell that `evos completion zsh` names, and that shell. */
function completed(words: readonly string[]): [string[], string | undefined] {
  const [command, shell, ...more] = words;
  if (command !== 'completion' || shell === undefined || shell.startsWith('-'))
    return [[...words], undefined];
  if (shells.includes(shell)) return [[command, ...more], shell];
  const hint = didYouMean(shell, shells, (found) => `evos completion ${found}`);
  throw new UsageError(
    `There is no completion script for ${shell}.${hint} There is one for ${either(shells)}.`,
  );
}

/** yargs takes the shell from the environment when it is made. */
function inShell<Result>(shell: string | undefined, work: () => Result): Result {
  if (shell === undefined) return work();
  const { SHELL: before, ZSH_NAME: name } = process.env;
  Object.assign(process.env, { SHELL: shell, ZSH_NAME: '' });
  try {
    return work();
  } finally {
    for (const [key, value] of Object.entries({ SHELL: before, ZSH_NAME: name })) {
      if (value === undefined) Reflect.deleteProperty(process.env, key);
      else process.env[key] = value;
    }
  }
}

/** yargs does not like the words. */
class Complaint extends Error {}

/** What yargs makes of the words. */
interface Split {
  readonly values: Record<string, unknown>;
  /** Text to print: help, version, completions. */
  readonly output: string;
  /** What yargs did not like. */
  readonly complaint?: string;
}

/** Lets yargs do its part. Nothing in it is asynchronous: the commands run after the words are read. */
function split(parser: Argv, argv: readonly string[]): Split {
  let result: Split = { values: {}, output: '' };
  try {
    void parser.parse(argv, {}, (_error: unknown, values: Record<string, unknown>, output: string) => {
      result = { values, output };
    });
  } catch (error) {
    if (!(error instanceof Complaint)) throw error;
    return { ...result, complaint: error.message.replace(/^--(.) /, '-$1 ') };
  }
  return result;
}

/** `[input]` → `<input>` in the help of commands that need it. */
function markRequired(help: string, commands: readonly Command[]): string {
  return commands.reduce((text, { name, positional }) => {
    if (positional?.required !== true) return text;
    const shown = `${positional.name}${positional.several === true ? '..' : ''}`;
    return text.replaceAll(`${name} [${shown}]`, `${name} <${shown}>`);
  }, help);
}

/**
 * The options that a command's help shows: the usual ones, those of a kind, or all. None where nobody reads it: yargs
 * writes the help of every command that runs, and to set hundreds of options takes as long as all the rest of the start.
 */
type Shown = 'none' | 'usual' | 'all' | Modality;

const asksForHelp = (argv: readonly string[]): boolean =>
  argv.some((word) => ['--help', '-h', 'help'].includes(word));

/** `evos fit --help` is short; `evos fit --help mesh` and `evos fit --help all` say more, and so does naming a plugin. */
function shownIn(argv: readonly string[]): Shown {
  if (!asksForHelp(argv)) return 'all';
  const kind = modalities().find(({ kind: name, several }) => argv.includes(name) || argv.includes(several));
  const plugin = argv.some((word) => /^--plugin(=|$)/.test(word));
  return kind ?? (plugin || argv.includes('all') ? 'all' : 'usual');
}

function describeCommand(builder: Argv, command: Command, shown: Shown): Argv {
  const { positional, usual } = command;
  if (positional !== undefined) {
    builder.positional(positional.name, { describe: positional.description, type: 'string' });
  }
  const kinds = typeof shown === 'object' ? [shown] : modalities();
  const short = shown === 'usual' && usual !== undefined;
  for (const { title, options } of groupsFor(command, kinds)) {
    addOptions(builder, short ? options.filter(({ key }) => usual.includes(key)) : options, shown, title);
  }
  addOptions(builder, [...ownOptions(command), ...(command.further?.() ?? [])], shown);
  if (shown === 'none') return builder;
  builder.example(command.examples.map(([line, text]) => [line, text] as [string, string]));
  if (!short) return builder.epilogue('');
  const help = `evos ${command.name} --help`;
  const ofKinds = modalities().map(({ kind, several }) => `\`${help} ${kind}\` for ${several}`);
  return builder.epilogue(`There are more settings: ${ofKinds.join(', ')}, \`${help} all\`.`);
}

const commonOptions = (): Option[] => controlOptions('controls', commonControls);

/** The options of a command that are no settings of what is fitted. */
function ownOptions({ name, controls }: Command): Option[] {
  return [...commonOptions(), ...controlOptions(name, controls)];
}

function groupsFor({ settings }: Command, kinds = modalities()): readonly OptionGroup[] {
  return settings === undefined ? [] : groupsOf(kinds, settings);
}

function addOptions(builder: Argv, options: readonly Option[], shown: Shown, group?: string): void {
  for (const option of options) {
    const { type } = option.setting;
    const choices = choicesOf(option);
    const negated = type === 'switch' && option.bare !== true ? ` (off: \`--no-${option.flag}\`)` : '';
    builder.option(option.flag, {
      describe: `${option.description}${negated}`,
      // The default is only shown: one that yargs sets would override the configuration file.
      ...present({ group, defaultDescription: option.shownDefault }),
      hidden: shown === 'none',
      ...(option.bare === true ? { type: 'boolean' } : { requiresArg: true, string: true }),
      // shown as a number, yet read as text: what was typed is needed for the message when it is none
      ...(type === 'number' ? { number: true } : {}),
      ...(choices.length > 0 ? { choices } : {}),
      ...(option.flag === 'out' ? { alias: 'o' } : {}),
    });
  }
}

/** Judges and reads everything after a command's name. */
function read(
  command: Command,
  values: Record<string, unknown>,
  argv: readonly string[],
  cwd: string,
): Given {
  const controls = ownOptions(command);
  const further = command.further?.() ?? [];
  const options = [...groupsFor(command).flatMap((group) => group.options), ...controls, ...further];
  checkKnown(values, options, argv, command);
  const extra = (values['_'] as string[]).slice(1);
  const { positional } = command;
  if (extra.length > 0) {
    const takes = positional === undefined ? 'no arguments' : `one ${positional.name}`;
    throw new UsageError(`evos ${command.name} takes ${takes}; got also ${extra.join(' ')}.`, command.name);
  }
  const words = positional === undefined ? undefined : values[positional.name];
  const inputs = [words].flat().flatMap((word) => (typeof word === 'string' && word !== '' ? [word] : []));
  if (positional?.several !== true && Array.isArray(words))
    throw new UsageError(`${positional?.name} was given more than once.`, command.name);
  if (positional?.required === true && inputs.length === 0) {
    const message = `evos ${command.name} needs <${positional.name}>: ${positional.description}.`;
    throw new UsageError(message, command.name);
  }
  const typed = { values, argv };
  return {
    input: inputs[0],
    inputs,
    settings: readSettings(command, inputs, typed, cwd),
    controls: readOptions(controls, typed, command.name),
    further: readOptions(further, typed, command.name),
  };
}

function checkKnown(
  values: Record<string, unknown>,
  options: readonly Option[],
  argv: readonly string[],
  command: Command | undefined,
): void {
  const flags = options.map(({ flag }) => flag);
  const ofYargs = ['_', '$0', 'help', 'h', 'version', 'v', COMPLETE];
  const known = new Set([...ofYargs, command?.positional?.name, ...flags]);
  const unknown = Object.keys(values).filter((key) => !known.has(key));
  if (unknown.length === 0) return;
  const lines = unknown.map((key) => {
    const typed = argv
      .map((word) => word.replace(/=.*$/s, ''))
      .find((word) => word.replace(/^-+/, '') === key);
    return `Unknown option ${typed ?? `--${key}`}.${didYouMean(key, [...flags, 'help', 'version'], (flag) => `--${flag}`)}`;
  });
  throw new UsageError(lines.join('\n'), command?.name);
}

/** No command was named, or none of that name exists. */
function noCommand(
  values: Record<string, unknown>,
  commands: readonly Command[],
  argv: readonly string[],
): UsageError {
  const names = [...commands.map((command) => command.name), 'completion'];
  const name = (values['_'] as string[] | undefined)?.[0];
  if (name === undefined) {
    checkKnown(values, commonOptions(), argv, undefined);
    return new UsageError(`Name a command: ${names.join(', ')}.`);
  }
  const looksLikeFile = closest(name, names) === undefined && /[./\\]/.test(name);
  const hint = looksLikeFile
    ? ` To fit a file: evos fit ${name}`
    : didYouMean(name, names, (found) => `evos ${found}`);
  return new UsageError(`Unknown command ${name}.${hint === '' ? ` Commands: ${names.join(', ')}.` : hint}`);
}
