// The memory of one batch: allocated when batches grow, and seen through arrays of just the right length, which tensors
// can be made over.
import type { RayBuffers } from '../../nerf/rays/source.js';

/** The arrays of one batch. */
export class BatchBuffers implements RayBuffers {
  /** The batch that is in it; 0 for none. */
  id = 0;
  /** How many rays it has. */
  size = 0;
  indices = new Uint32Array(0);
  views = new Uint32Array(0);
  rows = new Uint32Array(0);
  columns = new Uint32Array(0);
  weights = new Float32Array(0);
  origins = new Float32Array(0);
  directions = new Float32Array(0);
  targets = new Float32Array(0);

  /** Makes room for n rays. */
  resize(n: number): void {
    if (n === this.size) return;
    this.size = n;
    this.indices = ints(this.indices, n);
    this.views = ints(this.views, n);
    this.rows = ints(this.rows, n);
    this.columns = ints(this.columns, n);
    this.weights = floats(this.weights, n);
    this.origins = floats(this.origins, 3 * n);
    this.directions = floats(this.directions, 3 * n);
    this.targets = floats(this.targets, 3 * n);
  }
}

function ints(array: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const { buffer } = array;
  return buffer.byteLength >= 4 * length ? new Uint32Array(buffer, 0, length) : new Uint32Array(length);
}

function floats(array: Float32Array<ArrayBuffer>, length: number): Float32Array<ArrayBuffer> {
  const { buffer } = array;
  return buffer.byteLength >= 4 * length ? new Float32Array(buffer, 0, length) : new Float32Array(length);
}
