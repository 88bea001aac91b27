// The nearest neighbours of every point among all points: a balanced k-d tree in two typed arrays. A pool's points are dense
// at a surface and thin elsewhere, where a grid of equal cells would be too coarse or too empty.

/** Points in a leaf, at most. */
const leafSize = 8;

/**
 * The k nearest other points of each point, nearest first; of equally near ones any.
 * @param points `[N, 3]`, finite
 * @param k from 1 to N − 1
 * @returns `[N, k]` indices, the caller's. O(N log N) time, 4(k + 1) bytes a point.
 */
export function nearestPoints(points: Float32Array, k: number): Uint32Array {
  const size = points.length / 3;
  const order = new Uint32Array(size);
  for (let i = 0; i < size; i++) order[i] = i;
  build(points, order, 0, size);
  const neighbours = new Uint32Array(size * k);
  const search = new Search(points, order, k);
  // In the tree's order: what one point's search read is still in the cache for the next.
  for (const i of order) neighbours.set(search.of(i), i * k);
  return neighbours;
}

/** The axis along which a stretch of points reaches farthest. */
function widest(points: Float32Array, order: Uint32Array, from: number, to: number): number {
  let [axis, reach] = [0, -1];
  for (let a = 0; a < 3; a++) {
    let [low, high] = [Infinity, -Infinity];
    for (let i = from; i < to; i++) {
      const value = points[3 * (order[i] as number) + a] as number;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (high - low > reach) [axis, reach] = [a, high - low];
  }
  return axis;
}

/** Halves stretches at their medians until they are leaves. A node's axis is found again when it is searched. */
function build(points: Float32Array, order: Uint32Array, from: number, to: number): void {
  if (to - from <= leafSize) return;
  const middle = (from + to) >>> 1;
  select(points, order, from, to - 1, middle, widest(points, order, from, to));
  build(points, order, from, middle);
  build(points, order, middle, to);
}

/** Hoare's quickselect: the point at `middle` is in place, none before it lies beyond it on the axis. */
function select(
  points: Float32Array,
  order: Uint32Array,
  left: number,
  right: number,
  middle: number,
  axis: number,
): void {
  const at = (i: number): number => points[3 * (order[i] as number) + axis] as number;
  while (left < right) {
    const pivot = at((left + right) >>> 1);
    let [i, j] = [left, right];
    while (i <= j) {
      while (at(i) < pivot) i++;
      while (at(j) > pivot) j--;
      if (i <= j) {
        const item = order[i] as number;
        order[i++] = order[j] as number;
        order[j--] = item;
      }
    }
    if (middle <= j) right = j;
    else if (middle >= i) left = i;
    else return;
  }
}

/** Searches one point after the other with memory of its own. */
class Search {
  readonly #points: Float32Array;
  readonly #order: Uint32Array;
  readonly #found: Uint32Array;
  readonly #distances: Float64Array;
  /** A box for every node, `[min x, y, z, max x, y, z]`, in heap order. */
  readonly #boxes: Float32Array;
  #self = 0;

  constructor(points: Float32Array, order: Uint32Array, k: number) {
    this.#points = points;
    this.#order = order;
    this.#found = new Uint32Array(k);
    this.#distances = new Float64Array(k);
    let nodes = 1;
    for (let size = order.length; size > leafSize; size = (size + 1) >>> 1) nodes = 2 * nodes + 1;
    this.#boxes = new Float32Array(6 * nodes);
    this.#measure(0, 0, order.length);
  }

  /** The neighbours of a point, nearest first; valid until the next call. */
  of(point: number): Uint32Array {
    this.#self = point;
    this.#distances.fill(Infinity);
    this.#visit(0, 0, this.#order.length);
    return this.#found;
  }

  #measure(node: number, from: number, to: number): void {
    const box = this.#boxes.subarray(6 * node, 6 * node + 6);
    box.fill(Infinity, 0, 3).fill(-Infinity, 3);
    for (let i = from; i < to; i++) {
      for (let a = 0; a < 3; a++) {
        const value = this.#points[3 * (this.#order[i] as number) + a] as number;
        if (value < (box[a] as number)) box[a] = value;
        if (value > (box[3 + a] as number)) box[3 + a] = value;
      }
    }
    if (to - from <= leafSize) return;
    const middle = (from + to) >>> 1;
    this.#measure(2 * node + 1, from, middle);
    this.#measure(2 * node + 2, middle, to);
  }

  #visit(node: number, from: number, to: number): void {
    if (to - from <= leafSize) {
      for (let i = from; i < to; i++) this.#consider(this.#order[i] as number);
      return;
    }
    const middle = (from + to) >>> 1;
    const [left, right] = [2 * node + 1, 2 * node + 2];
    const [near, far] = [this.#distanceTo(left), this.#distanceTo(right)];
    const last = this.#distances.length - 1;
    if (near <= far) {
      if (near < (this.#distances[last] as number)) this.#visit(left, from, middle);
      if (far < (this.#distances[last] as number)) this.#visit(right, middle, to);
    } else {
      if (far < (this.#distances[last] as number)) this.#visit(right, middle, to);
      if (near < (this.#distances[last] as number)) this.#visit(left, from, middle);
    }
  }

  /** Squared distance from the point to a node's box; 0 inside. */
  #distanceTo(node: number): number {
    let sum = 0;
    for (let a = 0; a < 3; a++) {
      const value = this.#points[3 * this.#self + a] as number;
      const below = (this.#boxes[6 * node + a] as number) - value;
      const above = value - (this.#boxes[6 * node + 3 + a] as number);
      const outside = Math.max(below, above, 0);
      sum += outside * outside;
    }
    return sum;
  }

  #consider(other: number): void {
    if (other === this.#self) return;
    let sum = 0;
    for (let a = 0; a < 3; a++) {
      const along = (this.#points[3 * other + a] as number) - (this.#points[3 * this.#self + a] as number);
      sum += along * along;
    }
    const distances = this.#distances;
    let place = distances.length - 1;
    if (sum >= (distances[place] as number)) return;
    for (; place > 0 && (distances[place - 1] as number) > sum; place--) {
      distances[place] = distances[place - 1] as number;
      this.#found[place] = this.#found[place - 1] as number;
    }
    distances[place] = sum;
    this.#found[place] = other;
  }
}
