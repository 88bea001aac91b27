// One selection out of what is known of all samples: a selector is told their errors as it asks for them, until it has heard of
// every one, and what it would train on next is the answer.
import { show } from '../../core/check.js';
import type { NpyArray } from '../../core/files/npy.js';
import { InputError } from '../../core/errors.js';
import type { Feedback, Selection, StateArray, Want } from '../../core/index.js';
import { createArrays, createRequested } from './create.js';
import type { Header } from './frames.js';

/** What a selector may be told of all samples, `[N]` each. */
const told: readonly Want[] = ['errors', 'absolute', 'tangents'];

/** What is chosen from. */
export interface OnceOptions {
  /** Arrays by name: `errors` and what else the strategy wants, `edges`, `luma`, `excluded`, `[N]` each. */
  readonly arrays: ReadonlyMap<string, NpyArray>;
  /** The file that they come from, for messages. */
  readonly file: string;
  /** What a request to create a selector has, but its size: `strategy`, `count`, `seed`, `settings`. */
  readonly request: Header;
}

/** What was chosen. */
export interface Chosen {
  /** `[n]` */
  readonly indices: Uint32Array;
  /** `[n]`; undefined where all count for 1. */
  readonly weights: Float32Array | undefined;
  /** Number of samples chosen from. */
  readonly size: number;
  /** Passes that the selector was told of before. */
  readonly passes: number;
}

/** Passes over the pool after which a selector has heard enough, though chance has kept some samples from it. */
const mostPasses = 8;

/**
 * Chooses once.
 * @throws InputError naming the file and the array that is missing or does not fit
 * @throws ArgumentError for a setting that cannot be
 */
export function chooseOnce({ arrays, file, request }: OnceOptions): Chosen {
  const read = readArrays(arrays, file);
  const size = read.size;
  const { selector } = createRequested({ ...request, size }, read.pool);
  const heard = new Uint8Array(size);
  let [left, most] = [size, mostPasses * size];
  for (let passes = 0; ; passes++) {
    const selection = selector.next();
    const { pass, wants, indices, weights } = selection;
    const enough = wants.length === 0 || left === 0 || most <= 0;
    if (pass === 'train' && enough) {
      return { indices: indices.slice(), weights: weights?.slice(), size, passes };
    }
    selector.report(selection, feedbackFor(selection, read.told, file));
    for (const index of indices) {
      if (heard[index] === 0) left--;
      heard[index] = 1;
    }
    most -= selection.size;
  }
}

interface Read {
  readonly size: number;
  /** What the selector is made with. */
  readonly pool: Readonly<Record<string, StateArray>>;
  /** What it is told. */
  readonly told: ReadonlyMap<string, Float32Array>;
}

/** Looks at all arrays: each must be known by name, and have a number for each sample. */
function readArrays(arrays: ReadonlyMap<string, NpyArray>, file: string): Read {
  const known = [...told, ...createArrays.filter((name) => name !== 'targets')];
  const [first] = arrays.values();
  const size = first?.length ?? 0;
  const pool: Record<string, StateArray> = {};
  const heard = new Map<string, Float32Array>();
  for (const [name, array] of arrays) {
    if (!known.includes(name)) {
      throw new InputError(`${file}: it holds an array ${show(name)}; expected ${known.join(', ')}`);
    }
    if (array.length !== size || size === 0) {
      const shape = `(${array.shape.join(', ')})`;
      const expected = size === 0 ? 'at least one number' : `${size} numbers, one per sample, as others have`;
      throw new InputError(`${file}: the array ${name} has the shape ${shape}; expected ${expected}`);
    }
    if (name === 'excluded') pool[name] = maskOf(array);
    else if (told.some((want) => want === name)) heard.set(name, finite(name, array, file));
    else pool[name] = array.values(new Float32Array(size));
  }
  return { size, pool, told: heard };
}

const maskOf = (array: NpyArray): Uint8Array =>
  Uint8Array.from(array.values(new Float32Array(array.length)), (value) => (value === 0 ? 0 : 1));

function finite(name: string, array: NpyArray, file: string): Float32Array {
  const values = array.values(new Float32Array(array.length));
  const bad = values.findIndex((value) => !(value >= 0 && value < Infinity));
  if (bad < 0) return values;
  throw new InputError(
    `${file}: ${name}[${bad}] is ${values[bad]}; expected finite numbers of at least 0, squared errors say`,
  );
}

function feedbackFor(
  { indices, wants }: Selection,
  arrays: ReadonlyMap<string, Float32Array>,
  file: string,
): Feedback {
  const entries = wants.map((want) => {
    const values = arrays.get(want);
    if (!told.includes(want)) {
      throw new InputError(
        `${file}: the strategy wants ${want}, which is not supported for one selection out of files; choose another strategy`,
      );
    }
    if (values === undefined) {
      throw new InputError(
        `${file}: the strategy wants ${want} of each sample, which is not there; expected a .npz with an array of that ` +
          'name, or another strategy',
      );
    }
    return [want, Float32Array.from(indices, (index) => values[index] as number)] as const;
  });
  return Object.fromEntries(entries);
}
