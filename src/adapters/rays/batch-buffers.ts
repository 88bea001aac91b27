// The memory of one batch: allocated when batches grow, and seen through arrays of just the right length, which tensors
// can be made over.
import type { OpenDraw } from '../../core/selectors/streaming.js';
import type { RayBuffers } from '../../nerf/rays/source.js';

/** The arrays of one batch, and what became of it. */
export class BatchRoom implements OpenDraw, RayBuffers {
  /** The batch that is in it; 0 for none. */
  id = 0;
  /** Whether its report may still come. */
  open = false;
  patches = 0;
  /** How many rays it has. */
  size = 0;
  indices = new Uint32Array(0);
  individuals = new Uint32Array(0);
  views = new Uint32Array(0);
  rows = new Uint32Array(0);
  columns = new Uint32Array(0);
  inverse = new Float32Array(0);
  weights = new Float32Array(0);
  origins = new Float32Array(0);
  directions = new Float32Array(0);
  targets = new Float32Array(0);

  /** Makes room for n rays; weights are 1 where memory is new. */
  resize(n: number): void {
    if (n === this.size) return;
    this.size = n;
    this.indices = ints(this.indices, n);
    this.individuals = ints(this.individuals, n);
    this.views = ints(this.views, n);
    this.rows = ints(this.rows, n);
    this.columns = ints(this.columns, n);
    this.inverse = floats(this.inverse, n);
    this.weights = floats(this.weights, n, 1);
    this.origins = floats(this.origins, 3 * n);
    this.directions = floats(this.directions, 3 * n);
    this.targets = floats(this.targets, 3 * n);
  }
}

function ints(array: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const { buffer } = array;
  return buffer.byteLength >= 4 * length ? new Uint32Array(buffer, 0, length) : new Uint32Array(length);
}

function floats(array: Float32Array<ArrayBuffer>, length: number, value = 0): Float32Array<ArrayBuffer> {
  const { buffer } = array;
  if (buffer.byteLength >= 4 * length) return new Float32Array(buffer, 0, length);
  const made = new Float32Array(length);
  return value === 0 ? made : made.fill(value);
}
