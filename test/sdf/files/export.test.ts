// Files of meshes, read back with three's own loaders.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BufferGeometry, Mesh, TorusKnotGeometry, type Object3D } from 'three';
import { GLTFLoader } from 'three/examples/jsm/loaders/GLTFLoader.js';
import { OBJLoader } from 'three/examples/jsm/loaders/OBJLoader.js';
import { PLYLoader } from 'three/examples/jsm/loaders/PLYLoader.js';
import { STLLoader } from 'three/examples/jsm/loaders/STLLoader.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArgumentError, OutputError } from '../../../src/core/index.js';
import { vertexNormals } from '../../../src/sdf/files/export-normals.js';
import { encodeMesh, meshFormats, writeMesh, type MeshFormat } from '../../../src/sdf/files/export.js';
import type { TriangleMesh } from '../../../src/sdf/mesh.js';
import { shapeOf } from '../extract/fields.js';

/** Coordinates with all the digits that a float has, far from the origin. */
const knot = fromThree(new TorusKnotGeometry(0.7, 0.2, 90, 12).translate(0.1, 120.3, -1e-3));

function fromThree(geometry: BufferGeometry): TriangleMesh {
  const positions = Float32Array.from(geometry.getAttribute('position').array);
  const index = geometry.getIndex();
  return {
    positions,
    triangles: index
      ? Uint32Array.from(index.array)
      : Uint32Array.from({ length: positions.length / 3 }, (_, i) => i),
  };
}

function onlyMesh(scene: Object3D): BufferGeometry {
  const found: BufferGeometry[] = [];
  scene.updateMatrixWorld();
  scene.traverse((object) => {
    if (!(object instanceof Mesh)) return;
    const geometry = object.geometry as BufferGeometry;
    found.push(geometry.clone().applyMatrix4(object.matrixWorld));
  });
  expect(found.length).toBe(1);
  return found[0]!;
}

async function decode(bytes: Uint8Array, format: MeshFormat): Promise<BufferGeometry> {
  const buffer = bytes.slice().buffer;
  switch (format) {
    case 'glb':
      return onlyMesh((await new GLTFLoader().parseAsync(buffer, '')).scene);
    case 'ply':
      return new PLYLoader().parse(buffer);
    case 'obj':
      return onlyMesh(new OBJLoader().parse(new TextDecoder().decode(bytes)));
    case 'stl':
      return new STLLoader().parse(buffer);
  }
}

