// What every mesh must satisfy, from a file or from a caller.
import { surfaceArea } from './geometry.js';
import type { TriangleMesh } from './mesh.js';

/** Vertex indices a mesh may have at most, three a triangle. */
export const maxIndices = 2 ** 31 - 1;

/** The first thing that is wrong with a mesh, in words, with what was expected and what to do; undefined for none. */
export function meshProblem(mesh: TriangleMesh): string | undefined {
  const { positions, triangles } = mesh;
  if (positions.length % 3 !== 0 || triangles.length % 3 !== 0) {
    return (
      `got ${positions.length} numbers for positions and ${triangles.length} for triangles; expected three for each; ` +
      'cut off what is too much'
    );
  }
  if (triangles.length === 0) {
    return (
      `got ${positions.length / 3} points and no triangles; expected a surface of triangles; ` +
      'reconstruct one from the points first, or export the mesh with its faces'
    );
  }
  if (triangles.length > maxIndices) {
    return `got ${triangles.length / 3} triangles; expected at most ${Math.floor(maxIndices / 3)}; simplify the mesh`;
  }
  return vertexProblem(mesh) ?? sizeProblem(mesh);
}

function vertexProblem({ positions, triangles }: TriangleMesh): string | undefined {
  const vertices = positions.length / 3;
  for (let i = 0; i < triangles.length; i++) {
    if (triangles[i]! < vertices) continue;
    return (
      `got vertex ${triangles[i]} in triangle ${Math.floor(i / 3)}, both counted from 0; ` +
      `expected indices below ${vertices}, the number of vertices; export the mesh again`
    );
  }
  for (let i = 0; i < positions.length; i++) {
    if (Number.isFinite(positions[i]!)) continue;
    return (
      `got the coordinate ${positions[i]} at vertex ${Math.floor(i / 3)}, counted from 0; ` +
      'expected finite numbers that float32 can hold; remove such vertices, or scale the mesh down'
    );
  }
  return undefined;
}

function sizeProblem(mesh: TriangleMesh): string | undefined {
  const { positions, triangles } = mesh;
  let longest = 0;
  for (let axis = 0; axis < 3; axis++) {
    let [min, max] = [Infinity, -Infinity];
    for (const vertex of triangles) {
      const value = positions[3 * vertex + axis]!;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    longest = Math.max(longest, max - min);
  }
  if (longest === 0) {
    return 'got a mesh whose corners all lie in one point; expected a surface; check the units it was exported with';
  }
  // Squares of lengths must fit float32 as well as float64: what comes after works with both.
  if (longest > 1e18 || longest < 1e-18) {
    return (
      `got a mesh that is ${longest.toPrecision(3)} units long; expected a length from 1e-18 to 1e18; ` +
      'scale it to sensible units'
    );
  }
  if (!(surfaceArea(mesh) > 0)) {
    return 'got triangles whose corners all lie on lines: their area is 0; expected a surface; export the mesh again';
  }
  return undefined;
}
