// The generalised winding number (A. Jacobson et al., "Robust Inside-Outside Segmentation using Generalized Winding
// Numbers", 2013): how often the surface winds around a point. It is a whole number where the surface is closed, and a
// fraction where it has holes. Distant parts are replaced by one dipole each (G. Barill et al., "Fast Winding Numbers for
// Soups and Clouds", 2018, eq. 8, first order); near triangles are summed exactly (A. van Oosterom and J. Strackee, "The
// Solid Angle of a Plane Triangle", 1983).
import { sharedBytes } from '../../core/shared-memory.js';
import { nodeStride, type DistanceTree } from '../distance/tree.js';

/** The accuracy of the winding number, each value with its reason. */
export const windingDefaults = Object.freeze({
  /** A part is far where its distance is more than so many of its radii: Barill et al. recommend 2. */
  farRadii: 2,
  /** Where that leaves it in doubt, the same again more closely; an error of 0.02 then becomes one of about 0.001. */
  farRadiiInDoubt: 6,
  /** How close to one half is in doubt: beyond what the dipoles of radius 2 get wrong. */
  doubt: 0.15,
});

/**
 * The dipoles of a tree's nodes: `[nodes, 16]` in shared memory, eight numbers for each of the two children as nodes have
 * them: centre of area, area vector, radius around the centre, area.
 */
export function windingMoments(tree: DistanceTree): Float32Array {
  const { nodes, words } = tree;
  const moments = new Float32Array(sharedBytes(nodes.byteLength));
  const sums = new Float64Array(7);
  // Children come after their parents.
  for (let node = nodes.length - nodeStride; node >= 0; node -= nodeStride) {
    for (let side = 0; side < 2; side++) {
      const link = words[node + 12 + 2 * side]!;
      const count = words[node + 13 + 2 * side]!;
      if (count < 0) continue;
      sums.fill(0);
      if (count > 0) for (let t = link; t < link + count; t++) addTriangle(tree.corners, t, sums);
      else for (let child = link; child < link + 16; child += 8) addMoment(moments, child, sums);
      const area = sums[6]!;
      const at = node + 8 * side;
      let square = 0;
      for (let axis = 0; axis < 3; axis++) {
        const middle = nodes[node + 6 * side + axis]!;
        const center = area > 0 ? sums[axis]! / area : middle;
        moments[at + axis] = center;
        moments[at + 3 + axis] = sums[3 + axis]!;
        square += (Math.abs(center - middle) + nodes[node + 6 * side + 3 + axis]!) ** 2;
      }
      moments[at + 6] = Math.sqrt(square);
      moments[at + 7] = area;
    }
  }
  return moments;
}

function addTriangle(corners: Float32Array, t: number, sums: Float64Array): void {
  const k = 9 * t;
  const [ax, ay, az] = [corners[k]!, corners[k + 1]!, corners[k + 2]!];
  const [ux, uy, uz] = [corners[k + 3]! - ax, corners[k + 4]! - ay, corners[k + 5]! - az];
  const [vx, vy, vz] = [corners[k + 6]! - ax, corners[k + 7]! - ay, corners[k + 8]! - az];
  const normal = [(uy * vz - uz * vy) / 2, (uz * vx - ux * vz) / 2, (ux * vy - uy * vx) / 2] as const;
  const area = Math.sqrt(normal[0] ** 2 + normal[1] ** 2 + normal[2] ** 2);
  for (let axis = 0; axis < 3; axis++) {
    sums[axis]! += (area * (corners[k + axis]! + corners[k + 3 + axis]! + corners[k + 6 + axis]!)) / 3;
    sums[3 + axis]! += normal[axis]!;
  }
  sums[6]! += area;
}

function addMoment(moments: Float32Array, at: number, sums: Float64Array): void {
  const area = moments[at + 7]!;
  for (let axis = 0; axis < 3; axis++) {
    sums[axis]! += area * moments[at + axis]!;
    sums[3 + axis]! += moments[at + 3 + axis]!;
  }
  sums[6]! += area;
}

/** Winding numbers about one tree; one per thread. */
export class WindingNumber {
  readonly #tree: DistanceTree;
  readonly #moments: Float32Array;
  readonly #stack = new Int32Array(128);

  constructor(tree: DistanceTree, moments: Float32Array) {
    this.#tree = tree;
    this.#moments = moments;
  }

  /** Whether a point lies inside: the surface goes round it more than half, whichever way it faces. */
  inside(x: number, y: number, z: number): boolean {
    const { farRadii, farRadiiInDoubt, doubt } = windingDefaults;
    const rough = Math.abs(this.at(x, y, z, farRadii));
    if (Math.abs(rough - 0.5) > doubt) return rough > 0.5;
    return Math.abs(this.at(x, y, z, farRadiiInDoubt)) > 0.5;
  }

  /** @param farRadii Infinity: every triangle is summed. */
  at(x: number, y: number, z: number, farRadii: number): number {
    const { words } = this.#tree;
    const moments = this.#moments;
    const stack = this.#stack;
    const far = farRadii * farRadii;
    let sum = 0;
    let angles = 0;
    let top = 1;
    stack[0] = 0;
    while (top > 0) {
      const node = stack[--top]!;
      for (let side = 0; side < 2; side++) {
        const m = node + 8 * side;
        const dx = moments[m]! - x;
        const dy = moments[m + 1]! - y;
        const dz = moments[m + 2]! - z;
        const square = dx * dx + dy * dy + dz * dz;
        const radius = moments[m + 6]!;
        if (square > far * radius * radius) {
          sum +=
            (moments[m + 3]! * dx + moments[m + 4]! * dy + moments[m + 5]! * dz) /
            (square * Math.sqrt(square));
          continue;
        }
        const link = words[node + 12 + 2 * side]!;
        const count = words[node + 13 + 2 * side]!;
        if (count === 0) stack[top++] = link;
        else angles += this.#halfAngles(x, y, z, link, count);
      }
    }
    return sum / (4 * Math.PI) + angles / (2 * Math.PI);
  }

  /** Half the solid angles of a leaf's triangles. */
  #halfAngles(x: number, y: number, z: number, first: number, count: number): number {
    const { corners } = this.#tree;
    let sum = 0;
    const end = (9 * (first + count)) | 0;
    for (let k = (9 * first) | 0; k < end; k = (k + 9) | 0) {
      const ax = corners[k]! - x;
      const ay = corners[k + 1]! - y;
      const az = corners[k + 2]! - z;
      const bx = corners[k + 3]! - x;
      const by = corners[k + 4]! - y;
      const bz = corners[k + 5]! - z;
      const cx = corners[k + 6]! - x;
      const cy = corners[k + 7]! - y;
      const cz = corners[k + 8]! - z;
      const a = Math.sqrt(ax * ax + ay * ay + az * az);
      const b = Math.sqrt(bx * bx + by * by + bz * bz);
      const c = Math.sqrt(cx * cx + cy * cy + cz * cz);
      const numerator = ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx);
      const denominator =
        a * b * c +
        (ax * bx + ay * by + az * bz) * c +
        (bx * cx + by * cy + bz * cz) * a +
        (cx * ax + cy * ay + cz * az) * b;
      sum += Math.atan2(numerator, denominator);
    }
    return sum;
  }
}
