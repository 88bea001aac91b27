// The fixtures are what their script makes, now and on this machine.
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { encodeMesh, makeMeshes } from '../../fixtures/make-meshes.js';
import { loadMesh } from '../../src/sdf/files/load.js';
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

  it.each(['knot.obj', 'box.ply'])('%s faces outwards', async (name) => {
    const { mesh } = await loadMesh(path.join(folder, name));
    // The sum of the tetrahedra between the origin and each triangle (divergence theorem).
    let volume = 0;
    for (let t = 0; t < mesh.triangles.length; t += 3) {
      const [a, b, c] = [0, 1, 2].map((k) => {
        const v = 3 * (mesh.triangles[t + k] ?? 0);
        return [...mesh.positions.subarray(v, v + 3)] as [number, number, number];
      }) as [[number, number, number], [number, number, number], [number, number, number]];
      volume +=
        (a[0] * (b[1] * c[2] - b[2] * c[1]) +
          a[1] * (b[2] * c[0] - b[0] * c[2]) +
          a[2] * (b[0] * c[1] - b[1] * c[0])) /
        6;
    }
    expect(volume).toBeGreaterThan(1);
  });

  it('are small: under 60 kB each', () => {
    for (const name of meshes.keys()) expect(statSync(path.join(folder, name)).size).toBeLessThan(60_000);
  });
});
