// Orders points along a Morton curve (G. M. Morton, 1966), where neighbours are mostly neighbours in space. The last answer
// then bounds the next search, and the data it reads are in the cache.

const bits = 10;
const cells = 1 << bits;
const passBits = 15;
const buckets = 1 << passBits;

/** Sorts points along the curve; its memory grows with the most points it was given, 12 bytes each. */
export class MortonOrder {
  #keys = new Uint32Array(0);
  #otherKeys = new Uint32Array(0);
  #between = new Uint32Array(0);
  readonly #counts = new Uint32Array(2 * buckets);

  /**
   * @param points `[n, 3]`; ones that are not finite end up anywhere
   * @param order `[n]`, becomes the points in their order; equal cells keep theirs
   */
  sort(points: Float32Array, order: Uint32Array): void {
    const count = order.length;
    if (this.#keys.length < count) {
      this.#keys = new Uint32Array(count);
      this.#otherKeys = new Uint32Array(count);
      this.#between = new Uint32Array(count);
    }
    const keys = this.#keys;
    const counts = this.#counts.fill(0);
    this.#fillKeys(points, count);
    for (let i = 0; i < count; i++) {
      const key = keys[i]!;
      counts[key & (buckets - 1)]!++;
      counts[buckets + (key >>> passBits)]!++;
    }
    let [low, high] = [0, 0];
    for (let bucket = 0; bucket < buckets; bucket++) {
      const [inLow, inHigh] = [counts[bucket]!, counts[buckets + bucket]!];
      counts[bucket] = low;
      counts[buckets + bucket] = high;
      low += inLow;
      high += inHigh;
    }
    const otherKeys = this.#otherKeys;
    const between = this.#between;
    for (let i = 0; i < count; i++) {
      const place = counts[keys[i]! & (buckets - 1)]!++;
      otherKeys[place] = keys[i]! >>> passBits;
      between[place] = i;
    }
    for (let i = 0; i < count; i++) order[counts[buckets + otherKeys[i]!]!++] = between[i]!;
  }

  #fillKeys(points: Float32Array, count: number): void {
    const min = [Infinity, Infinity, Infinity] as [number, number, number];
    const max = [-Infinity, -Infinity, -Infinity] as [number, number, number];
    for (let i = 0; i < 3 * count; i += 3) {
      for (let axis = 0; axis < 3; axis++) {
        const value = points[i + axis]!;
        // Infinite ones would squeeze all others into one cell.
        if (value < min[axis]! && value > -Infinity) min[axis] = value;
        if (value > max[axis]! && value < Infinity) max[axis] = value;
      }
    }
    const side = Math.max(max[0] - min[0], max[1] - min[1], max[2] - min[2], Number.MIN_VALUE);
    const scale = (cells - 1) / side;
    for (let i = 0; i < count; i++) {
      const [x, y, z] = [points[3 * i]!, points[3 * i + 1]!, points[3 * i + 2]!];
      this.#keys[i] =
        (spread((x - min[0]) * scale) << 2) |
        (spread((y - min[1]) * scale) << 1) |
        spread((z - min[2]) * scale);
    }
  }
}

/** Moves ten bits apart, with two free places after each. */
function spread(value: number): number {
  let x = value & (cells - 1);
  x = (x | (x << 16)) & 0x030000ff;
  x = (x | (x << 8)) & 0x0300f00f;
  x = (x | (x << 4)) & 0x030c30c3;
  return (x | (x << 2)) & 0x09249249;
}
