// PLY as people's tools write it: line ends that differ within a header, polygons, strips, faces of two corners; and headers
// that announce more than there is.
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/core/index.js';
import { load } from '../../sdf/files/written-meshes.js';
import { processorMilliseconds } from '../../support/processor-time.js';
import { area, cubeCorners, cubeQuads, cubeTriangles, distance, plyText, volume } from './shapes.js';

type Ends = (line: string, last: boolean) => string;

/** The cube in binary, its header's lines ended as one likes. */
function binaryCube(ends: Ends, { big = false, double = false, extra = '' } = {}): Buffer {
  const type = double ? 'double' : 'float';
  const header = [
    ...['ply', `format binary_${big ? 'big' : 'little'}_endian 1.0`, ...(extra === '' ? [] : [extra])],
    ...['element vertex 8', ...['x', 'y', 'z'].map((axis) => `property ${type} ${axis}`)],
    ...['element face 12', 'property list uchar int vertex_indices', 'end_header'],
  ];
  const head = header.map((line) => ends(line, line === 'end_header')).join('');
  const size = double ? 8 : 4;
  const body = Buffer.alloc(24 * size + 12 * 13);
  const view = new DataView(body.buffer, body.byteOffset);
  cubeCorners.flat().forEach((value, i) => {
    if (double) view.setFloat64(8 * i, value, !big);
    else view.setFloat32(4 * i, value, !big);
  });
  cubeTriangles.forEach((corners, t) => {
    const at = 24 * size + 13 * t;
    view.setUint8(at, 3);
    corners.forEach((corner, k) => view.setInt32(at + 1 + 4 * k, corner, !big));
  });
  return Buffer.concat([Buffer.from(head), body]);
}

const allLf: Ends = (line) => `${line}\n`;
const lastCrLf: Ends = (line, last) => `${line}${last ? '\r\n' : '\n'}`;
const firstCrLf: Ends = (line) => `${line}${line === 'ply' ? '\r\n' : '\n'}`;
const lastLf: Ends = (line, last) => `${line}${last ? '\n' : '\r\n'}`;

describe('the header of a PLY', () => {
  it.each<[string, Buffer]>([
    ['line feeds', binaryCube(allLf)],
    ['both', binaryCube((line) => `${line}\r\n`)],
    ['carriage returns', binaryCube((line) => `${line}\r`)],
    ['both at its end alone', binaryCube(lastCrLf)],
    ['both at its end alone, highest byte first', binaryCube(lastCrLf, { big: true })],
    ['both at its end alone, with doubles', binaryCube(lastCrLf, { double: true })],
    ['both at its end alone, with a comment', binaryCube(lastCrLf, { extra: 'comment made by hand' })],
    ['both in its first line alone', binaryCube(firstCrLf)],
    ['both but for its end', binaryCube(lastLf)],
  ])('may end its lines in %s', async (_, bytes) => {
    const { mesh, report } = await load('cube.ply', bytes);
    expect([Math.min(...mesh.positions), Math.max(...mesh.positions)]).toEqual([0, 1]);
    expect(volume(mesh)).toBeCloseTo(1, 12);
    expect(area(mesh)).toBeCloseTo(6, 12);
    expect(report.watertight).toBe(true);
  });

  it('of carriage returns alone leaves a line feed to the data', async () => {
    const bytes = binaryCube((line) => `${line}\r`, { double: true });
    // The first byte of the first coordinate: 5e-323 in place of 0.
    bytes[bytes.length - 24 * 8 - 12 * 13] = 10;
    expect((await load('cube.ply', bytes)).report.triangles).toBe(12);
  });
});

const head = (format: string, ...lines: readonly string[]): string =>
  [
    ...['ply', `format ${format} 1.0`, 'element vertex 3'],
    ...['x', 'y', 'z'].map((axis) => `property float ${axis}`),
    ...lines,
    'end_header\n',
  ].join('\n');
const face = ['element face 1', 'property list uchar int vertex_indices'];
const coordinates = Buffer.from(Float32Array.from([0, 0, 0, 1, 0, 0, 0, 1, 0]).buffer);
const triangle = Buffer.from([3, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0]);
const binary = (...lines: readonly string[]): Buffer =>
  Buffer.concat([Buffer.from(head('binary_little_endian', ...lines)), coordinates, triangle]);

