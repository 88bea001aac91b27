// From a file's numbers to a mesh: an origin taken off where that keeps detail, vertices joined, faces that are there twice
// made one, and what was lost or changed put into words.
import { InputError } from '../../core/errors.js';
import { meshProblem } from '../mesh-check.js';
import type { TriangleMesh } from '../mesh.js';
import { floatStep, originOf, takeOff, type Point } from '../origin.js';
import { mergeTwoSided } from '../two-sided.js';
import { weld } from '../weld.js';
import { counted, type RawMesh } from './raw-mesh.js';

/** Steps of float32 per longest side below which a file has visibly lost detail. */
const coarse = 2 ** 14;

/**
 * Makes a mesh that can be fitted.
 * @param file for messages
 * @param origin what to subtract; default: what the coordinates ask for
 * @throws InputError for a mesh that cannot be fitted
 */
export function settle(
  { positions, triangles, notes }: RawMesh,
  file: string,
  origin?: Point,
): { readonly mesh: TriangleMesh; readonly notes: readonly string[] } {
  const bounds = boundsOf(positions, triangles);
  const taken =
    origin === undefined ? originOf(bounds) : origin.some((value) => value !== 0) ? origin : undefined;
  const floats =
    taken === undefined && positions instanceof Float32Array
      ? positions
      : takeOff(positions, taken ?? [0, 0, 0]);
  const problem = meshProblem({ positions: floats, triangles });
  if (problem !== undefined) throw new InputError(`${file}: ${problem}`);
  const welded = weld({ positions: floats, triangles, ...(taken && { origin: taken }) }, positions);
  const { mesh: oneSided, notes: merged } = mergeTwoSided(welded.mesh);
  // Vertices of faces that went may be used no longer.
  const mesh = merged.length === 0 ? oneSided : weld(oneSided).mesh;
  return { mesh, notes: [...notes, ...lostNotes(positions, bounds, welded.merged), ...merged] };
}

/** Bounds of what triangles use. */
function boundsOf(positions: Float32Array | Float64Array, triangles: Uint32Array) {
  const min: [number, number, number] = [Infinity, Infinity, Infinity];
  const max: [number, number, number] = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < triangles.length; i++) {
    const at = 3 * triangles[i]!;
    for (let axis = 0; axis < 3; axis++) {
      const value = positions[at + axis]!;
      if (value < min[axis]!) min[axis] = value;
      if (value > max[axis]!) max[axis] = value;
    }
  }
  return { min, max };
}

/** What a file of floats had lost before it was read, and what float32 cannot tell apart at this mesh's size. */
function lostNotes(
  positions: Float32Array | Float64Array,
  { min, max }: ReturnType<typeof boundsOf>,
  merged: number,
): string[] {
  const notes: string[] = [];
  const longest = Math.max(...max.map((value, axis) => value - min[axis]!));
  const farthest = Math.max(...min.map(Math.abs), ...max.map(Math.abs));
  if (positions instanceof Float32Array && floatStep(farthest) * coarse > longest) {
    notes.push(
      `coordinates up to ${farthest.toPrecision(3)} in a file of floats, which are ${floatStep(farthest).toPrecision(2)} apart ` +
        `there, for a mesh ${longest.toPrecision(3)} long: finer detail was lost when it was written; move it to the origin ` +
        'before exporting, or export text or doubles',
    );
  }
  if (merged > 0) {
    notes.push(
      `${counted(merged, 'vertex').replace('vertexs', 'vertices')} nearer to another than float32 can tell at this mesh’s ` +
        'size, joined with it; split the mesh where its finest detail matters',
    );
  }
  return notes;
}
