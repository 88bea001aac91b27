// Faces that are there twice, once turned round: of surfaces one is kept, of walls between solids none.
import { describe, expect, it } from 'vitest';
import { box } from '../../../fixtures/mesh/surfaces.js';
import { createRandom } from '../../../src/core/index.js';
import { load } from '../../sdf/files/written-meshes.js';
import {
  area,
  cubeCorners,
  cubeTriangles,
  distance,
  objFaces,
  objVertices,
  plyText,
  volume,
} from './shapes.js';

const tips = [
  [1, 0, 0],
  [-1, 0, 0],
  [0, 1, 0],
  [0, -1, 0],
  [0, 0, 1],
  [0, 0, -1],
];
const octahedron = [
  [0, 2, 4],
  [2, 1, 4],
  [1, 3, 4],
  [3, 0, 4],
  [2, 0, 5],
  [1, 2, 5],
  [3, 1, 5],
  [0, 3, 5],
];
const turned = ([a, b, c]: readonly number[]): number[] => [c!, b!, a!];
const solid = (faces: readonly (readonly number[])[]): string =>
  [...objVertices(tips), ...objFaces(faces)].join('\n');

describe('an octahedron with two-sided faces', () => {
  it.each<[string, number[][]]>([
    ['all of them', octahedron.flatMap((face) => [face, turned(face)])],
    ['all of them, the wrong one first', octahedron.flatMap((face) => [turned(face), face])],
    [
      'all of them, in turns',
      octahedron.flatMap((face, i) => (i % 2 ? [face, turned(face)] : [turned(face), face])),
    ],
    ['three copies of each', octahedron.flatMap((face) => [face, turned(face), turned(face)])],
    ['half of them', octahedron.flatMap((face, i) => (i < 4 ? [turned(face), face] : [face]))],
    ['one of them', [...octahedron, turned(octahedron[0]!)]],
    ['every other one', octahedron.flatMap((face, i) => (i % 2 ? [turned(face), face] : [face]))],
  ])('is the solid: %s', async (_, faces) => {
    const { mesh, report, notes } = await load('octahedron.obj', solid(faces));
    expect(report).toMatchObject({
      triangles: 8,
      watertight: true,
      inconsistentEdges: 0,
      duplicateTriangles: 0,
    });
    expect(volume(mesh)).toBeCloseTo(4 / 3, 6);
    expect(distance(mesh, [0, 0, 0])).toBeCloseTo(-1 / Math.sqrt(3), 4);
    expect(notes[0]).toMatch(/^\d faces? there twice, once turned round; one of each is kept$/);
  });

  it('is the solid whichever faces they are', async () => {
    const random = createRandom(14);
    for (let round = 0; round < 40; round++) {
      const faces = octahedron.flatMap((face) =>
        random.float() < 0.5 ? [face] : random.float() < 0.5 ? [face, turned(face)] : [turned(face), face],
      );
      const { mesh } = await load('octahedron.obj', solid(faces));
      expect(volume(mesh), JSON.stringify(faces)).toBeCloseTo(4 / 3, 6);
    }
  });
});

describe('a solid of polygons with two-sided faces', () => {
  const dart = [
    [0, 0],
    [2, -1],
    [0.7, 0],
    [2, 1],
  ];
  const corners = [0, 1].flatMap((z) => dart.map(([x, y]) => [x!, y!, z]));
  const faces = [
    [3, 2, 1, 0],
    [4, 5, 6, 7],
    ...[0, 1, 2, 3].map((i) => [i, (i + 1) % 4, 4 + ((i + 1) % 4), 4 + i]),
  ];
  const back = (face: readonly number[], from: number): number[] => {
    const reversed = face.toReversed();
    return [...reversed.slice(from), ...reversed.slice(0, from)];
  };

  it.each([0, 1, 2, 3])('is the solid, their backs begun at corner %d', async (from) => {
    const both = faces.flatMap((face) => [face, back(face, from)]);
    // Once with the same vertices, once with vertices of their own.
    const apart = [...faces, ...faces.map((face) => back(face, from).map((i) => i + corners.length))];
    const files = [
      await load('dart.obj', [...objVertices(corners), ...objFaces(both)].join('\n')),
      await load('dart.obj', [...objVertices([...corners, ...corners]), ...objFaces(apart)].join('\n')),
      await load('dart.ply', plyText(corners, both)),
    ];
    for (const { mesh, report, notes } of files) {
      expect(report).toMatchObject({ triangles: 12, vertices: 8, watertight: true, inconsistentEdges: 0 });
      expect(volume(mesh)).toBeCloseTo(0.7, 6);
      expect(notes).toEqual(['12 faces there twice, once turned round; one of each is kept']);
    }
  });
});

describe('other faces that are there twice', () => {
  it('are left out between solids that touch', async () => {
    const { positions, triangles } = box(1, 1, 1);
    const count = positions.length / 3;
    const points = Array.from({ length: count }, (_, i) => [...positions.subarray(3 * i, 3 * i + 3)]);
    const list = Array.from({ length: triangles.length / 3 }, (_, t) => [
      ...triangles.subarray(3 * t, 3 * t + 3),
    ]);
    // The second box is the first one’s mirror image, so that both cut the wall along the same line.
    const corners = [...points, ...points.map(([x, y, z]) => [1 - x!, y!, z!])];
    const faces = [...list, ...list.map((face) => turned(face).map((i) => i + count))];
    const { mesh, report, notes } = await load(
      'boxes.obj',
      [...objVertices(corners), ...objFaces(faces)].join('\n'),
    );
    expect(notes).toEqual(['2 faces between solids that touch, there from either side; they are left out']);
    expect(report).toMatchObject({ triangles: 20, watertight: true });
    expect(volume(mesh)).toBeCloseTo(2, 5);
  });

  it('are kept once where a surface is open', async () => {
    const open = cubeTriangles.slice(2);
    const faces = [...open, ...open.map(turned)];
    const { mesh, report } = await load(
      'open.obj',
      [...objVertices(cubeCorners), ...objFaces(faces)].join('\n'),
    );
    expect(report).toMatchObject({ triangles: 10, boundaryEdges: 4, inconsistentEdges: 0 });
    expect(area(mesh)).toBeCloseTo(5, 6);
  });

  it('are left alone where they face the same way', async () => {
    const { report, notes } = await load('same.obj', solid([...octahedron, octahedron[0]!]));
    expect(report).toMatchObject({ triangles: 9, duplicateTriangles: 1 });
    expect(notes).toEqual([]);
  });
});
