// Coordinates far from the origin, as surveyors have them: what is read, and what is written again.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeMesh as encodeFixture } from '../../../fixtures/make-meshes.js';
import { plainGltf, toGlb } from '../../../fixtures/mesh/gltf-documents.js';
import { sphere } from '../../../fixtures/mesh/surfaces.js';
import { encodeMesh, exportNotes, writeMesh } from '../../../src/sdf/files/export.js';
import { loadMesh } from '../../../src/sdf/files/load.js';
import { frameOf, meshBounds } from '../../../src/sdf/mesh.js';
import { fileFrame, nearFrame } from '../../../src/sdf/origin.js';
import { toMeshFrame } from '../../../src/sdf/extract/extract.js';
import { folder, load } from '../../sdf/files/written-meshes.js';
import { area, cubeCorners, objFaces, objVertices, plyText, volume } from './shapes.js';

/** UTM metres, and metres from the middle of the earth. */
const utm = [500_123.4, 4_649_776.2, 88.7] as const;
const earth = [-2_487_002.88, -4_684_683.67, 3_529_638.98] as const;

const movedCube = (to: readonly number[], side = 1.3): string[][] =>
  cubeCorners.map((point) => point.map((value, axis) => (side * value + to[axis]!).toFixed(3)));
const cubeAt = (to: readonly number[], side = 1.3): string =>
  [...movedCube(to, side).map((point) => `v ${point.join(' ')}`), ...objFaces()].join('\n');

describe('a mesh far from the origin', () => {
  it.each([utm, earth])('keeps its shape as OBJ and as text PLY: at %d %d %d', async (...to) => {
    const numbers = movedCube(to).map((point) => point.map(Number));
    const faces = objFaces().map((line) =>
      line
        .split(' ')
        .slice(1)
        .map((word) => Number(word) - 1),
    );
    const obj = await load('far.obj', cubeAt(to));
    const ply = await load('far.ply', plyText(numbers, faces));
    for (const { mesh, report, notes } of [obj, ply]) {
      expect(volume(mesh)).toBeCloseTo(2.197, 5);
      expect(area(mesh)).toBeCloseTo(10.14, 5);
      expect(report).toMatchObject({ vertices: 8, watertight: true, degenerateTriangles: 0 });
      expect(notes).toEqual([]);
      expect(mesh.origin!.every((value, axis) => Math.abs(value - to[axis]!) < 2)).toBe(true);
    }
  });

  it('keeps every vertex of a sphere', async () => {
    const { positions, triangles } = sphere(1, 16, 32);
    const lines = Array.from(
      { length: positions.length / 3 },
      (_, i) =>
        `v ${[0, 1, 2].map((axis) => (positions[3 * i + axis]! + earth[axis]!).toFixed(6)).join(' ')}`,
    );
    const corners = Array.from({ length: triangles.length / 3 }, (_, t) => [
      ...triangles.subarray(3 * t, 3 * t + 3),
    ]);
    const { mesh, report } = await load('sphere.obj', [...lines, ...objFaces(corners)].join('\n'));
    const near = { positions, triangles };
    expect(report).toMatchObject({ vertices: positions.length / 3, degenerateTriangles: 0 });
    expect(volume(mesh)).toBeCloseTo(volume(near), 4);
    expect(area(mesh)).toBeCloseTo(area(near), 4);
  });

  it('is moved by a node of glTF without loss', async () => {
    const fixture = plainGltf(sphere(1, 8, 12));
    const { mesh } = await load(
      'far.glb',
      toGlb({ ...fixture, json: { ...fixture.json, nodes: [{ mesh: 0, translation: [...earth] }] } }),
    );
    expect(volume(mesh)).toBeCloseTo(volume(sphere(1, 8, 12)), 5);
  });

  it('has no origin where it is near enough, and keeps every bit then', async () => {
    const { mesh } = await load('near.obj', cubeAt([7, 0, 0]));
    expect(mesh.origin).toBeUndefined();
    expect(Math.max(...mesh.positions)).toBe(Math.fround(8.3));
  });

  it('says what a file of floats had lost already', async () => {
    const { positions, triangles } = sphere(1, 8, 12);
    const moved = positions.map((value, i) => value + utm[i % 3]!);
    const { notes } = await load('far.stl', encodeFixture('far.stl', { positions: moved, triangles }));
    expect(notes[0]).toMatch(/coordinates up to 4\.65e\+6 in a file of floats, which are 0\.50 apart there/);
  });

  it('says what float32 cannot tell apart', async () => {
    const lines = [...objVertices(), 'v 1 1 1.00000000001', 'v 0 0 0.00000000001', ...objFaces(), 'f 8 9 10'];
    const { notes } = await load('fine.obj', lines.join('\n'));
    expect(notes[0]).toMatch(/1 vertex nearer to another than float32 can tell/);
  });
});

