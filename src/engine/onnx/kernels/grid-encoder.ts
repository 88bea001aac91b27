// A worker's side of the kernel that looks samples up in a hash grid (kernels/grid.ts): before a pass it replaces the
// samples by what the table has for them, after the pass it brings the gradient of that back into the gradient of the
// table. Both lie in the memory that all threads see and are worked on in place; only values of one pass are copied,
// because ONNX Runtime takes no tensors over shared memory.
import { chunk, levelBytes, scratchOf } from './grid-scratch.js';
import { loadKernel } from './load.js';
import type { GridLayout } from '../../models/index.js';
import { hashPrimes } from '../../models/hash-grid/layout.js';
import { encodedGradient, inputGradients, type FrameSetup } from '../protocol.js';
import { placesOf, type ParameterPlaces } from '../parameters/shared.js';
import { TensorPool, type Feeds, type TensorsOf } from '../tensors.js';

type Name = 'values' | 'gradient' | 'own';

/** One worker's. */
export class GridEncoder {
  readonly #layout: GridLayout;
  readonly #width: number;
  readonly #places: ParameterPlaces;
  readonly #scratch: ReturnType<typeof scratchOf>;
  readonly #kernel;
  readonly #values: Float32Array;
  /** A call's points, four numbers each. */
  readonly #points: Float32Array;
  /** What the table has for samples, the gradient by that, and each sample's own. */
  readonly #pool: TensorPool<Name>;
  /** Of the pass under way. */
  #samples: Float32Array = new Float32Array();
  #set: TensorsOf<Name> | undefined;

  constructor({ shared, index }: FrameSetup, layout: GridLayout) {
    this.#layout = layout;
    this.#width = layout.levels.length * layout.features;
    this.#pool = new TensorPool({ values: this.#width, gradient: this.#width, own: this.#width });
    this.#places = placesOf(shared, index);
    this.#scratch = scratchOf(layout);
    this.#kernel = loadKernel('grid', shared.memory);
    const { buffer } = shared.memory;
    const base = this.#places.scratch;
    const values = base + this.#scratch.values;
    this.#values = new Float32Array(buffer, values, chunk * Math.max(this.#width, layout.dims));
    this.#points = new Float32Array(buffer, base + this.#scratch.points, chunk * 4);
    const view = new DataView(buffer, base, layout.levels.length * levelBytes);
    layout.levels.forEach(({ scale, side, first, rows, hashed }, i) => {
      const at = i * levelBytes;
      view.setFloat32(at, scale, true);
      view.setUint32(at + 4, first * layout.features * 4, true);
      view.setUint32(at + 8, hashed ? hashPrimes[1] : side, true);
      view.setUint32(at + 12, hashed ? hashPrimes[2] : side * side, true);
      view.setUint32(at + 16, hashed ? rows - 1 : 0, true);
    });
  }

  /** Replaces a pass's samples by what the table has for them. */
  encode(feeds: Feeds): void {
    const { dims } = this.#layout;
    const samples = feeds['inputs']?.data as Float32Array;
    const count = samples.length / dims;
    const set = this.#pool.take(count);
    const { values } = this.#places;
    for (let from = 0; from < count; from += chunk) {
      const size = Math.min(chunk, count - from);
      this.#prepare(samples.subarray(from * dims, (from + size) * dims), size);
      this.#kernel.encode(...this.#call(values, size));
      set.values.data.set(this.#values.subarray(0, size * this.#width), from * this.#width);
    }
    feeds['inputs'] = set.values;
    this.#samples = samples;
    this.#set = set;
  }

  /** As `encode`, for a pass whose gradient comes back with `afterPass`. */
  beforePass(feeds: Feeds, fetches: Feeds): void {
    this.encode(feeds);
    if (this.#set !== undefined) fetches[encodedGradient] = this.#set.gradient;
  }

  /** Adds the pass's part to this worker's gradient of the table. */
  afterPass(): void {
    const { dims } = this.#layout;
    const samples = this.#samples;
    const gradient = this.#set?.gradient.data ?? new Float32Array();
    const count = samples.length / dims;
    for (let from = 0; from < count; from += chunk) {
      const size = Math.min(chunk, count - from);
      // Of a pass that fits into one call the points are still there.
      if (count > chunk) this.#prepare(samples.subarray(from * dims, (from + size) * dims), size);
      this.#values.set(gradient.subarray(from * this.#width, (from + size) * this.#width));
      this.#kernel.scatter(...this.#call(this.#places.gradient, size));
    }
  }

  /**
   * For a pass whose graph gives each sample's gradient by what the table has for it, where the gradient by the sample itself is
   * wanted. Call it after `encode`.
   * @returns what brings that to its place, after the pass
   */
  bySamples(fetches: Feeds): (() => void) | undefined {
    const wanted = fetches[inputGradients]?.data;
    const own = this.#set?.own;
    if (!(wanted instanceof Float32Array) || own === undefined) return undefined;
    fetches[inputGradients] = own;
    return () => this.#slopes(own.data, wanted);
  }

  #slopes(given: Float32Array, out: Float32Array): void {
    const { dims } = this.#layout;
    const samples = this.#samples;
    const count = samples.length / dims;
    for (let from = 0; from < count; from += chunk) {
      const size = Math.min(chunk, count - from);
      this.#prepare(samples.subarray(from * dims, (from + size) * dims), size);
      this.#values.set(given.subarray(from * this.#width, (from + size) * this.#width));
      this.#kernel.slopes(...this.#call(this.#places.values, size));
      for (let i = 0; i < size * dims; i++) {
        const at = from * dims + i;
        // What lies outside was moved to the border, and does not change with the sample.
        const inside = Math.abs(samples[at] ?? 0) <= 1;
        out[at] = inside ? (this.#points[4 * Math.floor(i / dims) + (i % dims)] ?? 0) : 0;
      }
    }
  }

  /** Points of a call, as the kernel wants them. */
  #prepare(samples: Float32Array, size: number): void {
    const { dims } = this.#layout;
    const { scratch } = this.#places;
    // They come in packed, in the place of the values, and are spread from there.
    this.#values.set(samples);
    this.#kernel.toUnit(scratch + this.#scratch.values, dims * 4, scratch + this.#scratch.points, size);
  }

  #call(table: number, size: number) {
    const { scratch } = this.#places;
    const { points, values, stride } = this.#scratch;
    const { dims, levels } = this.#layout;
    const places = [scratch, levels.length, scratch + points, table, scratch + values, stride] as const;
    return [dims, ...places, size] as const;
  }
}
