// Polygons become triangles. A fan around the first corner is right for every convex polygon and for many others; where one
// of its triangles faces the other way the polygon is cut by mapbox's earcut, which comes with three. Vertices may come after
// the faces that name them, so polygons are cut when all vertices are known.
import { ShapeUtils, Vector2 } from 'three';
import { growingIntegers } from '../growable-arrays.js';
import { cutAs, findCopies } from './polygon-copies.js';

/** How much of the polygon's area a fan's triangle may lie the wrong way round: rounding, where corners lie on a line. */
const rounding = 1e-9;

/** Collects faces of any number of corners. */
export class Polygons {
  readonly #triangles = growingIntegers();
  /** Of each polygon with more than three corners: where its triangles begin, and how many corners it has. */
  readonly #large = growingIntegers();
  /** How many faces had fewer than three corners. */
  skipped = 0;

  /** Adds the face of the first `count` corners. One with fewer than three is counted and left out. */
  add(ring: ArrayLike<number>, count: number): void {
    if (count < 3) {
      this.skipped++;
      return;
    }
    if (count > 3) {
      this.#large.push(this.#triangles.length);
      this.#large.push(count);
    }
    for (let k = 2; k < count; k++) {
      this.#triangles.push(ring[0]!);
      this.#triangles.push(ring[k - 1]!);
      this.#triangles.push(ring[k]!);
    }
  }

  /**
   * All faces as triangles, in their order, n − 2 for each; uses the memory of this list.
   * @param positions of all vertices that faces name
   */
  cut(positions: Float32Array | Float64Array): Uint32Array {
    const triangles = this.#triangles.filled;
    const large = this.#large.filled;
    const fanOf = (polygon: number): Uint32Array => {
      const [at, count] = [large[2 * polygon]!, large[2 * polygon + 1]!];
      return triangles.subarray(at, at + 3 * (count - 2));
    };
    const ringOf = (polygon: number): Uint32Array => corners(fanOf(polygon));
    const copies = findCopies(large.length / 2, ringOf, positions);
    const copied = new Map([...copies.values()].map(({ of }) => [of, ringOf(of)]));
    for (let polygon = 0; polygon < large.length / 2; polygon++) {
      const fan = fanOf(polygon);
      const copy = copies.get(polygon);
      if (copy !== undefined) {
        fan.set(cutAs(fanOf(copy.of), copied.get(copy.of)!, corners(fan), copy));
        continue;
      }
      const normal = normalUnlessFan(fan, positions);
      if (normal === undefined) continue;
      const ring = corners(fan);
      const cut = earcut(ring, positions, normal);
      // A polygon that crosses itself has no right triangles; its fan covers it at least.
      if (cut.length === fan.length) cut.forEach((corner, k) => (fan[k] = ring[corner]!));
    }
    return triangles;
  }
}

/** The corners of a polygon out of its fan. */
function corners(fan: Uint32Array): Uint32Array {
  const ring = new Uint32Array(fan.length / 3 + 2);
  ring[0] = fan[0]!;
  ring[1] = fan[1]!;
  for (let t = 0; t < fan.length; t += 3) ring[t / 3 + 2] = fan[t + 2]!;
  return ring;
}

/**
 * The polygon's normal (Newell's, as long as twice its area) where one of the fan's triangles faces the other way;
 * undefined where the fan will do.
 */
function normalUnlessFan(
  fan: Uint32Array,
  positions: Float32Array | Float64Array,
): [number, number, number] | undefined {
  const normal: [number, number, number] = [0, 0, 0];
  const face = new Float64Array(3);
  for (let t = 0; t < fan.length; t += 3) {
    cross(fan, t, positions, face);
    for (let axis = 0; axis < 3; axis++) normal[axis]! += face[axis]!;
  }
  const square = normal[0] ** 2 + normal[1] ** 2 + normal[2] ** 2;
  if (!(square > 0)) return undefined;
  for (let t = 0; t < fan.length; t += 3) {
    cross(fan, t, positions, face);
    const along = face[0]! * normal[0] + face[1]! * normal[1] + face[2]! * normal[2];
    if (along < -rounding * square) return normal;
  }
  return undefined;
}

/** The cross product of a triangle's sides from its first corner. */
function cross(triangles: Uint32Array, t: number, p: Float32Array | Float64Array, into: Float64Array): void {
  const [a, b, c] = [3 * triangles[t]!, 3 * triangles[t + 1]!, 3 * triangles[t + 2]!];
  const [ux, uy, uz] = [p[b]! - p[a]!, p[b + 1]! - p[a + 1]!, p[b + 2]! - p[a + 2]!];
  const [vx, vy, vz] = [p[c]! - p[a]!, p[c + 1]! - p[a + 1]!, p[c + 2]! - p[a + 2]!];
  into[0] = uy * vz - uz * vy;
  into[1] = uz * vx - ux * vz;
  into[2] = ux * vy - uy * vx;
}

/** Corners of triangles as places in the ring, seen along the axis that the normal is nearest to. */
function earcut(
  ring: Uint32Array,
  positions: Float32Array | Float64Array,
  normal: readonly [number, number, number],
): number[] {
  const sizes = normal.map(Math.abs);
  const away = sizes.indexOf(Math.max(...sizes));
  // Seen from the normal's end the corners go round counter-clockwise.
  const [x, y] = normal[away]! > 0 ? [(away + 1) % 3, (away + 2) % 3] : [(away + 2) % 3, (away + 1) % 3];
  const [x0, y0] = [positions[3 * ring[0]! + x]!, positions[3 * ring[0]! + y]!];
  const points = Array.from(
    ring,
    (vertex) => new Vector2(positions[3 * vertex + x]! - x0, positions[3 * vertex + y]! - y0),
  );
  const triangles: number[] = [];
  for (const [a = 0, b = 0, c = 0] of ShapeUtils.triangulateShape(points, [])) {
    const [p, q, r] = [points[a]!, points[b]!, points[c]!];
    const area = (q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x);
    triangles.push(a, ...(area < 0 ? [c, b] : [b, c]));
  }
  return [...triangles, ...slivers(triangles, ring.length)];
}

/**
 * Earcut leaves out corners on a line between their neighbours. Triangles without area between such a corner and the edge
 * that passes it keep the mesh closed: its neighbour across that edge knows the corner.
 */
function slivers(triangles: readonly number[], count: number): number[] {
  /** Of each edge from its lower corner to the higher: how often the ring has it more than the triangles. */
  const missing = new Map<number, number>();
  const add = (from: number, to: number, times: number): void => {
    const edge = from < to ? from * count + to : to * count + from;
    missing.set(edge, (missing.get(edge) ?? 0) + (from < to ? times : -times));
  };
  for (let k = 0; k < count; k++) add(k, (k + 1) % count, 1);
  for (let t = 0; t < triangles.length; t += 3) {
    for (let k = 0; k < 3; k++) add(triangles[t + k]!, triangles[t + ((k + 1) % 3)]!, -1);
  }
  const onward = new Map<number, number[]>();
  for (const [edge, times] of missing) {
    const [low, high] = [Math.floor(edge / count), edge % count];
    const [from, to] = times > 0 ? [low, high] : [high, low];
    for (let i = 0; i < Math.abs(times); i++) onward.set(from, [...(onward.get(from) ?? []), to]);
  }
  const filled: number[] = [];
  for (const start of onward.keys()) {
    for (let at = onward.get(start)?.pop(); at !== undefined;) {
      const next = onward.get(at)?.pop();
      if (next === undefined || next === start) break;
      filled.push(start, at, next);
      at = next;
    }
  }
  return filled;
}
