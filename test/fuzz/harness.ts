// Readers under damage. A kind hands in small valid inputs and the reader; an input is a valid one with a few faults put into
// it, and depends on nothing but seed and number, so that any of a hundred thousand can be made again alone. A reader may
// read it or refuse it with an EvosError; any other error is a fault, and so is taking long.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { EvosErrorCode } from '../../src/core/errors.js';
import { show } from '../../src/core/check.js';
import { createRandom, type Random } from '../../src/core/numeric/random.js';
import { processorMilliseconds } from '../support/processor-time.js';

/** A small valid input. */
export interface Sample {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The readers of one kind of input. */
export interface FuzzKind {
  /** Valid inputs, one of each format at least; always the same. */
  samples(): Promise<readonly Sample[]>;
  /**
   * Reads an input.
   * @param bytes a sample's with faults in them
   * @param sample which one it was made of: its name says which reader is meant
   * @param folder a folder that is kept for all inputs of a process, for readers that take files
   */
  read(bytes: Uint8Array, sample: Sample, folder: string): Promise<unknown>;
  /** Inputs of the short run; about a second. */
  readonly short: number;
}

/** An input as the harness makes it. */
export interface FuzzInput {
  readonly sample: Sample;
  readonly bytes: Uint8Array;
}

/** What became of one input. */
export interface Verdict {
  readonly index: number;
  readonly sample: string;
  readonly outcome: 'read' | 'refused' | 'fault';
  /** Processor time. */
  readonly milliseconds: number;
  /** Of a fault: what is wrong, in a line or more. */
  readonly words?: string;
}

/** Which inputs. */
export interface FuzzRange {
  readonly seed: number;
  /** Number of the first input; 0 unless told. */
  readonly from?: number;
  readonly count: number;
}

/** The most processor time that reading an input may take. Models, which start threads, take 0.75 s on a slow machine, others a tenth of that. */
export const longestMilliseconds = 10_000;

/** Makes the input of a number. */
export function inputOf(samples: readonly Sample[], seed: number, index: number): FuzzInput {
  const random = createRandom(seed * 2 ** 32 + index);
  const sample = samples[random.below(samples.length)];
  if (sample === undefined) throw new Error('a kind without samples cannot be fuzzed');
  const other = samples[random.below(samples.length)] ?? sample;
  return { sample, bytes: mutate(sample.bytes, other.bytes, random) };
}

/** Reads inputs one after the other in this process, and hands out what became of each. */
export async function* fuzz(
  kind: FuzzKind,
  { seed, from = 0, count }: FuzzRange,
  longest = longestMilliseconds,
): AsyncGenerator<Verdict, void, undefined> {
  const samples = await kind.samples();
  const folder = await mkdtemp(path.join(tmpdir(), 'evos-fuzz-'));
  try {
    for (let index = from; index < from + count; index++) {
      yield await judge(kind, inputOf(samples, seed, index), { index, folder, longest });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Hands a reader every sample as it is. @throws what the reader throws: a sample that is refused tries nothing */
export async function readWholeSamples(kind: FuzzKind): Promise<number> {
  const samples = await kind.samples();
  const folder = await mkdtemp(path.join(tmpdir(), 'evos-fuzz-'));
  try {
    for (const sample of samples) await kind.read(sample.bytes, sample, folder);
    return samples.length;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Judging {
  readonly index: number;
  readonly folder: string;
  readonly longest: number;
}

async function judge(
  kind: FuzzKind,
  { sample, bytes }: FuzzInput,
  { index, folder, longest }: Judging,
): Promise<Verdict> {
  const start = processorMilliseconds();
  const error: unknown = await kind.read(bytes, sample, folder).then(
    () => undefined,
    (thrown: unknown) => thrown ?? new Error('nothing was thrown'),
  );
  const milliseconds = processorMilliseconds() - start;
  const common = { index, sample: sample.name, milliseconds };
  if (milliseconds > longest) {
    return { ...common, outcome: 'fault', words: `took ${Math.round(milliseconds)} ms` };
  }
  if (error === undefined) return { ...common, outcome: 'read' };
  if (isRefusal(error)) return { ...common, outcome: 'refused' };
  const words = error instanceof Error ? (error.stack ?? error.message) : show(error);
  return { ...common, outcome: 'fault', words };
}

/** What a user is told about a file: of the EvosError family and no internal fault, from the sources or the built package. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  const refusals: readonly unknown[] = ['argument', 'input', 'config', 'resume'] satisfies EvosErrorCode[];
  return refusals.includes(error.code);
}

/** A copy with one fault in it, or up to four. @param other where foreign bytes come from */
export function mutate(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  // Not `slice`: of a Buffer it shares the memory.
  let mutated: Uint8Array = new Uint8Array(bytes);
  const faults = random.below(2) === 0 ? 1 : 1 + random.below(4);
  for (let i = 0; i < faults; i++) {
    const fault = faultsKnown[random.below(faultsKnown.length)];
    if (fault !== undefined && mutated.length > 0) mutated = fault(mutated, random, other);
  }
  return mutated;
}

/** May write into its argument, which it owns. */
type Fault = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

/** Headers come first: every other place is among the first 256 bytes. */
const placeIn = ({ length }: Uint8Array, random: Random): number =>
  random.below(random.below(2) === 0 ? length : Math.min(length, 256));

/** Ends of the ranges that counts, sizes and offsets have. */
const extremes = [0, 1, 2, 127, 128, 255, 256, 32767, 65535, 2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];

/** Numbers and words that a text may hold where a number was. */
const texts = [
  ...['0', '-1', '1e999', '-1e308', '1e-320', 'NaN', 'inf', '9007199254740993', '4294967295', '0x10'],
  ...['', '""', 'null', '[]', '{}', 'true', '1.5', '1 2', '\r', '\u0000'],
];

const encoder = new TextEncoder();

const faultsKnown: readonly Fault[] = [
  function flipBit(bytes, random) {
    bytes[placeIn(bytes, random)]! ^= 1 << random.below(8);
    return bytes;
  },
  function setByte(bytes, random) {
    bytes[placeIn(bytes, random)] = random.below(256);
    return bytes;
  },
  function setNumber(bytes, random) {
    const width = random.below(2) === 0 ? 2 : 4;
    if (bytes.length < width) return bytes;
    const at = Math.min(placeIn(bytes, random), bytes.length - width);
    const value = extremes[random.below(extremes.length)] ?? 0;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const little = random.below(2) === 0;
    if (width === 2) view.setUint16(at, value & 0xffff, little);
    else view.setUint32(at, value, little);
    return bytes;
  },
  function setFloat(bytes, random) {
    if (bytes.length < 4) return bytes;
    const at = Math.min(placeIn(bytes, random), bytes.length - 4);
    const value = [NaN, Infinity, -Infinity, 3e38, 1e-40, -0][random.below(6)] ?? NaN;
    new DataView(bytes.buffer, bytes.byteOffset).setFloat32(at, value, random.below(2) === 0);
    return bytes;
  },
  function cut(bytes, random) {
    return bytes.slice(0, random.below(bytes.length));
  },
  function fill(bytes, random) {
    const at = placeIn(bytes, random);
    return bytes.fill([0, 0xff, 0x20][random.below(3)] ?? 0, at, at + 1 + random.below(64));
  },
  function remove(bytes, random) {
    const at = placeIn(bytes, random);
    return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(64)));
  },
  function repeat(bytes, random) {
    const at = placeIn(bytes, random);
    const end = at + 1 + random.below(64);
    return joined(bytes.subarray(0, end), bytes.subarray(at, end), bytes.subarray(end));
  },
  function foreign(bytes, random, other) {
    if (other.length === 0) return bytes;
    const from = random.below(other.length);
    const part = other.subarray(from, from + 1 + random.below(64));
    const at = placeIn(bytes, random);
    return joined(bytes.subarray(0, at), part, bytes.subarray(random.below(2) === 0 ? at : at + part.length));
  },
  function replaceWord(bytes, random) {
    const at = placeIn(bytes, random);
    let [start, end] = [at, at];
    while (start > 0 && at - start < 32 && isWord(bytes[start - 1])) start--;
    while (end < bytes.length && end - at < 32 && isWord(bytes[end])) end++;
    const word = encoder.encode(texts[random.below(texts.length)] ?? '');
    return joined(bytes.subarray(0, start), word, bytes.subarray(end));
  },
];

/** Whether a byte is of a word or number of a text: a letter, a digit, or one of `+ - . _`. */
function isWord(byte: number | undefined): boolean {
  return byte !== undefined && /[\w.+-]/.test(String.fromCharCode(byte));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
