// Answers queries for a stretch of points, in a worker or in the caller's thread.
import { ClosestTriangle } from './closest.js';
import type { DistanceTree } from './tree.js';
import { RayParity } from '../sign/parity.js';
import { PseudonormalSide } from '../sign/pseudonormal.js';
import { WindingNumber } from '../sign/winding.js';

/** How inside and outside are told apart. */
export type SignMethod = 'pseudonormal' | 'winding' | 'parity';

/** What a thread needs to know about a mesh; all of it in shared memory. */
export interface KernelSetup {
  readonly tree: DistanceTree;
  readonly sign: SignMethod;
  /** Of `windingMoments`. */
  readonly moments: Float32Array;
  /** Of `vertexPseudonormals`. */
  readonly atVertices: Float32Array;
  /** −1 for a mesh whose normals point inwards. */
  readonly facing: 1 | -1;
}

/** Points to be answered for, and where. All arrays in shared memory where other threads take part. */
export interface KernelTask {
  /** `[n, 3]` */
  readonly points: Float32Array;
  /** `[n]`: the order in which to go. */
  readonly order: Uint32Array;
  /** `[n]`, signed unless there are `triangles`. */
  readonly distances?: Float32Array;
  /** `[n]` */
  readonly inside?: Uint8Array;
  /** `[n]` */
  readonly triangles?: Uint32Array;
  /** `[n, 3]` */
  readonly nearest?: Float32Array;
}

/** So many points are one piece of work: some 10 ms. Each starts anew, so that who takes which makes no difference. */
export const pieceSize = 2048;

/** What triangle index stands for none: the point was not finite. */
export const noTriangle = 0xffffffff;

/** One thread's searches on a mesh. */
export class DistanceKernel {
  readonly #setup: KernelSetup;
  readonly #closest: ClosestTriangle;
  readonly #winding: WindingNumber;
  readonly #parity: RayParity;
  readonly #pseudonormal: PseudonormalSide;

  constructor(setup: KernelSetup) {
    const { tree, moments, atVertices } = setup;
    this.#setup = setup;
    this.#closest = new ClosestTriangle(tree);
    this.#winding = new WindingNumber(tree, moments);
    this.#parity = new RayParity(tree);
    this.#pseudonormal = new PseudonormalSide(tree, atVertices);
  }

  /** Answers for one piece of a task. */
  run(task: KernelTask, piece: number): void {
    const { points, order, distances, inside, triangles, nearest } = task;
    const { tree, sign } = this.#setup;
    const closest = this.#closest;
    const end = Math.min(order.length, (piece + 1) * pieceSize);
    let triangle = -1;
    for (let i = piece * pieceSize; i < end; i++) {
      const at = order[i]!;
      const x = points[3 * at]!;
      const y = points[3 * at + 1]!;
      const z = points[3 * at + 2]!;
      if (x - x + (y - y) + (z - z) !== 0) {
        if (distances !== undefined) distances[at] = NaN;
        if (inside !== undefined) inside[at] = 0;
        if (triangles !== undefined) triangles[at] = noTriangle;
        if (nearest !== undefined) nearest.fill(NaN, 3 * at, 3 * at + 3);
        continue;
      }
      if (distances === undefined && sign !== 'pseudonormal') {
        if (inside !== undefined) inside[at] = this.isInside(x, y, z, 0, 0) ? 1 : 0;
        continue;
      }
      triangle = closest.find(x, y, z, triangle);
      const { square, feature } = closest.locate(x, y, z, triangle);
      const distance = Math.sqrt(square);
      if (triangles !== undefined) {
        triangles[at] = tree.ids[triangle]!;
        if (nearest !== undefined) nearest.set(closest.point, 3 * at);
        if (distances !== undefined) distances[at] = distance;
        continue;
      }
      const within = distance > 0 && this.isInside(x, y, z, triangle, feature);
      if (distances !== undefined) distances[at] = within ? -distance : distance;
      if (inside !== undefined) inside[at] = within ? 1 : 0;
    }
  }

  /** Whether a point lies inside. For pseudo-normals `locate` must just have found its closest point. */
  isInside(x: number, y: number, z: number, triangle: number, feature: number): boolean {
    const { sign, facing } = this.#setup;
    if (sign === 'parity') return this.#parity.inside(x, y, z);
    if (sign === 'pseudonormal') {
      const side = this.#pseudonormal.of(x, y, z, triangle, feature, this.#closest);
      if (side !== 0) return side * facing < 0;
    }
    return this.#winding.inside(x, y, z);
  }
}
