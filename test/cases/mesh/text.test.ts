// OBJ and STL as people's tools write them: byte order marks, every line end, comments, faces first, any case; and binary STL
// that does not add up.
import { describe, expect, it, vi } from 'vitest';
import { encodeMesh } from '../../../fixtures/make-meshes.js';
import { box } from '../../../fixtures/mesh/surfaces.js';
import { InputError } from '../../../src/core/index.js';
import { load } from '../../sdf/files/written-meshes.js';
import { area, cubeCorners, cubeTriangles, objFaces, objVertices, volume } from './shapes.js';

const byteOrderMark = '\u{feff}';
const plain = [...objVertices(), ...objFaces()];

describe('OBJ', () => {
  it.each<[string, string]>([
    ['a byte order mark', `${byteOrderMark}${plain.join('\n')}`],
    [
      'a byte order mark and a vertex that no face uses',
      `${byteOrderMark}${[...objVertices(), 'v 9 9 9', ...objFaces()].join('\n')}`,
    ],
    ['carriage returns', plain.join('\r')],
    ['carriage returns and line feeds', plain.join('\r\n')],
    ['comments at the end of lines', plain.map((line) => `${line} # ${line}, 1 2 3`).join('\n')],
    ['comments without a blank', plain.map((line) => `${line}# left`).join('\n')],
    ['faces before their vertices', [...objFaces(), ...objVertices()].join('\n')],
    ['lines that go on', plain.map((line) => line.replaceAll(' ', ' \\\r\n')).join('\r\n')],
    ['lines that go on, with carriage returns', plain.map((line) => line.replaceAll(' ', '\\\r')).join('\r')],
    ['tabs', plain.map((line) => line.replaceAll(' ', '\t')).join('\n')],
  ])('with %s is the cube', async (_, text) => {
    const { mesh, report, notes } = await load('cube.obj', text);
    expect(volume(mesh)).toBeCloseTo(1, 12);
    expect(area(mesh)).toBeCloseTo(6, 12);
    expect(report).toMatchObject({ vertices: 8, watertight: true });
    expect(notes).toEqual([]);
  });

  it('counts backwards from where a face stands, forwards from the first vertex', async () => {
    const [first, ...rest] = objFaces();
    const lines = [...rest, ...objVertices(), 'f -8 -7 -5 -6'];
    expect(first).toBe('f 1 2 4 3');
    expect(volume((await load('cube.obj', lines.join('\n'))).mesh)).toBeCloseTo(1, 12);
  });

  it('names the line of a vertex that never comes', async () => {
    const loading = load('cube.obj', ['f 1 2 9', ...plain].join('\n'));
    await expect(loading).rejects.toThrow(/line 1: got the corner 9; expected a vertex from 1 to 8/);
  });

  it('says that free-form surfaces are not supported', async () => {
    const lines = [...objVertices(), 'cstype bezier', 'surf 0 1 0 1 1 2 3 4', 'end'];
    await expect(load('nurbs.obj', lines.join('\n'))).rejects.toThrow(
      /1 free-form surface and no faces; free-form curves and surfaces are not supported/,
    );
  });
});

/** The cube as a text STL, word by word as one likes. */
function stlText(change: (line: string) => string = (line) => line, normal = '0 0 0'): string {
  const lines = cubeTriangles.flatMap((corners) => [
    ...[` facet normal ${normal}`, '  outer loop'],
    ...corners.map((i) => `   vertex ${cubeCorners[i]!.join(' ')}`),
    ...['  endloop', ' endfacet'],
  ]);
  return ['solid box', ...lines, 'endsolid box', ''].map(change).join('\n');
}