describe('a PLY that announces more than it has', () => {
  it.each<[string, string | Buffer, RegExp]>([
    [
      'rows of nothing',
      binary(...face, 'element junk 9007199254740991'),
      /got 9007199254740991 of the element “junk” in a file of 49 bytes/,
    ],
    [
      'some rows of nothing',
      binary(...face, 'element junk 10000000000'),
      /got 10000000000 of the element “junk”/,
    ],
    [
      'rows of nothing as text',
      `${head('ascii', ...face, 'element junk 9007199254740991')}0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n`,
      /got 9007199254740991 of the element “junk”/,
    ],
    [
      'lists of less than nothing',
      binary('element junk 9007199254740991', 'property list char char q', ...face),
      /got 9007199254740991 of the element “junk”/,
    ],
    [
      'one list of less than nothing',
      Buffer.concat([
        Buffer.from(head('binary_little_endian', 'element junk 1', 'property list char char q', ...face)),
        coordinates,
        Buffer.from([0xff]),
        triangle,
      ]),
      /got a list of -1 entries in junk 0/,
    ],
    [
      'a list that goes on beyond the end',
      Buffer.concat([
        Buffer.from(head('binary_little_endian', 'element junk 1', 'property list uint double q', ...face)),
        coordinates,
        Buffer.from([0xff, 0xff, 0xff, 0xff]),
        triangle,
      ]),
      /ends in junk 0; expected 1/,
    ],
    [
      'vertices',
      head('ascii').replace('vertex 3', 'vertex 800000000'),
      /got 800000000 of the element “vertex”/,
    ],
  ])('is refused at once: %s', async (_, content, message) => {
    const start = processorMilliseconds();
    const loading = load('bad.ply', content);
    await expect(loading).rejects.toThrow(InputError);
    await expect(loading).rejects.toThrow(message);
    expect(processorMilliseconds() - start).toBeLessThan(1000);
  });

  it('does not mistake a word for a type', async () => {
    const text = head('ascii', ...face, 'element junk 1', 'property constructor q');
    await expect(load('bad.ply', text)).rejects.toThrow(/the property type “constructor”/);
  });
});

describe('the faces of a PLY', () => {
  const turn = (i: number): number => (Math.PI * i) / 3;
  const hexagon = [0, 1].flatMap((z) =>
    Array.from({ length: 6 }, (_, i) => [Math.cos(turn(i)), Math.sin(turn(i)), z]),
  );
  const sides = Array.from({ length: 6 }, (_, i) => [i, (i + 1) % 6, 6 + ((i + 1) % 6), 6 + i]);

  it('may have any number of corners', async () => {
    const { mesh, report } = await load(
      'prism.ply',
      plyText(hexagon, [[5, 4, 3, 2, 1, 0], [6, 7, 8, 9, 10, 11], ...sides]),
    );
    expect(volume(mesh)).toBeCloseTo(2.598, 3);
    expect(area(mesh)).toBeCloseTo(11.196, 3);
    expect(report.watertight).toBe(true);
  });

  it('of two corners are left out, and told', async () => {
    const { mesh, notes } = await load('line.ply', plyText(cubeCorners, [...cubeQuads, [0, 1]]));
    expect(volume(mesh)).toBeCloseTo(1, 12);
    expect(notes).toEqual(['1 face of fewer than three corners left out']);
  });

  it('may be strips, which begin anew at −1', async () => {
    // The sides of the cube in one strip that closes, then top and bottom.
    const strip = [0, 1, 4, 5, 6, 7, 2, 3, 0, 1, -1, 0, 4, 2, 6, -1, 1, 3, 5, 7];
    const text = [
      ...['ply', 'format ascii 1.0', 'element vertex 8'],
      ...['x', 'y', 'z'].map((axis) => `property float ${axis}`),
      ...['element tristrips 1', 'property list int int vertex_indices', 'end_header'],
      ...cubeCorners.map((point) => point.join(' ')),
      `${strip.length} ${strip.join(' ')}`,
    ].join('\n');
    const { mesh, report } = await load('strips.ply', text);
    expect(report).toMatchObject({ triangles: 12, watertight: true, inconsistentEdges: 0 });
    expect(Math.abs(volume(mesh))).toBeCloseTo(1, 12);
    expect(Math.abs(distance(mesh, [0.5, 0.5, 2]))).toBeCloseTo(1, 12);
  });
});
