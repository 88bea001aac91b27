// Signed distances to a mesh: three-mesh-bvh's tree in shared memory, worker threads that search it, and the sign by the
// method that suits the mesh.
import { checkChoice, checkInteger } from '../../core/check.js';
import { ArgumentError } from '../../core/errors.js';
import { sharedBytes, sharedFloats } from '../../core/shared-memory.js';
import { noTriangle, type KernelSetup, type KernelTask, type SignMethod } from './kernel.js';
import { MortonOrder } from './order.js';
import { buildTree, type DistanceTree } from './tree.js';
import { availableThreads } from './threads.js';
import { DistanceWorkers } from './workers.js';
import { findHalfEdges } from '../half-edges.js';
import { meshProblem } from '../mesh-check.js';
import type { TriangleMesh } from '../mesh.js';
import { chooseSign, type SignChoice } from '../sign/sign.js';
import { orientTriangles } from '../sign/orientation.js';
import { vertexPseudonormals } from '../sign/pseudonormal.js';
import { windingMoments } from '../sign/winding.js';

export { noTriangle, type SignMethod } from './kernel.js';
export { windingDefaults } from '../sign/winding.js';

/** What a field takes besides the mesh. */
export interface DistanceFieldOptions {
  /**
   * How inside and outside are told apart; default `auto`:
   * - `pseudonormal` for watertight meshes whose triangles face one way (or do after turning those that do not);
   * - `winding` for meshes with holes or edges of many triangles, and for watertight ones that pass through themselves;
   * - `parity` for closed ones that cannot be made to face one way.
   */
  readonly sign?: SignMethod | 'auto';
  /** Worker threads; default: as many as the machine has cores, and none in a browser. 0: everything in the
   * calling thread, which it blocks. */
  readonly workers?: number;
}

/** The points of a surface closest to given ones. The arrays are the caller's. */
export interface ClosestPoints {
  /** `[n]`, not negative, in mesh units. */
  readonly distance: Float32Array;
  /** `[n]`, indices into the mesh's triangles; {@link noTriangle} for a point that is not finite. */
  readonly triangle: Uint32Array;
  /** `[n, 3]`, in mesh units. */
  readonly point: Float32Array;
}

/** The signed distance field of one mesh. Calls may overlap; they are carried out in turn. */
export interface DistanceField {
  /** How inside and outside are told apart. */
  readonly sign: SignMethod;
  /** Why so, in a sentence. */
  readonly signReason: string;
  /**
   * Signed distances, in mesh units: negative inside. NaN for a point that is not finite.
   * @param points `[n, 3]` in the mesh's frame, not to be changed meanwhile
   * @param out `[n]`, a new array by default
   * @returns `out`, the caller's. The same numbers whatever the number of workers.
   */
  distances(points: Float32Array, out?: Float32Array): Promise<Float32Array>;
  /** `[n]`: 1 for points inside; otherwise as `distances`. Points on the surface are outside, as far as can be told. */
  inside(points: Float32Array, out?: Uint8Array): Promise<Uint8Array>;
  /** Where the surface is closest to each point. */
  closest(points: Float32Array): Promise<ClosestPoints>;
  /** Ends the threads. The field is of no use afterwards. */
  dispose(): Promise<void>;
}

/** Points of a block. A call's extra memory then stays below 40 MB, whatever its size. */
const blockSize = 2 ** 20;

/**
 * Prepares a mesh for distance queries: edges, orientation, the tree, and what the sign needs. Takes half a second for
 * 100,000 triangles and some 250 bytes a triangle. The mesh is not modified, and not needed afterwards.
 *
 * Several shells: separate ones each have an inside, whichever way they face; a shell inside another is a hollow if it
 * faces the other way, and part of the solid if it faces the same way (its surface then still attracts distances). With
 * `parity` it is a hollow in any case. A mesh whose normals all point inwards is taken as if they pointed outwards.
 * On a mesh with holes the distance is to its triangles alone, so the sign changes across a hole without a zero.
 *
 * @throws ArgumentError for a mesh without triangles, indices out of range, positions that are not finite, no area
 * @example
 * const field = await createDistanceField(mesh);
 * const [distance] = await field.distances(Float32Array.of(0, 0, 0));
 * await field.dispose();
 */
