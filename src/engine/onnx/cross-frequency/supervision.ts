// The trainer's side of cross-frequency supervision: the picture that the last evaluation predicted, which row of the
// batch each pixel has, and which tiles a step's batch is cut into. Workers see the first two through shared memory.
import type { Batch } from '../../../core/index.js';
import { checkPicture, checkSupervised } from '../../training/checks.js';
import type { CrossFrequencyOptions } from '../../training/options.js';
import type { FrequencySetup, PassJob } from '../protocol.js';
import { cutTiles, shareTiles, type TileGrid } from './tiles.js';

/** Which part of a batch one worker has. */
export type WorkShare = Pick<PassJob, 'ranges' | 'tiles' | 'whole' | 'frequencyScale'>;

/** What is kept for the cross-frequency term of one image. */
export class CrossFrequency {
  readonly setup: FrequencySetup;
  readonly weight: number;
  /** Numbers in the cached picture. */
  readonly cacheLength: number;
  readonly #cache: Float32Array;
  #kept = false;
  readonly #rowOf: Int32Array;
  readonly #grids = new Map<number, TileGrid>();

  /** @throws ArgumentError when the response is not of the image's size, or luma not of the outputs */
  constructor(options: CrossFrequencyOptions, outputDim: number) {
    checkPicture(options, outputDim);
    const { width, height, targetResponse, weight } = options;
    const pixels = width * height;
    this.weight = weight;
    this.setup = {
      width,
      height,
      targetResponse: new SharedArrayBuffer(pixels * 4),
      cache: new SharedArrayBuffer(pixels * outputDim * 4),
      rowOf: new SharedArrayBuffer(pixels * 4),
    };
    new Float32Array(this.setup.targetResponse).set(targetResponse);
    this.#cache = new Float32Array(this.setup.cache);
    this.cacheLength = this.#cache.length;
    this.#rowOf = new Int32Array(this.setup.rowOf).fill(-1);
  }

  /** What was predicted for the whole image last, `[N, outputDim]`; not a copy. */
  get cached(): Float32Array | undefined {
    return this.#kept ? this.#cache : undefined;
  }

  /** Takes a prediction over, if it is of the whole image. */
  keep(predictions: Float32Array): void {
    if (predictions.length !== this.cacheLength) return;
    this.#cache.set(predictions);
    this.#kept = true;
  }

  forget(): void {
    this.#kept = false;
  }

  /** @throws ArgumentError when a step over this batch cannot have the term. */
  check(batch: Batch): void {
    checkSupervised(batch, this.#rowOf.length, this.#kept);
  }

  /** Cuts a batch into tiles of about `microBatch` selected pixels, and notes its rows until `clearRows`. */
  share(batch: Batch, microBatch: number, workers: number): WorkShare[] {
    const { whole, size } = batch;
    const grid = this.#grid(Math.ceil((microBatch * this.#rowOf.length) / size));
    const counts = new Uint32Array(grid.tiles.length);
    if (whole) {
      grid.tiles.forEach((tile, i) => (counts[i] = (tile.bottom - tile.top) * (tile.right - tile.left)));
    } else {
      const { indices } = batch;
      for (let row = 0; row < size; row++) {
        const index = indices[row] ?? 0;
        this.#rowOf[index] = row;
        const tile = grid.tileOf(index);
        counts[tile] = (counts[tile] ?? 0) + 1;
      }
    }
    return shareTiles(counts, workers).flatMap((share) =>
      share.length === 0
        ? []
        : {
            ranges: [],
            tiles: share.flatMap((i) => grid.tiles[i] ?? []),
            whole,
            frequencyScale: this.weight / size,
          },
    );
  }

  /** Forgets a batch's rows. */
  clearRows(batch: Batch): void {
    if (batch.whole) return;
    for (const index of batch.indices) this.#rowOf[index] = -1;
  }

  /** Grids are remembered: a run asks for a handful of tile sizes. */
  #grid(area: number): TileGrid {
    let grid = this.#grids.get(area);
    if (grid === undefined) {
      if (this.#grids.size > 32) this.#grids.clear();
      grid = cutTiles(this.setup.width, this.setup.height, area);
      this.#grids.set(area, grid);
    }
    return grid;
  }
}
