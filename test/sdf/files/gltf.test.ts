// GLB and glTF to meshes, and every way in which they can be bad.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Matrix4, Mesh, Vector3, type InstancedMesh } from 'three';
import { GLTFLoader } from 'three/addons/loaders/GLTFLoader.js';
import { describe, expect, it } from 'vitest';
import { packGlb } from '../../../fixtures/make-meshes.js';
import { posedGltf, toGlb } from '../../../fixtures/mesh/gltf-documents.js';
import { InputError } from '../../../src/core/index.js';
import { parseGltf } from '../../../src/sdf/files/gltf/gltf.js';
import { cube, folder, load, volume, written } from './written-meshes.js';

/** A document of one cube, with nodes as given. */
function gltf(
  nodes: readonly object[],
  roots: readonly number[],
  uri?: string,
): { json: Record<string, unknown>; binary: Buffer } {
  const binary = Buffer.concat([
    Buffer.from(cube.positions.buffer),
    Buffer.from(Uint16Array.from(cube.triangles).buffer),
  ]);
  const json = {
    asset: { version: '2.0' },
    scene: 0,
    scenes: [{ nodes: roots }],
    nodes,
    meshes: [{ primitives: [{ attributes: { POSITION: 0 }, indices: 1, material: 0 }] }],
    materials: [{ pbrMetallicRoughness: { baseColorTexture: { index: 0 } } }],
    textures: [{ source: 0 }],
    images: [{ uri: 'missing.png' }],
    accessors: [
      { bufferView: 0, componentType: 5126, count: 8, type: 'VEC3', min: [-1, -1, -1], max: [1, 1, 1] },
      { bufferView: 1, componentType: 5123, count: 36, type: 'SCALAR' },
    ],
    bufferViews: [
      { buffer: 0, byteOffset: 0, byteLength: 96 },
      { buffer: 0, byteOffset: 96, byteLength: 72 },
    ],
    buffers: [{ byteLength: 168, ...(uri === undefined ? {} : { uri }) }],
  };
  return { json, binary };
}

