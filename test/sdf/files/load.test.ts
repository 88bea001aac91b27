// OBJ, STL and PLY to meshes, and every way in which they can be bad.
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeMesh } from '../../../fixtures/make-meshes.js';
import { type Surface } from '../../../fixtures/mesh/surfaces.js';
import { InputError } from '../../../src/core/index.js';
import { checkTextSize, textLimit } from '../../../src/sdf/files/bytes.js';
import { loadMesh } from '../../../src/sdf/files/load.js';
import { cube, folder, load, volume, written } from './written-meshes.js';

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
    ['a word for an index', [...tetrahedron, 'f 1 b 3'], /line 5: got the corner b;/],
    ['a cut face', [...tetrahedron, 'f 1 2'], /line 5: got a face of 2 corners.*cut short/],
    [
      'a cut vertex',
      [...tetrahedron, ...faces, 'v 1 2'],
      /line 9: got a vertex of 2 coordinates; expected three/,
    ],
    [
      'NaN',
      ['v 0 nan 0', ...tetrahedron, 'f 1 2 3'],
      /line 1: got the coordinate nan; expected a finite number/,
    ],
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
      /got the coordinate nan after 0 whole facets/,
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
    [
      'fewer vertices than announced',
      () => plyHead(4, 1) + '0 0 0\n1 0 0\n',
      /got 4 of the element “vertex” in a file of 12 bytes/,
    ],
    [
      'fewer faces than announced',
      () => `${plyHead(4, 2)}${four}3 0 1 2\n`,
      /ends in face 1; expected 2, as its header announces/,
    ],
    ['a cut face', () => `${plyHead(4, 1)}${four}3 0 1`, /ends in face 0; expected 1/],
    ['a cut binary file', () => binaryPly(cube, true).slice(0, -3), /ends in face 11; expected 12/],
    ['an index too large', () => `${plyHead(4, 1)}${four}3 0 1 4\n`, /got vertex 4 in face 0.*below 4/],
    ['a negative index', () => `${plyHead(4, 1)}${four}3 0 1 -1\n`, /got vertex -1 in face 0/],
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
