// Polygons with the same corners in the same places, the same way round or the other: two-sided faces, and walls between
// solids that touch. They are to be cut along the same lines, so that their triangles are copies too.
import { hash } from '../inspect.js';

/** A polygon that is there already. */
export interface Copy {
  /** The first such polygon, by its number. */
  readonly of: number;
  /** Which of this one's corners is where that one's first is. */
  readonly offset: number;
  /** Whether the corners go the other way round. */
  readonly reversed: boolean;
}

/** Corners in one place that are tried as the first: more of them than that are no polygon that matters. */
const mostTried = 4;

/**
 * Finds copies among polygons, in linear time.
 * @param ringOf the corners of a polygon by its number
 * @returns copies by their numbers
 */
export function findCopies(
  count: number,
  ringOf: (polygon: number) => Uint32Array,
  positions: Float32Array | Float64Array,
): Map<number, Copy> {
  const copies = new Map<number, Copy>();
  const keys = new Uint32Array(count);
  const table = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(2, 2 * count)))).fill(-1);
  const places = new Places(positions);
  for (let polygon = 0; polygon < count; polygon++) {
    const ring = ringOf(polygon);
    const key = places.key(ring);
    keys[polygon] = key;
    for (let slot = key & (table.length - 1); ; slot = (slot + 1) & (table.length - 1)) {
      const other = table[slot]!;
      if (other < 0) {
        table[slot] = polygon;
        break;
      }
      const match = keys[other] === key ? places.match(ringOf(other), ring) : undefined;
      if (match === undefined) continue;
      copies.set(polygon, { of: other, ...match });
      break;
    }
  }
  return copies;
}

/** Compares corners by their places. */
class Places {
  readonly #positions: Float32Array | Float64Array;
  readonly #point = new Float64Array(3);
  readonly #words = new Uint32Array(this.#point.buffer);

  constructor(positions: Float32Array | Float64Array) {
    this.#positions = positions;
  }

  /** The same for the same places in whatever order. */
  key(ring: Uint32Array): number {
    const [point, words] = [this.#point, this.#words];
    let sum = ring.length;
    for (const vertex of ring) {
      // Adding 0 makes −0 positive.
      for (let axis = 0; axis < 3; axis++) point[axis] = this.#positions[3 * vertex + axis]! + 0;
      const [a, b, c] = [words[0]! ^ words[1]!, words[2]! ^ words[3]!, words[4]! ^ words[5]!];
      sum += hash(a, b, c);
    }
    return sum >>> 0;
  }

  match(a: Uint32Array, b: Uint32Array): Omit<Copy, 'of'> | undefined {
    const n = a.length;
    if (b.length !== n) return undefined;
    for (let offset = 0, tried = 0; offset < n && tried < mostTried; offset++) {
      if (!this.#same(a[0]!, b[offset]!)) continue;
      tried++;
      for (const reversed of [true, false]) {
        let k = 1;
        while (k < n && this.#same(a[k]!, b[(reversed ? offset - k + n : offset + k) % n]!)) k++;
        if (k === n) return { offset, reversed };
      }
    }
    return undefined;
  }

  #same(a: number, b: number): boolean {
    const p = this.#positions;
    return p[3 * a] === p[3 * b] && p[3 * a + 1] === p[3 * b + 1] && p[3 * a + 2] === p[3 * b + 2];
  }
}

/** The triangles of a copy, as the first one was cut. @param triangles of the first one, `[n − 2, 3]` */
export function cutAs(
  triangles: Uint32Array,
  first: Uint32Array,
  ring: Uint32Array,
  { offset, reversed }: Copy,
): Uint32Array {
  const n = ring.length;
  const placeOf = new Map(Array.from(first, (vertex, place) => [vertex, place]));
  const result = new Uint32Array(triangles.length);
  for (let i = 0; i < triangles.length; i++) {
    const k = i % 3;
    const from = reversed ? i - k + ((3 - k) % 3) : i;
    const place = placeOf.get(triangles[from]!) ?? 0;
    result[i] = ring[(reversed ? offset - place + n : offset + place) % n]!;
  }
  return result;
}