describe('GLB and glTF', () => {
  it('merges meshes with their transforms, and turns mirrored ones outside', async () => {
    const { json, binary } = gltf(
      [
        { mesh: 0, translation: [10, 0, 0] },
        { children: [2], scale: [1, 1, -2] },
        { mesh: 0, scale: [3, 1, 1] },
      ],
      [0, 1],
    );
    const { mesh, report } = await load('a.glb', packGlb(json, binary));
    expect(report).toMatchObject({ vertices: 16, triangles: 24, components: 2, watertight: true });
    // The one has 8, the other 3 · 1 · 2 times as much; a mirrored one left as it is would count negative.
    expect(volume(mesh)).toBeCloseTo(8 + 48, 3);
    const x = Array.from({ length: 16 }, (_, i) => mesh.positions[3 * i]!);
    expect([Math.min(...x), Math.max(...x)]).toEqual([-3, 11]);
  });

  it('poses meshes as three’s GLTFLoader does: nodes, mirrors, morph targets, skins, instances, strips, fans', async () => {
    const bytes = toGlb(posedGltf());
    const { scene } = await new GLTFLoader().parseAsync(Uint8Array.from(bytes).buffer, '');
    scene.updateMatrixWorld(true);
    const expected: number[][] = [];
    scene.traverse((object) => {
      if (!(object instanceof Mesh)) return;
      const mesh = object as Mesh | InstancedMesh;
      const index = mesh.geometry.getIndex()!;
      for (let copy = 0; copy < ('getMatrixAt' in mesh ? mesh.count : 1); copy++) {
        const matrix = new Matrix4();
        if ('getMatrixAt' in mesh) mesh.getMatrixAt(copy, matrix);
        matrix.premultiply(mesh.matrixWorld);
        for (let i = 0; i < index.count; i++) {
          expected.push(mesh.getVertexPosition(index.getX(i), new Vector3()).applyMatrix4(matrix).toArray());
        }
      }
    });
    const { positions, triangles } = await parseGltf(bytes, 'posed.glb', true);
    expect(triangles.length).toBe(expected.length);
    const order = (points: readonly (readonly number[])[]): string[] =>
      points.map((point) => point.map((value) => (value + 1e-7).toFixed(3)).join(' ')).toSorted();
    const found = Array.from(triangles, (vertex) => [...positions.subarray(3 * vertex, 3 * vertex + 3)]);
    expect(order(found)).toEqual(order(expected));
  });

  it('keeps what sparse numbers replace for whoever else reads it', async () => {
    const { json, binary } = gltf([{ mesh: 0 }, { mesh: 1, translation: [9, 0, 0] }], [0, 1]);
    const accessors = json['accessors'] as object[];
    const places = Buffer.from(Uint16Array.of(0, 0).buffer);
    const values = Buffer.from(Float32Array.of(-5, -5, -5).buffer);
    const views = [...(json['bufferViews'] as object[])];
    views.push({ buffer: 0, byteOffset: 168, byteLength: 2 }, { buffer: 0, byteOffset: 172, byteLength: 12 });
    const sparse = { count: 1, indices: { bufferView: 2, componentType: 5123 }, values: { bufferView: 3 } };
    const whole = { ...json, buffers: [{ byteLength: 184 }], bufferViews: views };
    const meshes = [2, 0].map((POSITION) => ({ primitives: [{ attributes: { POSITION }, indices: 1 }] }));
    const document = { ...whole, meshes, accessors: [...accessors, { ...accessors[0], sparse }] };
    const bytes = packGlb(document, Buffer.concat([binary, places, values]));
    const { positions } = await parseGltf(bytes, 'sparse.glb', true);
    expect([...positions.subarray(0, 3)]).toEqual([-5, -5, -5]);
    expect([...positions.subarray(24, 27)]).toEqual([8, -1, -1]);
  });

  it('reads buffers beside the file, below it, and in data URIs', async () => {
    const nodes = [{ mesh: 0 }];
    const { binary } = gltf(nodes, [0]);
    await mkdir(path.join(folder, 'below'), { recursive: true });
    await written('buffer one.bin', binary);
    await written('below/two.bin', binary);
    const data = `data:application/octet-stream;base64,${binary.toString('base64')}`;
    for (const uri of ['buffer%20one.bin', './below/two.bin', data]) {
      const { report } = await load('a.gltf', JSON.stringify(gltf(nodes, [0], uri).json));
      expect(report).toMatchObject({ vertices: 8, triangles: 12, watertight: true });
    }
  });

  it('refuses buffers outside its folder', async () => {
    const outside = await mkdtemp(path.join(tmpdir(), 'evos-outside-'));
    await writeFile(path.join(outside, 'secret.bin'), Buffer.alloc(168));
    await symlink(path.join(outside, 'secret.bin'), path.join(folder, 'link.bin'));
    const uris = [
      '../secret.bin',
      '%2e%2e/secret.bin',
      'below/../../secret.bin',
      path.join(outside, 'secret.bin'),
      'file:///etc/passwd',
      'https://example.org/a.bin',
      '..\\secret.bin',
      'link.bin',
    ];
    for (const uri of uris) {
      const loading = load('bad.gltf', JSON.stringify(gltf([{ mesh: 0 }], [0], uri).json));
      await expect(loading, uri).rejects.toThrow(InputError);
      await expect(loading, uri).rejects.toThrow(/expected a file in the same folder or below it/);
    }
    await rm(outside, { recursive: true });
  });

  it.each<[string, string, () => string | Uint8Array, RegExp]>([
    [
      'a missing buffer',
      'b.gltf',
      () => JSON.stringify(gltf([{ mesh: 0 }], [0], 'none.bin').json),
      /none\.bin: no such file; expected the buffer that/,
    ],
    [
      'a buffer too short',
      'b.gltf',
      () => JSON.stringify(gltf([{ mesh: 0 }], [0], 'data:;base64,AAAA').json),
      /got 3 bytes for buffer 0; expected 168/,
    ],
    ['broken JSON', 'b.gltf', () => '{"asset": {', /the JSON cannot be read/],
    [
      'another version',
      'b.gltf',
      () => '{"asset": {"version": "1.0"}}',
      /got glTF version 1.0; expected version 2/,
    ],
    ['an empty scene', 'b.gltf', () => '{"asset": {"version": "2.0"}}', /got 0 points and no triangles/],
    ['no GLB', 'b.glb', () => 'something else entirely', /does not start as GLB does/],
    [
      'a cut GLB',
      'b.glb',
      () => {
        const { json, binary } = gltf([{ mesh: 0 }], [0]);
        return packGlb(json, binary).slice(0, -40);
      },
      /the file is cut short/,
    ],
    [
      'an index too large',
      'b.glb',
      () => {
        const { json, binary } = gltf([{ mesh: 0 }], [0]);
        binary.writeUInt16LE(8, 96);
        return packGlb(json, binary);
      },
      /a triangle names vertex 8 of 8/,
    ],
    [
      'a node that is not there',
      'b.glb',
      () => {
        const { json, binary } = gltf([{ mesh: 5 }], [0]);
        return packGlb(json, binary);
      },
      /nodes\[0\]\.mesh: got mesh 5 of 1/,
    ],
    [
      'a view beyond its buffer',
      'b.glb',
      () => {
        const { json, binary } = gltf([{ mesh: 0 }], [0]);
        return packGlb(
          {
            ...json,
            bufferViews: [
              { buffer: 0, byteOffset: 100, byteLength: 96 },
              { buffer: 0, byteLength: 72 },
            ],
          },
          binary,
        );
      },
      /bufferViews\[0\]: got bytes 100 to 196 of buffer 0, which has 168/,
    ],
  ])('refuses %s', async (_, name, content, message) => {
    const loading = load(name, content());
    await expect(loading).rejects.toThrow(InputError);
    await expect(loading).rejects.toThrow(message);
  });
});
