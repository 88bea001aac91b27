// Merges vertices at exactly the same place. Without this, formats without indices, and formats that split vertices at seams
// of textures or normals, look full of holes.
import { hash } from './inspect.js';
import type { TriangleMesh } from './mesh.js';

/** What joining vertices gave. */
export interface Welded {
  readonly mesh: TriangleMesh;
  /** Vertices that were joined with another although their exact positions differ. */
  readonly merged: number;
}

/**
 * Joins vertices of equal positions (0 and −0 are equal) and drops those that no triangle uses. Linear in time; 8 to 16
 * bytes a vertex besides the result.
 * @param mesh with indices in range
 * @param exact `[V, 3]`, the positions before they were rounded to floats
 */
export function weld(
  { positions, triangles, ...rest }: TriangleMesh,
  exact: Float32Array | Float64Array = positions,
): Welded {
  const vertices = positions.length / 3;
  const bits = new Uint32Array(positions.buffer, positions.byteOffset, positions.length);
  const word = (i: number): number => (bits[i] === 0x80000000 ? 0 : bits[i]!);
  const slots = 2 ** Math.ceil(Math.log2(Math.max(2, 1.5 * vertices)));
  const table = new Int32Array(slots).fill(-1);
  const renamed = new Int32Array(vertices).fill(-1);
  /** Of each vertex kept, one that stood there first. */
  const kept = new Uint32Array(vertices);
  let [count, merged] = [0, 0];
  const welded = new Uint32Array(triangles.length);
  for (let i = 0; i < triangles.length; i++) {
    const vertex = triangles[i]!;
    let name = renamed[vertex]!;
    if (name < 0) {
      const [x, y, z] = [word(3 * vertex), word(3 * vertex + 1), word(3 * vertex + 2)];
      let slot = hash(x, y, z) & (slots - 1);
      for (;;) {
        name = table[slot]!;
        if (name < 0) {
          name = count++;
          table[slot] = name;
          kept[name] = vertex;
          break;
        }
        const at = 3 * kept[name]!;
        if (word(at) === x && word(at + 1) === y && word(at + 2) === z) {
          if (differ(exact, 3 * vertex, at)) merged++;
          break;
        }
        slot = (slot + 1) & (slots - 1);
      }
      renamed[vertex] = name;
    }
    welded[i] = name;
  }
  const places = new Float32Array(3 * count);
  for (let i = 0; i < count; i++) {
    const at = 3 * kept[i]!;
    // Adding 0 makes −0 positive.
    places[3 * i] = positions[at]! + 0;
    places[3 * i + 1] = positions[at + 1]! + 0;
    places[3 * i + 2] = positions[at + 2]! + 0;
  }
  return { mesh: { positions: places, triangles: welded, ...rest }, merged };
}

function differ(values: Float32Array | Float64Array, a: number, b: number): boolean {
  return values[a] !== values[b] || values[a + 1] !== values[b + 1] || values[a + 2] !== values[b + 2];
}