describe('encodeMesh', () => {
  it.each(meshFormats)('%s comes back to the bit', async (format) => {
    const geometry = await decode(await encodeMesh(knot, format), format);
    expect(shapeOf(fromThree(geometry))).toEqual(shapeOf(knot));
  });

  it.each(['glb', 'ply', 'obj'] as const)('%s has smooth normals', async (format) => {
    const geometry = await decode(await encodeMesh(knot, format), format);
    const expected = vertexNormals(knot);
    const normals = geometry.getAttribute('normal');
    // OBJ's loader gives each triangle vertices of its own.
    const vertexOf = (i: number) => (format === 'obj' ? knot.triangles[i]! : i);
    for (let i = 0; i < normals.count; i++) {
      for (const [axis, value] of [normals.getX(i), normals.getY(i), normals.getZ(i)].entries()) {
        expect(value).toBeCloseTo(expected[3 * vertexOf(i) + axis]!, 5);
      }
    }
  });

  it.each(['glb', 'ply'] as const)('%s keeps vertices shared', async (format) => {
    const geometry = await decode(await encodeMesh(knot, format), format);
    expect(fromThree(geometry)).toEqual(knot);
  });

  it.each(['glb', 'ply', 'obj'] as const)('%s keeps the colours of vertices', async (format) => {
    const colours = Float32Array.from(knot.positions, (_, i) => ((i * 37) % 101) / 100);
    const geometry = await decode(await encodeMesh(knot, format, { colours }), format);
    const read = geometry.getAttribute('color');
    const vertexOf = (i: number) => (format === 'obj' ? knot.triangles[i]! : i);
    // Loaders give linear light back; PLY has steps of 1/255 of sRGB, 2.3 times as steep at white.
    const tolerance = format === 'ply' ? 0.5 * (2.3 / 255) : 1e-5;
    for (let i = 0; i < read.count; i++) {
      for (const [c, value] of [read.getX(i), read.getY(i), read.getZ(i)].entries()) {
        expect(Math.abs(value - colours[3 * vertexOf(i) + c]!)).toBeLessThan(tolerance);
      }
    }
  });

  it('stands upright in a GLB, to whose readers y is up, with its positions as they are', async () => {
    const standing = await encodeMesh(knot, 'glb', { up: [0, 0, 2] });
    const { positions } = fromThree(await decode(standing, 'glb'));
    for (let i = 0; i < positions.length; i += 3) {
      const [x, y, z] = knot.positions.subarray(i, i + 3);
      expect(positions[i]).toBeCloseTo(x!, 5);
      expect(positions[i + 1]).toBeCloseTo(z!, 5);
      expect(positions[i + 2]).toBeCloseTo(-y!, 5);
    }
    for (const format of ['ply', 'obj', 'stl'] as const) {
      expect(await encodeMesh(knot, format, { up: [0, 0, 1] })).toEqual(await encodeMesh(knot, format));
    }
  });

  it('refuses an up without a direction', async () => {
    const none = encodeMesh(knot, 'glb', { up: [0, 0, 0] });
    await expect(none).rejects.toThrow('up: got [0, 0, 0]; expected a direction');
    await expect(encodeMesh(knot, 'glb', { up: [0, Number.NaN, 1] })).rejects.toThrow(ArgumentError);
  });

  it('refuses colours that are not one per vertex', async () => {
    const encoding = encodeMesh(knot, 'glb', { colours: new Float32Array(3) });
    await expect(encoding).rejects.toThrow(/colours has 3 numbers, expected \d+ \(three for each vertex\)/);
  });

  it('leaves globals alone', async () => {
    const before = Object.getOwnPropertyNames(globalThis);
    const encoding = Promise.all(meshFormats.map((format) => encodeMesh(knot, format)));
    expect(Object.getOwnPropertyNames(globalThis)).toEqual(before);
    await encoding;
    expect(Object.getOwnPropertyNames(globalThis)).toEqual(before);
  });

  it('writes a GLB whose chunks are aligned and fill the file', async () => {
    const bytes = await encodeMesh(knot, 'glb');
    const words = new DataView(bytes.buffer, bytes.byteOffset);
    const json = words.getUint32(12, true);
    const binary = words.getUint32(20 + json, true);
    expect([words.getUint32(0, true), words.getUint32(4, true)]).toEqual([0x46546c67, 2]);
    expect([json % 4, binary % 4]).toEqual([0, 0]);
    expect(words.getUint32(8, true)).toBe(bytes.length);
    expect(28 + json + binary).toBe(bytes.length);
  });

  it.each(meshFormats)('%s takes a million triangles', async (format) => {
    const side = 708;
    const positions = new Float32Array(3 * side * side);
    for (let i = 0; i < side * side; i++) {
      positions.set([(i % side) / side, Math.floor(i / side) / side, Math.sin(i) / side], 3 * i);
    }
    const triangles = new Uint32Array(6 * (side - 1) ** 2);
    for (let i = 0, at = 0; i < side * (side - 1); i++) {
      if (i % side === side - 1) continue;
      triangles.set([i, i + 1, i + side, i + 1, i + side + 1, i + side], at);
      at += 6;
    }
    const bytes = await encodeMesh({ positions, triangles }, format);
    const [vertices, faces] = [positions.length / 3, triangles.length / 3];
    const shared = 24 * vertices + 12 * faces;
    const least = { glb: shared, ply: shared, obj: 60 * faces, stl: 50 * faces }[format];
    expect(faces).toBeGreaterThan(999_000);
    expect(bytes.length).toBeGreaterThan(least);
    expect(bytes.length).toBeLessThan(2 * least);
  });

  it('refuses an empty mesh', async () => {
    const encoding = encodeMesh({ positions: new Float32Array(9), triangles: new Uint32Array(0) }, 'ply');
    await expect(encoding).rejects.toThrow(ArgumentError);
    await expect(encoding).rejects.toThrow(/a mesh without triangles; expected at least one/);
  });
});

describe('writeMesh', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'evos-mesh-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(['a.glb', 'b.PLY', 'c.obj', 'd.stl'])('writes %s', async (name) => {
    const file = path.join(folder, name);
    await writeMesh(file, knot);
    const format = name.slice(2).toLowerCase() as MeshFormat;
    expect(new Uint8Array(await readFile(file))).toEqual(await encodeMesh(knot, format));
  });

  it.each(['a.fbx', 'mesh'])('refuses %s', async (name) => {
    const writing = writeMesh(path.join(folder, name), knot);
    await expect(writing).rejects.toThrow(ArgumentError);
    await expect(writing).rejects.toThrow(
      /got the extension ".*"; expected one of \.glb, \.ply, \.obj, \.stl; rename/,
    );
  });

  it('says which file could not be written', async () => {
    const writing = writeMesh(path.join(folder, 'missing', 'a.ply'), knot);
    await expect(writing).rejects.toThrow(OutputError);
    await expect(writing).rejects.toThrow(/missing.*a\.ply: the mesh could not be written/);
  });
});

describe('vertexNormals', () => {
  it('weights by angle: how a cube’s sides are cut does not tilt its corners', () => {
    // The corner at the origin: one side as a single triangle, two sides cut in two there.
    const positions = Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 1, 0, 1);
    const triangles = Uint32Array.of(0, 2, 1, 0, 3, 4, 0, 4, 2, 0, 1, 5, 0, 5, 3);
    const [x, y, z] = vertexNormals({ positions, triangles });
    for (const value of [x, y, z]) expect(value).toBeCloseTo(-Math.sqrt(1 / 3), 6);
  });

  it('is (0, 0, 1) where there is nothing to go by', () => {
    const flat = { positions: new Float32Array(12), triangles: Uint32Array.of(0, 1, 2) };
    expect([...vertexNormals(flat)]).toEqual([0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1]);
  });
});
