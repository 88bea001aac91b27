// Files of every format to meshes, and every way in which they can be bad.
import { mkdtemp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeMesh, packGlb } from '../../../fixtures/make-meshes.js';
import { box, type Surface } from '../../../fixtures/mesh/surfaces.js';
import { InputError } from '../../../src/core/index.js';
import { loadMesh } from '../../../src/sdf/files/load.js';
import { checkTextSize, textLimit } from '../../../src/sdf/files/bytes.js';
import type { TriangleMesh } from '../../../src/sdf/mesh.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'evos-mesh-'))));
afterAll(() => rm(folder, { recursive: true }));

async function written(name: string, content: string | Uint8Array): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, content);
  return file;
}

const load = async (name: string, content: string | Uint8Array) => loadMesh(await written(name, content));

/** Six times the signed volume of a mesh around the origin. */
function volume({ positions, triangles }: TriangleMesh): number {
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

const cube = box(2, 2, 2);
const tetrahedron = ['v 0 0 0', 'v 1 0 0', 'v 0 1 0', 'v 0 0 1'];
const faces = ['f 1 3 2', 'f 1 2 4', 'f 1 4 3', 'f 2 3 4'];

describe('OBJ', () => {
  it('reads triangles, quads, polygons, slashes, negative indices, continued lines, and Windows line ends', async () => {
    const { mesh } = await load(
      'mixed.obj',
      [
        'mtllib none.mtl',
        'o one',
        ...tetrahedron,
        'v 1 1 0 0.5 0.5 0.5',
        'vt 0 0',
        'vn 0 0 1',
        'usemtl red',
        's off',
        'l 1 2',
        'f 1/1/1 2/1/1 5//1 3',
        'g two',
        '  f -1 -2 \\',
        '-4',
        'f 1 2 5 3 4',
      ].join('\r\n'),
    );
    const corner = (i: number): number[] => {
      const v = 3 * mesh.triangles[i]!;
      return [...mesh.positions.subarray(v, v + 3)];
    };
    expect(mesh.triangles.length).toBe(3 * (2 + 1 + 3));
    expect(mesh.positions.length).toBe(15);
    const quad = [0, 1, 2, 3, 4, 5].map(corner);
    expect(quad).toEqual([
      [0, 0, 0],
      [1, 0, 0],
      [1, 1, 0],
      [0, 0, 0],
      [1, 1, 0],
      [0, 1, 0],
    ]);
    expect([6, 7, 8].map(corner)).toEqual([
      [1, 1, 0],
      [0, 0, 1],
      [1, 0, 0],
    ]);
  });

  it('joins vertices in the same place, keeps units, and drops what no triangle uses', async () => {
    const { mesh, report, format, file } = await load(
      'seam.obj',
      [...tetrahedron.map((line) => `${line}e3`), 'v -0 0 0', 'v 7 7 7', 'f 5 3 2', ...faces.slice(1)].join(
        '\n',
      ),
    );
    expect([format, path.basename(file)]).toEqual(['obj', 'seam.obj']);
    expect(mesh.positions.length / 3).toBe(4);
    expect(Math.max(...mesh.positions)).toBe(1000);
    expect(report).toMatchObject({ vertices: 4, triangles: 4, watertight: true });
  });

  it('reads many more vertices than fit one portion', async () => {
    const long = '0'.repeat(200);
    const count = 30_000;
    const lines = Array.from({ length: count }, (_, i) => `v ${i} ${i % 7}.${long} ${i % 3}`);
    const { mesh } = await load('many.obj', [...lines, `f 1 2 ${count}`, `f ${count - 1} 5 9`].join('\n'));
    expect([...mesh.positions.subarray(6, 9)]).toEqual([count - 1, (count - 1) % 7, (count - 1) % 3]);
    expect([...mesh.positions.subarray(12, 15)]).toEqual([4, 4, 1]);
  });

  it.each([
    [
      'an index too large',
      [...tetrahedron, 'f 1 2 5'],
      /line 5: got the corner 5; expected a vertex from 1 to 4/,
    ],
    ['the index 0', [...tetrahedron, 'f 0 1 2'], /line 5: got the corner 0;/],
    ['an index before the first', [...tetrahedron, 'f -5 1 2'], /line 5: got the corner -5;.*from −4 to −1/],
    [
      'a vertex that comes later',
      ['f 1 2 3', ...tetrahedron],
      /line 1: got the corner 1; expected a vertex from 1 to 0/,
    ],
    ['a word for an index', [...tetrahedron, 'f 1 b 3'], /line 5: got the corner b;/],
    ['a cut face', [...tetrahedron, 'f 1 2'], /line 5: got a face of 2 corners.*cut short/],
    ['a cut vertex', [...tetrahedron, ...faces, 'v 1 2'], /got the coordinate NaN at vertex 4/],
    ['NaN', ['v 0 nan 0', ...tetrahedron, 'f 1 2 3'], /got the coordinate NaN at vertex 0/],
    [
      'too large a number',
      ['v 0 1e300 0', ...tetrahedron, 'f 1 2 3'],
      /got the coordinate Infinity at vertex 0/,
    ],
    ['decimal commas', ['v 0,5 1,5 0', ...faces], /got a comma among the coordinates in line 1/],
    ['points only', tetrahedron, /got 4 points and no triangles; expected a surface/],
    ['nothing of OBJ', ['hello', 'world'], /got no vertices; expected an OBJ file/],
    ['no area', [...tetrahedron, 'f 1 2 1', 'f 3 3 4'], /their area is 0/],
    ['one place', ['v 1 1 1', 'v 1 1 1', 'v 1 1 1', 'f 1 2 3'], /all lie in one point/],
    [
      'absurd size',
      [...tetrahedron.map((line) => `${line}e30`), ...faces],
      /units long; expected a length from 1e-18/,
    ],
  ])('refuses %s', async (_, lines, message) => {
    const loading = load('bad.obj', lines.join('\n'));
    await expect(loading).rejects.toThrow(InputError);
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toThrow(/bad\.obj/);
  });
});

const stlText = (facets: readonly string[], end = 'endsolid a\n'): string =>
  `solid a facet normal\n${facets.join('')}${end}`;
const facet = (a: string, b: string, c: string): string =>
  `facet normal 0 0 1\nouter loop\nvertex ${a}\nvertex ${b}\nvertex ${c}\nendloop\nendfacet\n`;
const corner = facet('0 0 0', '1 0 0', '0 1 0') + facet('0 0 0', '0 1 0', '0 0 1e0');

describe('STL', () => {
  it('reads text and binary alike', async () => {
    const text = await load('a.stl', stlText([corner]));
    expect([...text.mesh.triangles]).toEqual([0, 1, 2, 0, 2, 3]);
    const bytes = encodeMesh('a.stl', cube);
    const binary = await load('b.stl', bytes);
    expect(binary.report).toMatchObject({ vertices: 8, triangles: 12, watertight: true });
    expect(volume(binary.mesh)).toBeCloseTo(8, 6);
  });

  it('knows a binary file that starts with “solid”, and passes over what follows the triangles', async () => {
    const bytes = Buffer.from(encodeMesh('a.stl', cube));
    bytes.fill(0, 0, 80).write('solid box');
    expect((await load('a.stl', bytes)).report.triangles).toBe(12);
    const longer = Buffer.concat([bytes, Buffer.from('trailing')]);
    expect((await load('b.stl', longer)).report.triangles).toBe(12);
  });

  it.each<[string, () => string | Uint8Array, RegExp]>([
    [
      'a cut binary file',
      () => encodeMesh('a.stl', cube).slice(0, -10),
      /got 674 bytes; expected 684 bytes for the 12 triangles/,
    ],
    ['a few bytes', () => Buffer.from('ab\0c'), /got 4 bytes; expected an STL file/],
    ['a text without end', () => stlText([corner], ''), /ends inside a solid, after 2 whole facets/],
    [
      'a text cut in a facet',
      () => stlText([corner, 'facet normal 0 0 1\nouter loop\nver'], ''),
      /after 2 whole facets/,
    ],
    [
      'words for numbers',
      () => stlText([facet('nan 0 0', '1 0 0', '0 1 0')]),
      /got 2 vertices that can be read in 1 facets/,
    ],
    ['an empty solid', () => 'solid nothing\nendsolid nothing\n', /got 0 points and no triangles/],
    [
      'NaN',
      () => {
        const bytes = Buffer.from(encodeMesh('a.stl', cube));
        bytes.writeFloatLE(NaN, 84 + 12);
        return bytes;
      },
      /got the coordinate NaN at vertex 0/,
    ],
  ])('refuses %s', async (_, content, message) => {
    const loading = load('bad.stl', content());
    await expect(loading).rejects.toThrow(InputError);
    await expect(loading).rejects.toThrow(message);
  });

  it('refuses texts longer than a string', () => {
    expect(() => checkTextSize(textLimit, 'a.stl', 'STL')).not.toThrow();
    expect(() => checkTextSize(textLimit + 1, 'a.stl', 'STL')).toThrow(
      /a\.stl: got STL of 512 MiB as text; expected at most 511 MiB; save it in the binary form/,
    );
  });
});

const plyHead = (vertices: number, count: number, format = 'ascii', more: readonly string[] = []): string =>
  [
    'ply',
    `format ${format} 1.0`,
    'comment made by hand',
    `element vertex ${vertices}`,
    ...['x', 'y', 'z'].map((axis) => `property float ${axis}`),
    ...more,
    `element face ${count}`,
    'property list uchar int vertex_indices',
    'end_header\n',
  ].join('\n');
const four = '0 0 0\n1 0 0\n1 1 0\n0 1 0\n';

function binaryPly(mesh: Surface, little: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * mesh.positions.length + (13 * mesh.triangles.length) / 3));
  mesh.positions.forEach((value, i) => view.setFloat32(4 * i, value, little));
  mesh.triangles.forEach((vertex, i) => {
    const at = 4 * mesh.positions.length + 13 * Math.floor(i / 3);
    view.setUint8(at, 3);
    view.setInt32(at + 1 + 4 * (i % 3), vertex, little);
  });
  const format = `binary_${little ? 'little' : 'big'}_endian`;
  return Buffer.concat([
    Buffer.from(plyHead(mesh.positions.length / 3, mesh.triangles.length / 3, format)),
    Buffer.from(view.buffer),
  ]);
}

