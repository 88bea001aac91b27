// Faces that are there twice, once turned round. Modellers that draw one side of a face only write both (SketchUp does); then no
// face has an outside, and counted twice a surface encloses nothing. One of each pair is kept, turned as its neighbours are.
// Solids that touch have such pairs too, one face from each side: there the pair is a wall inside, and the surface is
// closed without it. Which it is, the edges say.
import { triangleArea } from './geometry.js';
import { findHalfEdges } from './half-edges.js';
import { hash } from './inspect.js';
import type { TriangleMesh } from './mesh.js';
import { orientTriangles } from './sign/orientation.js';

/** A mesh without opposite copies, and what became of them. */
export interface OneSided {
  readonly mesh: TriangleMesh;
  readonly notes: readonly string[];
}

/** The state of each triangle. */
const [single, doubled, copy] = [0, 1, 2];

/**
 * Cancels triangles that have an opposite copy. Linear in the number of triangles; some 12 bytes each where there are none.
 * @param mesh welded
 */
export function mergeTwoSided(mesh: TriangleMesh): OneSided {
  const { triangles } = mesh;
  const states = findPairs(triangles);
  if (!states.includes(doubled)) return { mesh, notes: [] };
  const walls = dropWalls(triangles, mesh.positions.length / 3, states);
  const kept: number[] = [];
  let pairs = 0;
  for (let t = 0; t < states.length; t++) {
    if (states[t] === copy) continue;
    kept.push(t);
    if (states[t] === doubled) pairs++;
  }
  const fewer = new Uint32Array(3 * kept.length);
  for (const [i, t] of kept.entries()) fewer.set(triangles.subarray(3 * t, 3 * t + 3), 3 * i);
  const result = { ...mesh, triangles: fewer };
  turn(
    result,
    Uint8Array.from(kept, (t) => states[t]!),
  );
  const say = (count: number): string => `${count.toLocaleString('en')} face${count === 1 ? '' : 's'}`;
  return {
    mesh: result,
    notes: [
      ...(pairs > 0 ? [`${say(pairs)} there twice, once turned round; one of each is kept`] : []),
      ...(walls > 0
        ? [`${say(walls)} between solids that touch, there from either side; they are left out`]
        : []),
    ],
  };
}

/** Marks the first of each set of triangles with the same corners where both ways round are among them, and its copies. */
function findPairs(triangles: Uint32Array): Uint8Array {
  const count = triangles.length / 3;
  const states = new Uint8Array(count);
  const slots = 2 ** Math.ceil(Math.log2(Math.max(2, 2 * count)));
  const table = new Int32Array(slots).fill(-1);
  const first = new Int32Array(count).fill(-1);
  const key = new Uint32Array(3);
  const other = new Uint32Array(3);
  for (let t = 0; t < count; t++) {
    if (!rolled(triangles, t, key)) continue;
    const [a, b, c] = [key[0]!, key[1]!, key[2]!];
    let slot = hash(a, Math.min(b, c), Math.max(b, c)) & (slots - 1);
    for (;;) {
      const found = table[slot]!;
      if (found < 0) {
        table[slot] = t;
        break;
      }
      rolled(triangles, found, other);
      if (other[0] === a && other[1] === b && other[2] === c) {
        first[t] = found;
        break;
      }
      if (other[0] === a && other[1] === c && other[2] === b) {
        first[t] = found;
        states[found] = doubled;
        break;
      }
      slot = (slot + 1) & (slots - 1);
    }
  }
  for (let t = 0; t < count; t++) if (first[t]! >= 0 && states[first[t]!] === doubled) states[t] = copy;
  return states;
}

/** A triangle's corners from the lowest on, the way round kept. @returns whether it has three */
function rolled(triangles: Uint32Array, t: number, into: Uint32Array): boolean {
  const [a, b, c] = [triangles[3 * t]!, triangles[3 * t + 1]!, triangles[3 * t + 2]!];
  if (a === b || b === c || c === a) return false;
  const first = a < b && a < c ? 0 : b < c ? 1 : 2;
  for (let k = 0; k < 3; k++) into[k] = triangles[3 * t + ((first + k) % 3)]!;
  return true;
}

/**
 * Makes copies of the pairs that are walls. Pairs that share an edge go together. Of the edges where such a set ends, those
 * that an even number of other faces use say that the surface is closed without it.
 * @returns how many there were
 */
