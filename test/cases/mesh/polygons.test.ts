// Concave polygons, from any starting corner, in OBJ and in PLY.
import { describe, expect, it } from 'vitest';
import { load } from '../../sdf/files/written-meshes.js';
import { area, distance, objFaces, objVertices, plyText, volume } from './shapes.js';

type Plan = readonly (readonly [number, number])[];

/** A prism over a polygon, whose lists of corners begin at `from`. */
function prism(plan: Plan, from: number) {
  const n = plan.length;
  const around = Array.from({ length: n }, (_, i) => (i + from) % n);
  return {
    corners: [0, 1].flatMap((z) => plan.map(([x, y]) => [x, y, z])),
    faces: [
      around.toReversed(),
      around.map((i) => n + i),
      ...Array.from({ length: n }, (_, i) => [i, (i + 1) % n, n + ((i + 1) % n), n + i]),
    ],
  };
}

/** The area of a polygon, by the shoelace formula, and its perimeter. */
function measures(plan: Plan): { area: number; perimeter: number } {
  let [doubled, perimeter] = [0, 0];
  plan.forEach(([x, y], i) => {
    const [u, v] = plan[(i + 1) % plan.length]!;
    doubled += x * v - u * y;
    perimeter += Math.hypot(u - x, v - y);
  });
  return { area: doubled / 2, perimeter };
}

const dart: Plan = [
  [0, 0],
  [2, -1],
  [0.7, 0],
  [2, 1],
];
const ell: Plan = [
  [0, 0],
  [3, 0],
  [3, 1],
  [1, 1],
  [1, 3],
  [0, 3],
];
// Corners on the line between their neighbours, which earcut leaves out.
const comb: Plan = [
  [0, 0],
  [1, 0],
  [2, 0],
  [3, 0],
  [4, 0],
  [4, 3],
  [3, 3],
  [3, 1],
  [2.5, 1],
  [2, 1],
  [2, 3],
  [1, 3],
  [1, 1],
  [0.5, 1],
  [0.5, 3],
  [0, 3],
  [0, 2],
  [0, 1],
];

describe.each<[string, Plan]>([
  ['a dart', dart],
  ['an L', ell],
  ['a comb', comb],
])('a prism over %s', (_, plan) => {
  const { area: covered, perimeter } = measures(plan);
  const starts = plan.map((_, i) => i);

  it.each(starts)('is right as OBJ and PLY, begun at corner %d', async (from) => {
    const { corners, faces } = prism(plan, from);
    const files = [
      await load('prism.obj', [...objVertices(corners), ...objFaces(faces)].join('\n')),
      await load('prism.ply', plyText(corners, faces)),
    ];
    for (const { mesh, report } of files) {
      expect(volume(mesh)).toBeCloseTo(covered, 5);
      expect(area(mesh)).toBeCloseTo(2 * covered + perimeter, 5);
      expect(report).toMatchObject({ watertight: true, inconsistentEdges: 0, vertices: corners.length });
    }
    expect(files[0]!.mesh).toEqual(files[1]!.mesh);
  });

  it('is right lying on any side', async () => {
    const { corners, faces } = prism(plan, 0);
    for (const axes of [
      [1, 2, 0],
      [2, 0, 1],
    ]) {
      const turned = corners.map((point) => axes.map((axis) => point[axis]!));
      const { mesh } = await load('prism.obj', [...objVertices(turned), ...objFaces(faces)].join('\n'));
      expect(volume(mesh)).toBeCloseTo(covered, 5);
      expect(area(mesh)).toBeCloseTo(2 * covered + perimeter, 5);
    }
  });
});

describe('the notch of the dart', () => {
  it('is empty', async () => {
    const { corners, faces } = prism(dart, 3);
    const { mesh } = await load('dart.obj', [...objVertices(corners), ...objFaces(faces)].join('\n'));
    // Worked by hand: the right area is 9.152, the distance to the notch's sides 0.4878.
    expect(area(mesh)).toBeCloseTo(9.152, 3);
    expect(distance(mesh, [1.5, 0, 0.5])).toBeCloseTo(0.8 * Math.sin(Math.atan(1 / 1.3)), 5);
  });
});
