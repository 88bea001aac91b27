// The triangles that marching cubes puts into a cell, derived instead of copied. On each face of a cell, every run of inside
// corners is cut off; the cuts close to loops, and the loops are triangulated.
//
// Two cells cut their common face alike, so the surface is closed. A triangle's edge that is no cut runs through the cell's
// interior, never within a face, so no third triangle can share it: the surface is manifold. The table of the original paper
// (W. Lorensen and H. Cline, "Marching cubes", SIGGRAPH 1987) is neither: its complemented cases leave holes.

/** A cell's corners are numbered x + 2y + 4z; its 12 edges `4 · axis + n`, n counting the starting corners. */
export const edgeStarts: readonly (readonly [start: number, axis: number])[] = [0, 1, 2].flatMap((axis) =>
  [0, 1, 2, 3, 4, 5, 6, 7]
    .filter((corner) => !(corner & (1 << axis)))
    .map((corner) => [corner, axis] as const),
);

/** The corners of the six faces (−x, +x, −y, +y, −z, +z), counter-clockwise seen from outside the cell. */
const faces = [0, 1, 2].flatMap((axis) => {
  const u = 1 << ((axis + 1) % 3);
  const v = 1 << ((axis + 2) % 3);
  const far = 1 << axis;
  return [
    [0, v, u | v, u],
    [far, far | u, far | u | v, far | v],
  ];
});

/**
 * For each of the 256 cases (bit c set: corner c is inside) the edges that the triangles' corners lie on, three per
 * triangle, counter-clockwise seen from outside.
 */
export const cellTriangles: readonly Uint8Array[] = Array.from({ length: 256 }, (_, inside) =>
  Uint8Array.from(loopsOf(inside).flatMap((loop) => triangulate(loop))),
);

function edgeBetween(a: number, b: number): number {
  const start = Math.min(a, b);
  const axis = Math.log2(a ^ b);
  return edgeStarts.findIndex(([corner, along]) => corner === start && along === axis);
}

/** The closed loops of crossed edges. Every crossed edge lies on two faces: it ends a cut on one, begins one on the other. */
function loopsOf(inside: number): number[][] {
  const next = new Map<number, number>();
  for (const face of faces) {
    for (let i = 0; i < 4; i++) {
      if (!entersAt(inside, face, i)) continue;
      let last = i;
      while (inside & (1 << at(face, last + 1))) last++;
      next.set(edgeBetween(at(face, i - 1), at(face, i)), edgeBetween(at(face, last), at(face, last + 1)));
    }
  }
  const loops: number[][] = [];
  for (const first of next.keys()) {
    if (loops.some((loop) => loop.includes(first))) continue;
    const loop = [first];
    for (let edge = next.get(first)!; edge !== first; edge = next.get(edge)!) loop.push(edge);
    loops.push(loop);
  }
  return loops;
}

function at(face: readonly number[], i: number): number {
  return face[(i + 4) % 4]!;
}

/** Whether a run of inside corners begins at a face's corner i. */
function entersAt(inside: number, face: readonly number[], i: number): boolean {
  return (inside & (1 << at(face, i))) !== 0 && (inside & (1 << at(face, i - 1))) === 0;
}

/** The triangulation of a loop with the shortest diagonals, none of which lies in a face of the cell. */
function triangulate(loop: readonly number[]): number[] {
  const best = (from: number, to: number): { cost: number; triangles: number[] } => {
    if (to - from < 2) return { cost: 0, triangles: [] };
    let found = { cost: Infinity, triangles: [] as number[] };
    for (let k = from + 1; k < to; k++) {
      const left = best(from, k);
      const right = best(k, to);
      const cost = left.cost + right.cost + diagonal(from, k) + diagonal(k, to);
      const own = [loop[from]!, loop[k]!, loop[to]!];
      if (cost < found.cost) found = { cost, triangles: [...left.triangles, ...own, ...right.triangles] };
    }
    return found;
  };
  const diagonal = (a: number, b: number) =>
    b - a === 1 || (a === 0 && b === loop.length - 1) ? 0 : diagonalCost(loop[a]!, loop[b]!);
  const { cost, triangles } = best(0, loop.length - 1);
  if (cost === Infinity) throw new Error(`no triangulation of the loop ${loop.join(', ')}`);
  return triangles;
}

/** Squared distance of two edges' middles, in quarter cells; infinite where both lie on one face. */
function diagonalCost(a: number, b: number): number {
  let cost = 0;
  for (let axis = 0; axis < 3; axis++) {
    const from = middle(a, axis);
    const to = middle(b, axis);
    if (from === to && from !== 1) return Infinity;
    cost += (from - to) ** 2;
  }
  return cost;
}

/** Twice the coordinate of an edge's middle: 0 or 2 on a face of the cell, 1 between. */
function middle(edge: number, axis: number): number {
  const [corner, along] = edgeStarts[edge]!;
  return along === axis ? 1 : corner & (1 << axis) ? 2 : 0;
}