describe('text STL', () => {
  it.each<[string, string]>([
    ['in capitals', stlText((line) => line.toUpperCase())],
    ['that begins with “Solid”', stlText((line) => line.replace(/^solid box/, 'Solid Unity Mesh'))],
    ['that ends with “end solid”', stlText((line) => line.replace('endsolid', 'end solid'))],
    ['with normals that are no numbers', stlText(undefined, 'nan nan nan')],
    ['without normals', stlText((line) => line.replace(/ normal.*/, ''))],
    ['with a byte order mark and carriage returns', `${byteOrderMark}${stlText().replaceAll('\n', '\r')}`],
    ['named like its own words', stlText((line) => line.replace(/solid box/, 'solid facet normal endsolid'))],
  ])('%s is the cube, in silence', async (_, text) => {
    const said = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn'), vi.spyOn(console, 'log')];
    const { mesh, report } = await load('cube.stl', text);
    expect(volume(mesh)).toBeCloseTo(1, 12);
    expect(area(mesh)).toBeCloseTo(6, 12);
    expect(report.watertight).toBe(true);
    for (const each of said) expect(each).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });

  it('of several solids is all of them', async () => {
    const apart = stlText((line) => line.replace(/vertex (\d)/, (_, x) => `vertex ${Number(x) + 5}`));
    const { mesh, report } = await load('two.stl', stlText() + apart);
    expect(volume(mesh)).toBeCloseTo(2, 12);
    expect(report.components).toBe(2);
  });

  it('is read whole or not at all', async () => {
    const text = stlText();
    await expect(load('cut.stl', text.slice(0, 600))).rejects.toThrow(
      /ends inside a solid, after \d whole facet/,
    );
    await expect(load('odd.stl', text.replace('endloop', 'vertex 0 0 0\n endloop'))).rejects.toThrow(
      /got “vertex” after 1 whole facet; expected “endloop”/,
    );
    await expect(load('after.stl', `${text}and more\n`)).rejects.toThrow(/got “and” after 12 whole facets/);
  });
});

describe('binary STL', () => {
  const cube = (): Buffer => Buffer.from(encodeMesh('cube.stl', box(1, 1, 1)));
  const withCount = (count: number): Buffer => {
    const bytes = cube();
    bytes.writeUInt32LE(count, 80);
    return bytes;
  };

  it('refuses a count that is not the number of triangles there are', async () => {
    for (const count of [6, 1, 11]) {
      const loading = load('few.stl', withCount(count));
      await expect(loading).rejects.toThrow(InputError);
      await expect(loading).rejects.toThrow(
        new RegExp(`few\\.stl: got ${count} triangles by its header and room for 12 in the file`),
      );
    }
    await expect(load('many.stl', withCount(13))).rejects.toThrow(/expected 734 bytes for the 13 triangles/);
  });

  it('reads all where the count was never written, and says so', async () => {
    const { mesh, notes } = await load('zero.stl', withCount(0));
    expect(volume(mesh)).toBeCloseTo(1, 6);
    expect(notes).toEqual(['its header announces no triangles; all 12 triangles were read']);
  });

  it('passes over the attributes of triangles', async () => {
    const plain = cube();
    const parts = [plain.subarray(0, 84)];
    for (let t = 0; t < 12; t++) {
      const facet = Buffer.from(plain.subarray(84 + 50 * t, 134 + 50 * t));
      facet.writeUInt16LE(t % 2 === 0 ? 0 : 4, 48);
      parts.push(facet, Buffer.from(t % 2 === 0 ? [] : [0xff, 0x41, 0x42, 0x3f]));
    }
    const { mesh, notes } = await load('attributes.stl', Buffer.concat(parts));
    expect(volume(mesh)).toBeCloseTo(1, 6);
    expect(notes).toEqual([]);
  });

  it('reads files put one after the other', async () => {
    const moved = encodeMesh('cube.stl', {
      ...box(1, 1, 1),
      positions: box(1, 1, 1).positions.map((value) => value + 3),
    });
    const { mesh, report, notes } = await load('two.stl', Buffer.concat([cube(), moved]));
    expect(volume(mesh)).toBeCloseTo(2, 5);
    expect(report.components).toBe(2);
    expect(notes).toEqual(['2 binary files, one after the other, read as one mesh']);
  });
});
