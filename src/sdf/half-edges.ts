// Which triangles meet at which edge, in O(F) time and typed arrays. Half-edges are put into buckets by their lower vertex
// and sorted inside each, so that all uses of an edge lie side by side.

/** A half-edge whose edge only one triangle uses. */
export const noTwin = -1;
/** A half-edge whose edge more than two triangles use. */
export const manyTwins = -2;
/** A half-edge of a triangle that names a vertex twice: it has no area, and takes no part. */
export const collapsed = -3;

/** The edges of a mesh. Half-edge `3t + k` of triangle t goes from its corner k to its corner k + 1. */
export interface HalfEdges {
  /** `[3F]`: the other half-edge of the same edge where exactly two use it, else one of the constants above. */
  readonly twins: Int32Array;
  /** Edges that one triangle uses: the rims of holes. */
  readonly boundary: number;
  /** Edges that more than two triangles use. */
  readonly nonManifold: number;
  /** Edges that two triangles use in the same direction: one of them is turned inside out. */
  readonly inconsistent: number;
  /** Triangles that name a vertex twice. */
  readonly collapsedTriangles: number;
  /** `[F]`: the lowest triangle of those it is connected with by edges, itself included. */
  readonly shells: Int32Array;
  /** How many sets of connected triangles there are, collapsed ones left out. */
  readonly shellCount: number;
}

/**
 * Finds the edges of a mesh. Takes some 40 bytes a triangle while it works, and keeps 16.
 * @param triangles `[F, 3]`
 * @param vertexCount above every index
 */
export function findHalfEdges(triangles: Uint32Array, vertexCount: number): HalfEdges {
  const count = triangles.length / 3;
  const twins = new Int32Array(triangles.length).fill(collapsed);
  const shells = new Int32Array(count);
  for (let t = 0; t < count; t++) shells[t] = t;
  const { starts, others, halves } = fillBuckets(triangles, vertexCount);
  let [boundary, nonManifold, inconsistent] = [0, 0, 0];
  for (let vertex = 0; vertex < vertexCount; vertex++) {
    const end = starts[vertex + 1]!;
    sortBucket(others, halves, starts[vertex]!, end);
    for (let i = starts[vertex]!; i < end;) {
      const other = others[i];
      const first = halves[i]!;
      let last = i + 1;
      while (last < end && others[last] === other) join(shells, (first / 3) | 0, (halves[last++]! / 3) | 0);
      const uses = last - i;
      if (uses === 1) {
        boundary++;
        twins[first] = noTwin;
      } else if (uses === 2) {
        const second = halves[i + 1]!;
        twins[first] = second;
        twins[second] = first;
        if (triangles[first] === triangles[second]) inconsistent++;
      } else {
        nonManifold++;
        for (let j = i; j < last; j++) twins[halves[j]!] = manyTwins;
      }
      i = last;
    }
  }
  let [shellCount, collapsedTriangles] = [0, 0];
  for (let t = 0; t < count; t++) {
    shells[t] = rootOf(shells, t);
    if (twins[3 * t] === collapsed) collapsedTriangles++;
    else if (shells[t] === t) shellCount++;
  }
  return { twins, boundary, nonManifold, inconsistent, collapsedTriangles, shells, shellCount };
}

/**
 * Sorts the half-edges by their lower vertex.
 * @returns `starts`, `[V + 1]`: where the half-edges of each begin; `others`: the higher vertices; `halves`
 */
function fillBuckets(triangles: Uint32Array, vertexCount: number) {
  const starts = new Uint32Array(vertexCount + 2);
  let total = 0;
  // Counted two places on, so that filling, which moves each start up to its end, leaves the starts behind.
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [triangles[t]!, triangles[t + 1]!, triangles[t + 2]!];
    if (a === b || b === c || c === a) continue;
    starts[(a < b ? a : b) + 2]!++;
    starts[(b < c ? b : c) + 2]!++;
    starts[(c < a ? c : a) + 2]!++;
    total += 3;
  }
  for (let v = 2; v < starts.length; v++) starts[v]! += starts[v - 1]!;
  const others = new Uint32Array(total);
  const halves = new Int32Array(total);
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [triangles[t]!, triangles[t + 1]!, triangles[t + 2]!];
    if (a === b || b === c || c === a) continue;
    for (let k = 0; k < 3; k++) {
      const from = triangles[t + k]!;
      const to = triangles[t + ((k + 1) % 3)]!;
      const place = starts[(from < to ? from : to) + 1]!++;
      others[place] = from < to ? to : from;
      halves[place] = t + k;
    }
  }
  return { starts, others, halves };
}

/** Sorts `[start, end)` by the other vertex, and equal ones by half-edge, in which order they came. */
function sortBucket(others: Uint32Array, halves: Int32Array, start: number, end: number): void {
  if (end - start > 64) return sortLargeBucket(others, halves, start, end);
  for (let i = start + 1; i < end; i++) {
    const other = others[i]!;
    const half = halves[i]!;
    let j = i - 1;
    for (; j >= start && others[j]! > other; j--) {
      others[j + 1] = others[j]!;
      halves[j + 1] = halves[j]!;
    }
    others[j + 1] = other;
    halves[j + 1] = half;
  }
}

/** The hub of a fan can have any number of edges, for which insertion would take quadratic time. */
function sortLargeBucket(others: Uint32Array, halves: Int32Array, start: number, end: number): void {
  const order = Array.from({ length: end - start }, (_, i) => start + i);
  order.sort((i, j) => others[i]! - others[j]! || i - j);
  others.set(
    Uint32Array.from(order, (i) => others[i]!),
    start,
  );
  halves.set(
    Int32Array.from(order, (i) => halves[i]!),
    start,
  );
}

/** The lowest member of a set; halves the path on the way. */
function rootOf(parents: Int32Array, item: number): number {
  let at = item;
  for (;;) {
    const parent = parents[at]!;
    if (parent === at) return at;
    const next = parents[parent]!;
    parents[at] = next;
    at = next;
  }
}

function join(parents: Int32Array, a: number, b: number): void {
  const [rootA, rootB] = [rootOf(parents, a), rootOf(parents, b)];
  if (rootA < rootB) parents[rootB] = rootA;
  else parents[rootA] = rootB;
}