function dropWalls(triangles: Uint32Array, vertexCount: number, states: Uint8Array): number {
  const pairs: number[] = [];
  for (const [t, state] of states.entries()) if (state === doubled) pairs.push(t);
  const edges = new Edges(3 * pairs.length, vertexCount);
  const sets = Int32Array.from(pairs, (_, i) => i);
  const root = (i: number): number => {
    while (sets[i] !== i) i = sets[i] = sets[sets[i]!]!;
    return i;
  };
  for (const [i, t] of pairs.entries()) {
    for (let k = 0; k < 3; k++) {
      const edge = edges.add(triangles[3 * t + k]!, triangles[3 * t + ((k + 1) % 3)]!);
      if (edges.owner[edge]! < 0) edges.owner[edge] = i;
      else sets[root(i)] = root(edges.owner[edge]!);
      edges.pairUses[edge]!++;
    }
  }
  for (let t = 0; t < states.length; t++) {
    if (states[t] !== single) continue;
    for (let k = 0; k < 3; k++) {
      const edge = edges.find(triangles[3 * t + k]!, triangles[3 * t + ((k + 1) % 3)]!);
      if (edge >= 0) edges.otherUses[edge]!++;
    }
  }
  const votes = new Int32Array(pairs.length);
  for (let edge = 0; edge < edges.count; edge++) {
    if (edges.pairUses[edge]! % 2 === 0) continue;
    const uses = edges.otherUses[edge]!;
    votes[root(edges.owner[edge]!)]! += uses > 0 && uses % 2 === 0 ? 1 : -1;
  }
  let walls = 0;
  for (const [i, t] of pairs.entries()) {
    if (votes[root(i)]! <= 0) continue;
    states[t] = copy;
    walls++;
  }
  return walls;
}

/** Edges by their ends, by open addressing. */
class Edges {
  readonly owner: Int32Array;
  readonly pairUses: Uint32Array;
  readonly otherUses: Uint32Array;
  count = 0;
  readonly #keys: Float64Array;
  readonly #table: Int32Array;
  readonly #vertices: number;

  constructor(most: number, vertices: number) {
    this.owner = new Int32Array(most).fill(-1);
    this.pairUses = new Uint32Array(most);
    this.otherUses = new Uint32Array(most);
    this.#keys = new Float64Array(most);
    this.#table = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(2, 2 * most)))).fill(-1);
    this.#vertices = vertices;
  }

  add(from: number, to: number): number {
    const [slot, key] = this.#slot(from, to);
    if (this.#table[slot]! < 0) {
      this.#keys[this.count] = key;
      this.#table[slot] = this.count++;
    }
    return this.#table[slot]!;
  }

  /** −1 for none. */
  find(from: number, to: number): number {
    return this.#table[this.#slot(from, to)[0]]!;
  }

  #slot(from: number, to: number): [number, number] {
    const [low, high] = from < to ? [from, to] : [to, from];
    const key = low * this.#vertices + high;
    const mask = this.#table.length - 1;
    let slot = hash(low, high, 0) & mask;
    while (this.#table[slot]! >= 0 && this.#keys[this.#table[slot]!] !== key) slot = (slot + 1) & mask;
    return [slot, key];
  }
}

/** Turns pairs as the faces around them are turned; a shell of nothing but pairs encloses a volume above 0. */
function turn(mesh: TriangleMesh, states: Uint8Array): void {
  const { positions, triangles } = mesh;
  const edges = findHalfEdges(triangles, positions.length / 3);
  const { turned } = orientTriangles(mesh, edges);
  const count = triangles.length / 3;
  const [balance, volume] = [new Float64Array(count), new Float64Array(count)];
  for (let t = 0; t < count; t++) {
    const shell = edges.shells[t]!;
    const way = turned[t] === 1 ? -1 : 1;
    if (states[t] === single) balance[shell]! += way * triangleArea(positions, triangles, t);
    volume[shell]! += way * coneVolume(positions, triangles, t);
  }
  for (let t = 0; t < count; t++) {
    if (states[t] !== doubled) continue;
    const shell = edges.shells[t]!;
    const against = balance[shell] !== 0 ? balance[shell]! < 0 : volume[shell]! < 0;
    if ((turned[t] === 1) === against) continue;
    const second = triangles[3 * t + 1]!;
    triangles[3 * t + 1] = triangles[3 * t + 2]!;
    triangles[3 * t + 2] = second;
  }
}

/** Six times the signed volume between a triangle and the origin. */
function coneVolume(p: Float32Array, triangles: Uint32Array, t: number): number {
  const [a, b, c] = [3 * triangles[3 * t]!, 3 * triangles[3 * t + 1]!, 3 * triangles[3 * t + 2]!];
  return (
    p[a]! * (p[b + 1]! * p[c + 2]! - p[b + 2]! * p[c + 1]!) +
    p[a + 1]! * (p[b + 2]! * p[c]! - p[b]! * p[c + 2]!) +
    p[a + 2]! * (p[b]! * p[c + 1]! - p[b + 1]! * p[c]!)
  );
}
