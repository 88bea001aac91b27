// The fixtures are what their script makes, now and on this machine.
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { encodeMesh, makeMeshes } from '../../fixtures/make-meshes.js';
import { loadMesh } from '../../src/sdf/load.js';
import { warnings } from '../../src/sdf/inspect.js';

const folder = fileURLToPath(new URL('../../fixtures/mesh/', import.meta.url));
const meshes = makeMeshes();

describe('mesh fixtures', () => {
  it.each([...meshes])('%s is what the script makes, byte for byte', (name, mesh) => {
    expect(Buffer.compare(readFileSync(path.join(folder, name)), encodeMesh(name, mesh))).toBe(0);
  });

  it.each([...meshes])('%s is read as it was made', async (name, made) => {
    const { mesh, format } = await loadMesh(path.join(folder, name));
    expect(format).toBe(name.slice(-3));
    expect(mesh.positions.length).toBe(made.positions.length);
    const corners = (one: typeof made): number[] =>
      [...one.triangles].flatMap((v) => [...one.positions.subarray(3 * v, 3 * v + 3)]);
    expect(corners(mesh)).toEqual(corners(made));
  });

  it.each([
    ['knot.obj', true, 1, 0],
    ['box.ply', true, 1, 0],
    ['bowl.ply', false, 1, 1],
    ['flipped.stl', true, 1, 1],
    ['shells.glb', true, 2, 0],
  ])('%s: watertight %s, %i shells, %i warnings', async (name, watertight, components, said) => {
    const { report } = await loadMesh(path.join(folder, name));
    expect(report).toMatchObject({ watertight, components, degenerateTriangles: 0, duplicateTriangles: 0 });
    expect(warnings(report)).toHaveLength(said);
  });

  it('are small: under 60 kB each', () => {
    for (const name of meshes.keys()) expect(statSync(path.join(folder, name)).size).toBeLessThan(60_000);
  });
});
