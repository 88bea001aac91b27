// Meshes written into a folder of their own and loaded from there.
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { box } from '../../../fixtures/mesh/surfaces.js';
import { loadMesh } from '../../../src/sdf/files/load.js';
import type { TriangleMesh } from '../../../src/sdf/mesh.js';

/** A folder of its own for each process of tests. */
export const folder = mkdtempSync(path.join(tmpdir(), 'evos-mesh-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Writes a file into the folder. */
export async function written(name: string, content: string | Uint8Array): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, content);
  return file;
}

/** Writes a file and loads it. */
export const load = async (name: string, content: string | Uint8Array) =>
  loadMesh(await written(name, content));

/** Six times the signed volume of a mesh around the origin. */
export function volume({ positions, triangles }: TriangleMesh): number {
  let sum = 0;
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [0, 1, 2].map((k) => [
      ...positions.subarray(3 * triangles[t + k]!, 3 * triangles[t + k]! + 3),
    ]);
    sum +=
      a![0]! * (b![1]! * c![2]! - b![2]! * c![1]!) +
      a![1]! * (b![2]! * c![0]! - b![0]! * c![2]!) +
      a![2]! * (b![0]! * c![1]! - b![1]! * c![0]!);
  }
  return sum / 6;
}

export const cube = box(2, 2, 2);
