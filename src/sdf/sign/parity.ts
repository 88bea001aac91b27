// Inside or outside by counting crossings: a ray from inside a closed surface crosses it an odd number of times. A ray
// through an edge or a corner counts two triangles or none, so it is discarded and another direction tried. The majority of
// three valid rays decides.
import type { DistanceTree } from '../distance/tree.js';

/** Directions in general position: no mesh is likely to have faces or edges along them. */
const directions: readonly (readonly [number, number, number])[] = [
  [0.8017421, 0.5345812, 0.2672153],
  [-0.3713907, 0.5570834, 0.7427711],
  [0.2481139, -0.8684219, 0.4292171],
  [-0.6123713, -0.3535927, -0.7071239],
  [0.1543391, 0.3086719, -0.9386173],
  [-0.8971531, 0.4317493, -0.0937117],
  [0.5121737, -0.1413719, -0.8471659],
  [-0.2117313, -0.7317091, 0.6478531],
  [0.6914173, 0.0719337, 0.7188629],
];
const votes = 3;
/** How close to an edge, in barycentric coordinates, a crossing is in doubt. */
const edge = 1e-7;

/** Counts crossings with one tree; one per thread. */
export class RayParity {
  readonly #tree: DistanceTree;
  readonly #stack = new Int32Array(128);

  constructor(tree: DistanceTree) {
    this.#tree = tree;
  }

  /** What most of three rays say. Where hardly any ray misses all edges, those that do decide. */
  inside(x: number, y: number, z: number): boolean {
    let [counted, odd] = [0, 0];
    for (const [dx, dy, dz] of directions) {
      const crossings = this.#crossings(x, y, z, dx, dy, dz);
      if (crossings < 0) continue;
      odd += crossings & 1;
      if (++counted === votes) break;
    }
    return 2 * odd > counted;
  }

  /** How often a ray crosses the surface; −1 where it comes too close to an edge to say. */
  #crossings(x: number, y: number, z: number, dx: number, dy: number, dz: number): number {
    const { nodes, words, corners } = this.#tree;
    const stack = this.#stack;
    const [ix, iy, iz] = [1 / dx, 1 / dy, 1 / dz];
    const [sx, sy, sz] = [Math.abs(ix), Math.abs(iy), Math.abs(iz)];
    let crossings = 0;
    let top = 1;
    stack[0] = 0;
    while (top > 0) {
      const node = stack[--top]!;
      for (let side = 0; side < 2; side++) {
        const n = node + 6 * side;
        const mx = (nodes[n]! - x) * ix;
        const my = (nodes[n + 1]! - y) * iy;
        const mz = (nodes[n + 2]! - z) * iz;
        const hx = nodes[n + 3]! * sx;
        const hy = nodes[n + 4]! * sy;
        const hz = nodes[n + 5]! * sz;
        const leaves = Math.min(mx + hx, my + hy, mz + hz);
        const enters = Math.max(mx - hx, my - hy, mz - hz, 0);
        // Flat boxes are entered and left at once, and rounding must not lose them.
        if (!(leaves * (1 + 1e-9) + 1e-300 >= enters * (1 - 1e-9))) continue;
        const link = words[node + 12 + 2 * side]!;
        const count = words[node + 13 + 2 * side]!;
        if (count === 0) {
          stack[top++] = link;
          continue;
        }
        // T. Möller and B. Trumbore, "Fast, Minimum Storage Ray/Triangle Intersection" (1997).
        for (let k = 9 * link; k < 9 * (link + count); k += 9) {
          const ax = corners[k]!;
          const ay = corners[k + 1]!;
          const az = corners[k + 2]!;
          const ux = corners[k + 3]! - ax;
          const uy = corners[k + 4]! - ay;
          const uz = corners[k + 5]! - az;
          const vx = corners[k + 6]! - ax;
          const vy = corners[k + 7]! - ay;
          const vz = corners[k + 8]! - az;
          const px = dy * vz - dz * vy;
          const py = dz * vx - dx * vz;
          const pz = dx * vy - dy * vx;
          const determinant = ux * px + uy * py + uz * pz;
          if (determinant === 0) continue;
          const scale = 1 / determinant;
          const [tx, ty, tz] = [x - ax, y - ay, z - az];
          const u = (tx * px + ty * py + tz * pz) * scale;
          if (!(u > -edge && u < 1 + edge)) continue;
          const qx = ty * uz - tz * uy;
          const qy = tz * ux - tx * uz;
          const qz = tx * uy - ty * ux;
          const v = (dx * qx + dy * qy + dz * qz) * scale;
          if (!(v > -edge && u + v < 1 + edge)) continue;
          if ((vx * qx + vy * qy + vz * qz) * scale <= 0) continue;
          if (u < edge || v < edge || u + v > 1 - edge) return -1;
          crossings++;
        }
      }
    }
    return crossings;
  }
}