export async function createDistanceField(
  mesh: TriangleMesh,
  options: DistanceFieldOptions = {},
): Promise<DistanceField> {
  const { sign = 'auto', workers = availableThreads() } = options;
  checkChoice('sign', sign, ['auto', 'pseudonormal', 'winding', 'parity']);
  checkInteger('workers', workers, 0, 256, 'threads to share points among');
  const problem = meshProblem(mesh);
  if (problem !== undefined) throw new ArgumentError(`the mesh: ${problem}`);
  const vertexCount = mesh.positions.length / 3;
  const edges = findHalfEdges(mesh.triangles, vertexCount);
  const orientation = orientTriangles(mesh, edges);
  const tree = await buildTree(mesh, edges, orientation);
  const prepared: KernelSetup = {
    tree,
    sign: 'pseudonormal',
    moments: windingMoments(tree),
    atVertices: vertexPseudonormals(tree, vertexCount),
    facing: signedVolume(tree) < 0 ? -1 : 1,
  };
  const choice: SignChoice =
    sign === 'auto'
      ? chooseSign(mesh, edges, orientation, prepared)
      : { sign, reason: `${sign}, as asked for` };
  return new Field({ ...prepared, sign: choice.sign }, choice, workers);
}

/** Six times the volume: negative where normals point inwards. Corners are taken from the first one, against cancellation. */
function signedVolume({ corners }: DistanceTree): number {
  const [ox, oy, oz] = [corners[0]!, corners[1]!, corners[2]!];
  let sum = 0;
  for (let k = 0; k < corners.length; k += 9) {
    const [ax, ay, az] = [corners[k]! - ox, corners[k + 1]! - oy, corners[k + 2]! - oz];
    const [bx, by, bz] = [corners[k + 3]! - ox, corners[k + 4]! - oy, corners[k + 5]! - oz];
    const [cx, cy, cz] = [corners[k + 6]! - ox, corners[k + 7]! - oy, corners[k + 8]! - oz];
    sum += ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx);
  }
  return sum;
}

class Field implements DistanceField {
  readonly sign: SignMethod;
  readonly signReason: string;
  readonly #workers: DistanceWorkers;
  readonly #morton = new MortonOrder();
  #last: Promise<unknown> = Promise.resolve();

  constructor(setup: KernelSetup, { sign, reason }: SignChoice, workers: number) {
    this.sign = sign;
    this.signReason = reason;
    this.#workers = new DistanceWorkers(setup, workers);
  }

  async distances(points: Float32Array, out?: Float32Array): Promise<Float32Array> {
    const count = countPoints(points);
    const into = out ?? new Float32Array(count);
    checkOut(into.length, count);
    await this.#inBlocks(points, (from, size) => {
      const distances = sharedFloats(size);
      return { task: { distances }, finish: () => into.set(distances, from) };
    });
    return into;
  }

  async inside(points: Float32Array, out?: Uint8Array): Promise<Uint8Array> {
    const count = countPoints(points);
    const into = out ?? new Uint8Array(count);
    checkOut(into.length, count);
    await this.#inBlocks(points, (from, size) => {
      const inside = new Uint8Array(sharedBytes(size));
      return { task: { inside }, finish: () => into.set(inside, from) };
    });
    return into;
  }

  async closest(points: Float32Array): Promise<ClosestPoints> {
    const count = countPoints(points);
    const found = {
      distance: new Float32Array(count),
      triangle: new Uint32Array(count).fill(noTriangle),
      point: new Float32Array(3 * count),
    };
    await this.#inBlocks(points, (from, size) => {
      const distances = sharedFloats(size);
      const nearest = sharedFloats(3 * size);
      const triangles = new Uint32Array(sharedBytes(4 * size));
      return {
        task: { distances, triangles, nearest },
        finish: () => {
          found.distance.set(distances, from);
          found.triangle.set(triangles, from);
          found.point.set(nearest, 3 * from);
        },
      };
    });
    return found;
  }

  async dispose(): Promise<void> {
    await this.#workers.dispose();
  }

  /** One call after another: they share the threads and the sorting's memory. */
  #inBlocks(
    points: Float32Array,
    begin: (
      from: number,
      size: number,
    ) => { readonly task: Omit<KernelTask, 'points' | 'order'>; readonly finish: () => void },
  ): Promise<void> {
    const mine = this.#last.then(async () => {
      const count = points.length / 3;
      for (let from = 0; from < count; from += blockSize) {
        const size = Math.min(blockSize, count - from);
        const block = sharedFloats(3 * size);
        block.set(points.subarray(3 * from, 3 * (from + size)));
        const order = new Uint32Array(sharedBytes(4 * size));
        this.#morton.sort(block, order);
        const { task, finish } = begin(from, size);
        await this.#workers.run({ ...task, points: block, order });
        finish();
      }
    });
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}

function countPoints(points: Float32Array): number {
  if (points.length % 3 === 0) return points.length / 3;
  throw new ArgumentError(`points has ${points.length} numbers, expected three per point.`);
}

function checkOut(length: number, count: number): void {
  if (length !== count)
    throw new ArgumentError(`out has ${length} places, expected ${count}, one per point.`);
}