describe('what is written of it', () => {
  it.each(['ply', 'obj', 'glb'] as const)(
    '%s has it where it was, to a float of the shape',
    async (format) => {
      const { mesh } = await load('far.obj', cubeAt(utm));
      const file = path.join(folder, `out.${format}`);
      await writeMesh(file, mesh);
      expect(exportNotes(mesh, format)).toEqual([]);
      const again = await loadMesh(file, { origin: mesh.origin! });
      expect(again.mesh.origin).toEqual(mesh.origin);
      expect(again.mesh.triangles).toEqual(mesh.triangles);
      again.mesh.positions.forEach((value, i) => expect(value).toBeCloseTo(mesh.positions[i]!, 7));
      const { min } = meshBounds(again.mesh);
      min.forEach((value, axis) => expect(value + mesh.origin![axis]!).toBeCloseTo(utm[axis]!, 6));
    },
  );

  it('as PLY is the same to the bit', async () => {
    const { mesh } = await load('far.obj', cubeAt(earth, 0.777));
    await writeMesh(path.join(folder, 'same.ply'), mesh);
    const again = await loadMesh(path.join(folder, 'same.ply'), { origin: mesh.origin! });
    expect(again.mesh).toEqual(mesh);
  });

  it('as GLB stands upright about the same place', async () => {
    const { mesh } = await load('far.obj', cubeAt(utm));
    const bytes = await encodeMesh(mesh, 'glb', { up: [0, 0, 1] });
    const { mesh: turned } = await load('up.glb', bytes);
    // z is up: it becomes y, and y becomes −z.
    const { min } = meshBounds(turned);
    expect(min[1] + turned.origin![1]).toBeCloseTo(utm[2], 5);
    expect(min[2] + turned.origin![2]).toBeCloseTo(-utm[1] - 1.3, 5);
  });

  it('as STL is rounded, and that is said', async () => {
    const { mesh } = await load('far.obj', cubeAt(utm));
    expect(exportNotes(mesh, 'stl')).toEqual([
      'STL holds floats, which are 0.50 apart this far from the origin; GLB, PLY and OBJ keep all detail',
    ]);
    await writeMesh(path.join(folder, 'far.stl'), mesh);
    expect((await readFile(path.join(folder, 'far.stl'))).length).toBe(84 + 12 * 50);
  });

  it('after a fit lies where the file’s mesh lies', async () => {
    const { mesh } = await load('far.obj', cubeAt(utm));
    const frame = frameOf(meshBounds(mesh));
    const network = {
      positions: Float32Array.from([0.9, -0.9, 0.3]),
      triangles: Uint32Array.from([0, 0, 0]),
    };
    const told = fileFrame(frame, mesh.origin);
    expect(told.center[1]).toBeCloseTo(utm[1] + 0.65, 6);
    const near = nearFrame(told);
    for (const made of [
      toMeshFrame(network, frame, mesh.origin),
      toMeshFrame(network, near.frame, near.origin),
    ]) {
      expect(made.positions[0]! + made.origin![0]).toBeCloseTo(utm[0] + 1.3, 5);
      expect(made.positions[1]! + made.origin![1]).toBeCloseTo(utm[1], 5);
    }
    expect(nearFrame(frameOf(meshBounds({ ...mesh }))).origin).toBeUndefined();
  });
});
