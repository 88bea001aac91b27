// The samples that may be drawn, where some of a pool are excluded.
import { ArgumentError } from '../errors.js';
import type { SelectorContext } from './strategy.js';

/**
 * The samples that are not excluded, in the pool's order. Looks at every sample once.
 * @returns undefined where none is excluded
 * @throws ArgumentError where all are
 */
export function membersOf({
  size,
  excluded,
}: Pick<SelectorContext, 'size' | 'excluded'>): Uint32Array<ArrayBuffer> | undefined {
  if (excluded === undefined) return undefined;
  let count = 0;
  for (let i = 0; i < size; i++) count += +!excluded(i);
  if (count === size) return undefined;
  if (count === 0) throw allExcluded();
  const members = new Uint32Array(count);
  for (let i = 0, at = 0; i < size; i++) if (!excluded(i)) members[at++] = i;
  return members;
}

/** Draws of pools too large to list are drawn again where a sample is excluded: so many times in a row at most. */
const mostRejected = 2 ** 24;

/** Counts draws that met an excluded sample, and gives up where nothing else seems to be there. */
export class Rejections {
  readonly #excluded: ((index: number) => boolean) | undefined;
  #count = 0;

  constructor({ excluded }: Pick<SelectorContext, 'excluded'>) {
    this.#excluded = excluded;
  }

  /** Whether samples can be excluded at all. */
  get possible(): boolean {
    return this.#excluded !== undefined;
  }

  /** @throws ArgumentError after 2²⁴ in a row */
  rejects(index: number): boolean {
    if (this.#excluded === undefined) return false;
    if (!this.#excluded(index)) {
      this.#count = 0;
      return false;
    }
    if (++this.#count >= mostRejected) throw allExcluded();
    return true;
  }
}

/** What to throw where nothing is left to train on. */
export function allExcluded(): ArgumentError {
  return new ArgumentError('All samples are excluded, expected some to train on: check the masks.');
}
