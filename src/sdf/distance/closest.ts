// The closest triangle to a point: depth first through the tree, the nearer child first, and nothing farther than the best
// so far. The search is one function without calls, because a million queries wait for it. Point to triangle: C. Ericson,
// "Real-Time Collision Detection" (2005), section 5.1.5.
import type { DistanceTree } from './tree.js';

/** Where on a triangle a closest point lies. Corner k is `k`, the edge from corner k to k + 1 is `3 + k`. */
export const onFace = 6;

/** What the rounding of a unit normal to float32 may take from ρ². */
const normalSlack = 1 + 4e-7;

/** Searches one tree; one per thread. */
export class ClosestTriangle {
  readonly #tree: DistanceTree;
  // Every level of the tree (40 at most) leaves one child behind.
  readonly #stackLinks = new Int32Array(64);
  readonly #stackCounts = new Int32Array(64);
  readonly #stackSquares = new Float64Array(64);
  /** The closest point that {@link locate} found. */
  readonly point = new Float64Array(3);

  constructor(tree: DistanceTree) {
    this.#tree = tree;
  }

  /**
   * The triangle closest to a point.
   * @param hint a triangle that is likely near, from which the search starts with a good bound; −1 for none
   * @returns its place in the order of the leaves; −1 where the point is not finite
   */
  find(x: number, y: number, z: number, hint: number): number {
    const { nodes, words, corners, discs, slack } = this.#tree;
    const stackLinks = this.#stackLinks;
    const stackCounts = this.#stackCounts;
    const stackSquares = this.#stackSquares;
    let found = hint;
    let best = hint < 0 ? Infinity : this.locate(x, y, z, hint).square;
    if (!(best >= 0)) best = Infinity;
    let safe = (Math.sqrt(best) + slack) ** 2;
    // Squares of boxes come out four times too large, see below; so do those they are compared with.
    let bound = 4 * best;
    let top = 0;
    let link = 0;
    let count = 0;
    for (;;) {
      if (count > 0) {
        // `| 0` keeps indices integers of 32 bits, which are several times as fast to read with as floats.
        const end = (link + count) | 0;
        for (let t = link; t < end; t = (t + 1) | 0) {
          // A lower bound first, from the disc around the triangle: p is h above its plane and ρ beside its centre, so
          // outside of the radius r the squared distance is at least h² + (ρ − r)² = away + r² − 2ρr; without a root.
          const s = (8 * t) | 0;
          const cx = x - discs[s]!;
          const cy = y - discs[s + 1]!;
          const cz = z - discs[s + 2]!;
          const radius = discs[s + 3]!;
          const h = cx * discs[s + 4]! + cy * discs[s + 5]! + cz * discs[s + 6]!;
          const away = cx * cx + cy * cy + cz * cz;
          const beside = away * normalSlack - h * h;
          const radiusSquare = radius * radius;
          const excess = away + radiusSquare - safe;
          if (excess > 0 && beside > radiusSquare && excess * excess > 4 * radiusSquare * beside) continue;
          const k = (9 * t) | 0;
          const ax = corners[k]!;
          const ay = corners[k + 1]!;
          const az = corners[k + 2]!;
          const ux = corners[k + 3]! - ax;
          const uy = corners[k + 4]! - ay;
          const uz = corners[k + 5]! - az;
          const vx = corners[k + 6]! - ax;
          const vy = corners[k + 7]! - ay;
          const vz = corners[k + 8]! - az;
          let px = x - ax;
          let py = y - ay;
          let pz = z - az;
          const d1 = ux * px + uy * py + uz * pz;
          const d2 = vx * px + vy * py + vz * pz;
          if (d1 > 0 || d2 > 0) {
            const uu = ux * ux + uy * uy + uz * uz;
            const uv = ux * vx + uy * vy + uz * vz;
            const vv = vx * vx + vy * vy + vz * vz;
            // The same products as from corners b and c: (p − b)·u = p·u − u·u, and so on.
            const d3 = d1 - uu;
            const d4 = d2 - uv;
            const d5 = d1 - uv;
            const d6 = d2 - vv;
            const vc = d1 * d4 - d3 * d2;
            const vb = d5 * d2 - d1 * d6;
            const va = d3 * d6 - d5 * d4;
            let f = 0;
            let r = 0;
            if (d3 >= 0 && d4 <= d3) f = 1;
            else if (d6 >= 0 && d5 <= d6) r = 1;
            else if (vc <= 0 && d1 >= 0 && d3 <= 0) f = d1 / uu;
            else if (vb <= 0 && d2 >= 0 && d6 <= 0) r = d2 / vv;
            else if (va <= 0 && d4 >= d3 && d5 >= d6) {
              r = (d4 - d3) / (d4 - d3 + (d5 - d6));
              f = 1 - r;
            } else {
              const scale = 1 / (va + vb + vc);
              f = vb * scale;
              r = vc * scale;
            }
            px -= f * ux + r * vx;
            py -= f * uy + r * vy;
            pz -= f * uz + r * vz;
          }
          const square = px * px + py * py + pz * pz;
          if (square < best) {
            best = square;
            safe = (Math.sqrt(best) + slack) ** 2;
            bound = 4 * best;
            found = t;
          }
        }
      } else {
        // Without branches, which no processor could foresee: d + |d| is twice d, or nothing where d is negative.
        const n = link;
        let dx = Math.abs(x - nodes[n]!) - nodes[n + 3]!;
        let dy = Math.abs(y - nodes[n + 1]!) - nodes[n + 4]!;
        let dz = Math.abs(z - nodes[n + 2]!) - nodes[n + 5]!;
        dx += Math.abs(dx);
        dy += Math.abs(dy);
        dz += Math.abs(dz);
        const left = dx * dx + dy * dy + dz * dz;
        dx = Math.abs(x - nodes[n + 6]!) - nodes[n + 9]!;
        dy = Math.abs(y - nodes[n + 7]!) - nodes[n + 10]!;
        dz = Math.abs(z - nodes[n + 8]!) - nodes[n + 11]!;
        dx += Math.abs(dx);
        dy += Math.abs(dy);
        dz += Math.abs(dz);
        const right = dx * dx + dy * dy + dz * dz;
        if (left <= right) {
          if (left < bound) {
            if (right < bound) {
              stackLinks[top] = words[n + 14]!;
              stackCounts[top] = words[n + 15]!;
              stackSquares[top++] = right;
            }
            link = words[n + 12]!;
            count = words[n + 13]!;
            continue;
          }
        } else if (right < bound) {
          if (left < bound) {
            stackLinks[top] = words[n + 12]!;
            stackCounts[top] = words[n + 13]!;
            stackSquares[top++] = left;
          }
          link = words[n + 14]!;
          count = words[n + 15]!;
          continue;
        }
      }
      do {
        if (top === 0) return found;
      } while (!(stackSquares[--top]! < bound));
      link = stackLinks[top]!;
      count = stackCounts[top]!;
    }
  }

