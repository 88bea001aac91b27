// One selection: filled by a strategy, kept until its report. Memory is allocated only when selections grow.
import type { Want } from '../contracts.js';

/** The samples of a selection, and what is kept of them until their report. */
export class Draw {
  /** The selection's number; 0 for none. */
  id = 0;
  step = 0;
  /** How many samples it has. */
  size = 0;
  /** Whether these are all samples of the pool, in its order. `indices` is then not read. */
  whole = false;
  /** `[size]` */
  indices = new Uint32Array(0);
  /** `[size]`: what each sample's error counts for, a tile or a view. The samples themselves unless `resize` was told so. */
  individuals = new Uint32Array(0);
  /** `[size]`: 1/(N·qᵢ), with qᵢ the expected share of sample i in a selection. Empty: 1 for all. Not written where nothing goes by it. */
  inverse = new Float32Array(0);
  /** `[size]`, or empty: what the strategy notes of each sample until the report. */
  notes = new Float32Array(0);
  /** `[size]`: what each sample's loss counts for. */
  weights: Float32Array | undefined;
  /** The first 4·`patches` samples are patches of 2×2 neighbours, row by row. */
  patches = 0;
  wants: readonly Want[] = [];
  awaited = false;
  /** Whether its report may still come. */
  open = false;
  #indices = new ArrayBuffer(0);
  #individuals = new ArrayBuffer(0);
  #inverse = new ArrayBuffer(0);
  #notes = new ArrayBuffer(0);
  #weights = new Float32Array(0);

  /** Begins anew. */
  clear(): void {
    this.id = this.size = this.patches = 0;
    this.whole = this.open = this.awaited = false;
    this.weights = undefined;
    this.notes = empty;
  }

  /** Takes all samples of a pool. */
  takeAll(size: number): void {
    this.whole = true;
    this.size = size;
  }

  /** Takes samples that the strategy keeps itself. */
  take(indices: Uint32Array<ArrayBuffer>): void {
    this.size = indices.length;
    this.indices = this.individuals = indices;
    this.inverse = empty;
  }

  /** Makes room for `size` samples. @param blocks whether individuals stand for blocks, with `inverse` */
  resize(size: number, blocks = false): void {
    this.size = size;
    if (this.#indices.byteLength < 4 * size) this.#indices = new ArrayBuffer(4 * size);
    if (!views(this.indices, this.#indices, size)) this.indices = new Uint32Array(this.#indices, 0, size);
    if (!blocks) {
      this.individuals = this.indices;
      this.inverse = empty;
      return;
    }
    if (this.#individuals.byteLength < 4 * size) {
      this.#individuals = new ArrayBuffer(4 * size);
      this.#inverse = new ArrayBuffer(4 * size);
    }
    if (views(this.individuals, this.#individuals, size) && views(this.inverse, this.#inverse, size)) return;
    this.individuals = new Uint32Array(this.#individuals, 0, size);
    this.inverse = new Float32Array(this.#inverse, 0, size);
  }

  /** Makes room for a note of each sample. */
  note(): void {
    if (this.#notes.byteLength < 4 * this.size) this.#notes = new ArrayBuffer(4 * this.size);
    this.notes = new Float32Array(this.#notes, 0, this.size);
  }

  /**
   * Importance correction: weighs each sample by (1/(N·qᵢ))^correction, which undoes how much likelier some are drawn.
   * @param correction in [0, 1]: 0 for no weights, 1 for means without bias
   */
  weigh(correction: number): void {
    if (correction === 0) return;
    const { size, inverse } = this;
    if (this.#weights.length !== size) this.#weights = new Float32Array(size);
    const weights = this.#weights;
    for (let i = 0; i < size; i++) {
      weights[i] = correction === 1 ? (inverse[i] as number) : (inverse[i] as number) ** correction;
    }
    this.weights = weights;
  }
}

const empty = new Float32Array(0);

function views(array: Uint32Array | Float32Array, buffer: ArrayBuffer, size: number): boolean {
  return array.buffer === buffer && array.length === size;
}
