// Normals at a triangle's corners: smooth over the triangles around the vertex that lie within the crease angle of this one.
// Edges then stay sharp on both sides, and no far side tilts a near one. Only triangles that are seen get normals.
import { faceNormal } from '../geometry.js';
import type { TriangleMesh } from '../mesh.js';

/** Two triangles farther apart in direction than this meet in a sharp edge: beyond a coarse mesh's, below a box's. */
const crease = Math.cos((50 * Math.PI) / 180);

/** Normals of one triangle after another; what `of` returns is overwritten by its next call. */
export class CreasedNormals {
  readonly #mesh: TriangleMesh;
  /** The triangles around vertex v are those from `first[v]` to `first[v + 1]` in `around`. */
  readonly #first: Uint32Array;
  readonly #around: Uint32Array;
  readonly #face = new Float64Array(3);
  readonly #corners = new Float64Array(9);
  readonly #other = new Float64Array(3);
  #current = -1;

  constructor(mesh: TriangleMesh) {
    this.#mesh = mesh;
    const { positions, triangles } = mesh;
    this.#first = new Uint32Array(positions.length / 3 + 1);
    this.#around = new Uint32Array(triangles.length);
    for (const vertex of triangles) this.#first[vertex + 1]!++;
    for (let v = 1; v < this.#first.length; v++) this.#first[v]! += this.#first[v - 1]!;
    const next = this.#first.slice();
    for (let i = 0; i < triangles.length; i++) {
      this.#around[next[triangles[i]!]!++] = Math.floor(i / 3);
    }
  }

  /** A triangle's own unit normal `[3]`, and those of its corners `[3, 3]`, of any length. */
  of(triangle: number): { readonly face: Float64Array; readonly corners: Float64Array } {
    const { positions, triangles } = this.#mesh;
    const [face, corners, other] = [this.#face, this.#corners, this.#other];
    // Neighbouring points of a picture mostly show the same triangle.
    if (triangle !== this.#current) {
      faceNormal(positions, triangles, triangle, face);
      corners.fill(0);
      for (let k = 0; k < 3; k++) {
        const vertex = triangles[3 * triangle + k]!;
        for (let i = this.#first[vertex]!; i < this.#first[vertex + 1]!; i++) {
          const area = faceNormal(positions, triangles, this.#around[i]!, other);
          if (other[0]! * face[0]! + other[1]! * face[1]! + other[2]! * face[2]! < crease) continue;
          for (let axis = 0; axis < 3; axis++) corners[3 * k + axis]! += area * other[axis]!;
        }
        const [x, y, z] = [corners[3 * k]!, corners[3 * k + 1]!, corners[3 * k + 2]!];
        const length = Math.sqrt(x * x + y * y + z * z) || 1;
        for (let axis = 0; axis < 3; axis++) corners[3 * k + axis]! /= length;
      }
      this.#current = triangle;
    }
    return { face, corners };
  }
}
