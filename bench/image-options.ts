// What `npm run bench -- image` can be told, as flags for `parseArgs` and as numbers and lists for the rest of it.
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** The benchmark's flags, for whoever parses the whole command line. */
export const imageFlags = {
  /** A picture; may be given several times. */
  input: { type: 'string', multiple: true },
  /** A folder of pictures. */
  pictures: { type: 'string' },
  /** Side of the square that is cut out of the centre; 0 takes the whole picture. */
  crop: { type: 'string' },
  /** Steps of full training, which sets the target. */
  'full-steps': { type: 'string' },
  /** What an arm may spend, as a share of full training's samples. */
  budget: { type: 'string' },
  ratios: { type: 'string' },
  'learning-rates': { type: 'string' },
  schedules: { type: 'string' },
  /** `uniform`, `evos`, or `arms` for the named ones alone. */
  only: { type: 'string' },
  /** Arms by name, as the entries of `evos compare --strategies`. */
  arms: { type: 'string' },
  /** Settings of the grid's EVOS arms, joined by `+`. */
  evos: { type: 'string' },
  /** Full training's final PSNRs where they are known, one for each picture in their order: it is not trained again. */
  targets: { type: 'string' },
  out: { type: 'string' },
  /** Tables from what is there; nothing is trained. */
  report: { type: 'boolean' },
  seed: { type: 'string' },
  /** Share of full training's samples between two measurements. */
  measure: { type: 'string' },
  /** Seconds of work between two readings of the yardstick. */
  stretch: { type: 'string' },
  /** Seconds between two checkpoints. */
  checkpoint: { type: 'string' },
  device: { type: 'string' },
  workers: { type: 'string' },
} as const satisfies NonNullable<ParseArgsConfig['options']>;

/** Which part of the grid runs. */
export type Only = 'uniform' | 'evos' | 'arms';

/** The flags, read. */
export interface ImageOptions {
  readonly inputs: readonly string[];
  readonly pictures: string | undefined;
  readonly crop: number;
  readonly fullSteps: number;
  readonly budget: number;
  readonly ratios: readonly number[];
  readonly learningRates: readonly number[];
  readonly schedules: readonly string[];
  readonly only: Only | undefined;
  readonly arms: readonly string[];
  readonly evos: string;
  readonly targets: readonly number[];
  readonly out: string;
  readonly report: boolean;
  readonly seed: number;
  readonly measure: number;
  readonly stretch: number;
  readonly checkpoint: number;
  readonly device: 'auto' | 'cpu' | 'webgpu' | 'cuda';
  readonly workers: number;
}

/**
 * Reads the flags out of a command line; other benchmarks' flags and names may stand among them.
 * @throws Error naming the flag, what was got and what was expected
 */
export function readImageOptions(args: readonly string[]): ImageOptions {
  const { values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    strict: false,
    options: { ...imageFlags, json: { type: 'boolean' }, from: { type: 'string' } },
  });
  const text = (name: keyof typeof imageFlags): string | undefined => {
    const value = values[name];
    if (value === undefined || typeof value === 'string') return value;
    throw new Error(`--${name} needs a value`);
  };
  const number = (name: keyof typeof imageFlags, usual: number, from: number, to = Infinity): number =>
    inRange(name, text(name) ?? String(usual), from, to);
  const numbers = (name: keyof typeof imageFlags, usual: readonly number[]): number[] =>
    list(text(name) ?? usual.join()).map((word) => inRange(name, word, 1e-6, 1));
  const inputs: unknown[] = [values.input ?? []].flat();
  return {
    inputs: inputs.filter((word) => typeof word === 'string'),
    pictures: text('pictures'),
    crop: number('crop', 256, 0),
    fullSteps: number('full-steps', 1000, 1),
    budget: number('budget', 0.5, 0.001),
    ratios: numbers('ratios', [0.02, 0.05, 0.1, 0.2, 0.35, 0.5]),
    learningRates: numbers('learning-rates', [1e-4]),
    schedules: list(text('schedules') ?? 'constant,cosine'),
    only: oneOf('only', text('only'), ['uniform', 'evos', 'arms']),
    arms: list(text('arms') ?? ''),
    evos: text('evos') ?? 'preset=evos-paper',
    targets: list(text('targets') ?? '').map((word) => inRange('targets', word, 1, 200)),
    out: text('out') ?? 'runs/bench-image',
    report: values.report === true,
    seed: number('seed', 3407, 0),
    measure: number('measure', 0.01, 1e-4, 1),
    stretch: number('stretch', 15, 0),
    checkpoint: number('checkpoint', 60, 0),
    device: oneOf('device', text('device'), ['auto', 'cpu', 'webgpu', 'cuda']) ?? 'cpu',
    workers: number('workers', 0, 0),
  };
}

const list = (text: string): string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

function inRange(name: string, word: string, from: number, to: number): number {
  const value = Number(word);
  if (word.trim() !== '' && value >= from && value <= to) return value;
  throw new Error(
    `--${name}: got ${word}, expected a number of at least ${from}${to === Infinity ? '' : ` and at most ${to}`}`,
  );
}

function oneOf<Word extends string>(
  name: string,
  word: string | undefined,
  words: readonly Word[],
): Word | undefined {
  const found = words.find((each) => each === word);
  if (found !== undefined || word === undefined) return found;
  throw new Error(`--${name}: got ${word}, expected one of ${words.join(', ')}`);
}
