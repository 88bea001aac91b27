// The samples that may be drawn, where some of a pool are excluded.
import { ArgumentError } from '../errors.js';
import type { SelectorContext } from './strategy.js';

type Masked = Pick<SelectorContext, 'size' | 'excluded'>;

/**
 * The samples that are not excluded, in the pool's order. Looks at every sample once.
 * @returns undefined where none is excluded
 * @throws ArgumentError where all are
 */
export function membersOf({ size, excluded }: Masked): Uint32Array<ArrayBuffer> | undefined {
  if (excluded === undefined) return undefined;
  let count = 0;
  for (let i = 0; i < size; i++) count += +!excluded(i);
  if (count === size) return undefined;
  if (count === 0) throw allExcluded();
  const members = new Uint32Array(count);
  for (let i = 0, at = 0; i < size; i++) if (!excluded(i)) members[at++] = i;
  return members;
}

/** So many excluded samples drawn in a row, and the whole pool is looked at: there may be no other. */
const suspicious = 2 ** 12;

/** Rejects draws that met an excluded sample, and gives up where there is nothing else. */
export class Rejections {
  readonly #size: number;
  readonly #excluded: ((index: number) => boolean) | undefined;
  #count = 0;

  constructor({ size, excluded }: Masked) {
    this.#size = size;
    this.#excluded = excluded;
  }

  /** Whether samples can be excluded at all. */
  get possible(): boolean {
    return this.#excluded !== undefined;
  }

  /** @throws ArgumentError where all samples are excluded */
  rejects(index: number): boolean {
    const excluded = this.#excluded;
    if (excluded === undefined) return false;
    if (!excluded(index)) {
      this.#count = 0;
      return false;
    }
    if (++this.#count === suspicious) this.#checkSome(excluded);
    return true;
  }

  #checkSome(excluded: (index: number) => boolean): void {
    for (let i = 0; i < this.#size; i++) if (!excluded(i)) return;
    throw allExcluded();
  }
}

/** What to throw where nothing is left to train on. */
export function allExcluded(): ArgumentError {
  return new ArgumentError('All samples are excluded, expected some to train on: check the masks.');
}
