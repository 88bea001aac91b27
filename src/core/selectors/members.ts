// The samples that may be drawn, where some of a pool are excluded.
import type { TileLayout } from '../contracts.js';
import { ArgumentError } from '../errors.js';
import type { SelectorContext } from './strategy.js';

type Masked = Pick<SelectorContext, 'size' | 'excluded'>;

/**
 * The samples that are not excluded, in the pool's order. Looks at every sample once.
 * @returns undefined where none is excluded
 * @throws ArgumentError where all are
 * @example
 * const members = membersOf({ size: 10, excluded: (index) => index < 4 });
 * console.log(members?.length); // 6
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

/** Samples of a tile that are looked at to tell how many are excluded: all of the usual ones. */
const looked = 256;
/** Less than any error that counts, and more than nothing. */
const barely = 2 ** -126;

/**
 * How many samples of each tile may be drawn. Without exclusions that is all, and nothing is looked at. With them tiles are
 * looked at when somebody first asks, since masks may come later than selectors: of large tiles at evenly spaced samples,
 * of one that seems to have none at all of them.
 */
export class TileMembers {
  readonly #layout: TileLayout;
  readonly #size: number;
  readonly #excluded: ((index: number) => boolean) | undefined;
  #counted: { readonly counts: Float32Array; readonly tiles: number; readonly samples: number } | undefined;

  constructor(layout: TileLayout, { size, excluded }: Masked) {
    this.#layout = layout;
    this.#size = size;
    this.#excluded = excluded;
  }

  /** Tiles with samples that may be drawn. */
  get tiles(): number {
    return this.#counts()?.tiles ?? this.#layout.count;
  }

  /** Samples that may be drawn, in all. */
  get samples(): number {
    return this.#counts()?.samples ?? this.#size;
  }

  /** Samples of a tile that may be drawn. */
  of(tile: number): number {
    return this.#counts()?.counts[tile] ?? this.#layout.sizeOf(tile);
  }

  /** Makes tiles without samples less fit than all others, which must be some. @param fitness `[tiles]`, from 0 */
  putLast(fitness: Float32Array): void {
    const counts = this.#counts()?.counts;
    if (counts === undefined) return;
    for (let tile = 0; tile < fitness.length; tile++) {
      fitness[tile] = counts[tile] === 0 ? 0 : Math.max(barely, fitness[tile] as number);
    }
  }

  /** @throws ArgumentError where all samples are excluded */
  #counts() {
    const excluded = this.#excluded;
    if (excluded === undefined) return undefined;
    if (this.#counted !== undefined) return this.#counted;
    const counts = new Float32Array(this.#layout.count);
    let [tiles, samples] = [0, 0];
    for (let tile = 0; tile < counts.length; tile++) {
      const count = this.#countOf(tile, excluded);
      counts[tile] = count;
      tiles += +(count > 0);
      samples += count;
    }
    if (tiles === 0) throw allExcluded();
    return (this.#counted = { counts, tiles, samples });
  }

  #countOf(tile: number, excluded: (index: number) => boolean): number {
    const layout = this.#layout;
    const size = layout.sizeOf(tile);
    const some = Math.min(size, looked);
    let count = 0;
    for (let i = 0; i < some; i++) {
      count += +!excluded(layout.sampleAt(tile, Math.floor((i * size) / some)));
    }
    if (count > 0 || some === size) return (count * size) / some;
    for (let i = 0; i < size; i++) if (!excluded(layout.sampleAt(tile, i))) return 1;
    return 0;
  }
}

/** What to throw where nothing is left to train on. */
export function allExcluded(): ArgumentError {
  return new ArgumentError('All samples are excluded, expected some to train on: check the masks.');
}