  /**
   * The closest point of one triangle, into {@link point}.
   * @param triangle in the order of the leaves
   * @returns the squared distance, and on which feature of the triangle the point lies; see {@link onFace}
   */
  locate(x: number, y: number, z: number, triangle: number): { square: number; feature: number } {
    const { corners } = this.#tree;
    const k = 9 * triangle;
    const [ax, ay, az] = [corners[k]!, corners[k + 1]!, corners[k + 2]!];
    const [ux, uy, uz] = [corners[k + 3]! - ax, corners[k + 4]! - ay, corners[k + 5]! - az];
    const [vx, vy, vz] = [corners[k + 6]! - ax, corners[k + 7]! - ay, corners[k + 8]! - az];
    const [px, py, pz] = [x - ax, y - ay, z - az];
    const uu = ux * ux + uy * uy + uz * uz;
    const uv = ux * vx + uy * vy + uz * vz;
    const vv = vx * vx + vy * vy + vz * vz;
    const d1 = ux * px + uy * py + uz * pz;
    const d2 = vx * px + vy * py + vz * pz;
    const [d3, d4, d5, d6] = [d1 - uu, d2 - uv, d1 - uv, d2 - vv];
    const [va, vb, vc] = [d3 * d6 - d5 * d4, d5 * d2 - d1 * d6, d1 * d4 - d3 * d2];
    let [s, r] = [0, 0];
    let feature: number;
    if (d1 <= 0 && d2 <= 0) feature = 0;
    else if (d3 >= 0 && d4 <= d3) [s, feature] = [1, 1];
    else if (d6 >= 0 && d5 <= d6) [r, feature] = [1, 2];
    else if (vc <= 0 && d1 >= 0 && d3 <= 0) [s, feature] = [d1 / uu, 3];
    else if (vb <= 0 && d2 >= 0 && d6 <= 0) [r, feature] = [d2 / vv, 5];
    else if (va <= 0 && d4 >= d3 && d5 >= d6) {
      r = (d4 - d3) / (d4 - d3 + (d5 - d6));
      [s, feature] = [1 - r, 4];
    } else {
      const scale = 1 / (va + vb + vc);
      [s, r, feature] = [vb * scale, vc * scale, onFace];
    }
    const point = this.point;
    point[0] = ax + s * ux + r * vx;
    point[1] = ay + s * uy + r * vy;
    point[2] = az + s * uz + r * vz;
    const [qx, qy, qz] = [x - point[0], y - point[1], z - point[2]];
    return { square: qx * qx + qy * qy + qz * qz, feature };
  }
}