describe('PLY', () => {
  it('reads text with quads and further properties', async () => {
    const rows = four
      .trim()
      .split('\n')
      .map((row) => `${row} 255 0 0`);
    const colours = ['red', 'green', 'blue'].map((name) => `property uchar ${name}`);
    const { mesh } = await load(
      'a.ply',
      `${plyHead(4, 2, 'ascii', colours)}${rows.join('\n')}\n4 0 1 2 3\n3 0 2 3\n`,
    );
    expect([...mesh.triangles]).toEqual([0, 1, 2, 0, 2, 3, 0, 2, 3]);
  });

  it.each([true, false])('reads binary, lowest byte first: %s', async (little) => {
    const { mesh, report } = await load('a.ply', binaryPly(cube, little));
    expect(report).toMatchObject({ vertices: 8, triangles: 12, watertight: true });
    expect(volume(mesh)).toBeCloseTo(8, 6);
  });

  it.each<[string, () => string | Uint8Array, RegExp]>([
    ['another format', () => 'solid', /got a file that starts with "solid"/],
    ['a header without end', () => 'ply\nformat ascii 1.0\n', /got a header without an end/],
    ['an unknown encoding', () => plyHead(4, 1, 'ebcdic'), /got the format “ebcdic”/],
    [
      'no coordinates',
      () => 'ply\nformat ascii 1.0\nelement vertex 1\nproperty float q\nend_header\n1\n',
      /no vertices with x, y and z/,
    ],
    ['fewer vertices than announced', () => plyHead(4, 1) + '0 0 0\n1 0 0\n', /ends in vertex 4; expected 4/],
    [
      'fewer faces than announced',
      () => `${plyHead(4, 2)}${four}3 0 1 2\n`,
      /ends in face 1; expected 2, as its header announces/,
    ],
    ['a cut face', () => `${plyHead(4, 1)}${four}3 0 1`, /ends in face 0; expected 1/],
    ['a cut binary file', () => binaryPly(cube, true).slice(0, -3), /ends in face 11; expected 12/],
    ['an index too large', () => `${plyHead(4, 1)}${four}3 0 1 4\n`, /got vertex 4 in face 0.*below 4/],
    ['a negative index', () => `${plyHead(4, 1)}${four}3 0 1 -1\n`, /got vertex -1 in face 0/],
    ['a polygon', () => `${plyHead(4, 1)}${four}5 0 1 2 3 0\n`, /got 5 corners in face 0.*triangulate/],
    ['a point cloud', () => `${plyHead(4, 0)}${four}`, /got 4 points and no triangles/],
    [
      'NaN',
      () => `${plyHead(4, 1)}${four.replace('1 1', '1 nan')}3 0 1 2\n`,
      /got the coordinate NaN at vertex 2/,
    ],
  ])('refuses %s', async (_, content, message) => {
    const loading = load('bad.ply', content());
    await expect(loading).rejects.toThrow(InputError);
    await expect(loading).rejects.toThrow(message);
  });
});

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
      'compression',
      'b.glb',
      () => {
        const { json, binary } = gltf([{ mesh: 0 }], [0]);
        return packGlb({ ...json, extensionsRequired: ['KHR_draco_mesh_compression'] }, binary);
      },
      /needs the extension KHR_draco_mesh_compression.*export it without/,
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
      /damaged or no glTF/,
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
      /buffer view 0 beyond its buffer’s/,
    ],
  ])('refuses %s', async (_, name, content, message) => {
    const loading = load(name, content());
    await expect(loading).rejects.toThrow(InputError);
    await expect(loading).rejects.toThrow(message);
  });
});

describe('any file', () => {
  it.each(['obj', 'ply', 'stl', 'glb', 'gltf'])('%s: missing, empty, a folder', async (extension) => {
    await expect(loadMesh(path.join(folder, `none.${extension}`))).rejects.toThrow(
      /no such file; expected an OBJ, PLY/,
    );
    await expect(load(`empty.${extension}`, '')).rejects.toThrow(/the file is empty \(0 bytes\)/);
    await mkdir(path.join(folder, `folder.${extension}`));
    await expect(loadMesh(path.join(folder, `folder.${extension}`))).rejects.toThrow(/this is a folder/);
  });

  it('of an unknown extension is refused by name', async () => {
    await expect(load('a.fbx', 'x')).rejects.toThrow(
      /a\.fbx: got the extension “\.fbx”; expected an OBJ, PLY, STL, GLB or glTF/,
    );
    await expect(load('noextension', 'x')).rejects.toThrow(InputError);
  });

  it('has its extension in any case', async () => {
    const file = await written('LOUD.OBJ', [...tetrahedron, ...faces].join('\n'));
    expect((await loadMesh(file)).report.watertight).toBe(true);
    expect((await readFile(file)).length).toBeGreaterThan(0);
  });
});
