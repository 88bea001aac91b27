// What a benchmark is to `bench/run.ts`, and how the command line is read.
import { parseArgs } from 'node:util';
import { imageFlags, readImageOptions } from './image-options.js';

/** What the command line gives every benchmark. */
export interface Options {
  /** Prints a line for people. */
  readonly say: (line: string) => void;
  /** A folder of results already there, for benchmarks that can read them instead of running. */
  readonly from: string | undefined;
  /** How often everything is timed, where the benchmark's own number is not wanted. */
  readonly repeats: number | undefined;
  /** How many samples there are, where the benchmark's own number is not wanted. */
  readonly samples: number | undefined;
  /** How many steps are trained, where the benchmark's own number is not wanted. */
  readonly steps?: number | undefined;
  /** One scene by name, where a benchmark has several. */
  readonly scene?: string | undefined;
}

/** A benchmark: prints for people, returns for machines. */
export type Benchmark = (options: Options) => Promise<unknown>;

/** What was asked for. */
export interface Request extends Omit<Options, 'say'> {
  /** Benchmarks in the order asked for, each once. */
  readonly names: readonly string[];
  readonly json: boolean;
}

/** Says what is wrong with a command line. */
export class UsageError extends Error {}

/**
 * Reads a command line.
 * @param known the names there are
 * @throws UsageError for an unknown name or option, a number that is none, or no name at all.
 */
export function readArguments(args: readonly string[], known: readonly string[]): Request {
  const { values, positionals } = parse(args);
  const unknown = positionals.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`there is no benchmark "${unknown}"; there are ${known.join(', ')}`);
  if (positionals.length === 0) throw new UsageError(`name a benchmark: ${known.join(', ')}`);
  checkImageFlags(args, positionals, Object.keys(values));
  return {
    names: [...new Set(positionals)],
    json: values.json,
    from: values.from,
    repeats: whole('--repeats', values.repeats),
    samples: whole('--samples', values.samples),
    steps: whole('--steps', values.steps),
    scene: values.scene,
  };
}

/** One line about how to call. */
export function usage(known: readonly string[]): string {
  return (
    `usage: npm run bench -- ${known.join(' | ')} … [--json] [--repeats N] [--samples N] [--steps N] [--scene NAME] [--from DIR]\n` +
    `image also takes ${Object.keys(imageFlags)
      .map((name) => `--${name}`)
      .join(' ')}`
  );
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...imageFlags,
        json: { type: 'boolean', default: false },
        from: { type: 'string' },
        repeats: { type: 'string' },
        samples: { type: 'string' },
        steps: { type: 'string' },
        scene: { type: 'string' },
      },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause));
  }
}

/** `image` reads its flags itself; here they are refused early, and where they would mean nothing. */
function checkImageFlags(args: readonly string[], names: readonly string[], given: readonly string[]): void {
  if (names.includes('image')) {
    try {
      readImageOptions(args);
    } catch (cause) {
      throw new UsageError(cause instanceof Error ? cause.message : String(cause));
    }
    return;
  }
  const stray = given.find((name) => Object.hasOwn(imageFlags, name));
  if (stray !== undefined) throw new UsageError(`--${stray} is for the benchmark image, which was not named`);
}

function whole(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text.replaceAll(/[_,]/g, ''));
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new UsageError(`${name}: got "${text}", expected a whole number from 1`);
}
