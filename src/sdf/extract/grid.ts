// A sparse grid of values: bricks of 8³ points, made when one of their points is first read. Whole, a 513³ grid takes
// 540 MB; its bricks around a surface take some 50 MB.
import { pointsPerBatch, type Field } from './evaluate.js';
import { growingIntegers } from '../growable-arrays.js';

/** A point that has been asked for and not yet evaluated. */
const awaited = Infinity;

/** Values at the points of a regular grid over [−1, 1]³, evaluated as they are asked for. */
export class SparseGrid {
  /** Points along an axis: cells + 1. */
  readonly side: number;
  readonly #cells: number;
  readonly #bricksPerAxis: number;
  /** Where a brick's points begin in its chunk, or −1. */
  readonly #brickOf: Int32Array;
  readonly #bricks: Float32Array[] = [];
  readonly #pending = growingIntegers();

  /** @param cells along an axis; a point's number, x + side·(y + side·z), must stay below 2³² */
  constructor(cells: number) {
    this.#cells = cells;
    this.side = cells + 1;
    this.#bricksPerAxis = (this.side + 7) >>> 3;
    this.#brickOf = new Int32Array(this.#bricksPerAxis ** 3).fill(-1);
  }

  /** The value at a point, NaN where it is not known. */
  get(x: number, y: number, z: number): number {
    const brick = this.#brickOf[this.#brickIndex(x, y, z)]!;
    return brick < 0 ? NaN : this.#bricks[brick]![within(x, y, z)]!;
  }

  set(x: number, y: number, z: number, value: number): void {
    const index = this.#brickIndex(x, y, z);
    let brick = this.#brickOf[index]!;
    if (brick < 0) {
      brick = this.#bricks.push(new Float32Array(512).fill(NaN)) - 1;
      this.#brickOf[index] = brick;
    }
    this.#bricks[brick]![within(x, y, z)] = value;
  }

  /** Asks for a point's value, which is known after `flush`. */
  request(x: number, y: number, z: number): void {
    // Awaited values are infinite and known ones finite: neither is asked for again.
    if (!Number.isNaN(this.get(x, y, z))) return;
    this.set(x, y, z, awaited);
    this.#pending.push(x + this.side * (y + this.side * z));
  }

  /** Evaluates what was asked for. @param onBatch called after each batch with the share done, 0–1 */
  async flush(field: Field, onBatch?: (share: number) => void): Promise<void> {
    const { side } = this;
    const total = this.#pending.length;
    for (let from = 0; from < total; from += pointsPerBatch) {
      const ids = this.#pending.array.subarray(from, Math.min(total, from + pointsPerBatch));
      const points = new Float32Array(3 * ids.length);
      for (let i = 0; i < ids.length; i++) {
        const id = ids[i]!;
        points[3 * i] = gridCoordinate(id % side, this.#cells);
        points[3 * i + 1] = gridCoordinate(Math.floor(id / side) % side, this.#cells);
        points[3 * i + 2] = gridCoordinate(Math.floor(id / (side * side)), this.#cells);
      }
      const values = await field.values(points);
      for (let i = 0; i < ids.length; i++) {
        const id = ids[i]!;
        const x = id % side;
        const y = Math.floor(id / side) % side;
        const z = Math.floor(id / (side * side));
        this.set(x, y, z, capped(values[i]!, x, y, z, this.#cells));
      }
      onBatch?.((from + ids.length) / total);
    }
    this.#pending.length = 0;
  }

  #brickIndex(x: number, y: number, z: number): number {
    const n = this.#bricksPerAxis;
    return (x >>> 3) + n * ((y >>> 3) + n * (z >>> 3));
  }
}

function within(x: number, y: number, z: number): number {
  return (x & 7) | ((y & 7) << 3) | ((z & 7) << 6);
}

/** A grid point's coordinate in [−1, 1]. */
export function gridCoordinate(index: number, cells: number): number {
  return (2 * index) / cells - 1;
}

/** Outside by so little that a surface that is cut off there lies on the cube's face. */
export const justOutside = 1e-6;

/** A value as extraction uses it: everything on the cube's faces is outside, so that every surface is closed. */
export function capped(value: number, x: number, y: number, z: number, cells: number): number {
  const onFace = x === 0 || y === 0 || z === 0 || x === cells || y === cells || z === cells;
  return onFace && value < 0 ? justOutside : value;
}
