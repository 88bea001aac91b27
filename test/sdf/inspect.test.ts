// What a mesh's report counts, on meshes whose faults were put there.
import { describe, expect, it } from 'vitest';
import { bowl, box, flipped, sphere, together, type Surface } from '../../fixtures/mesh/surfaces.js';
import { createRandom } from '../../src/core/index.js';
import { inspectMesh, warnings } from '../../src/sdf/inspect.js';
import { weld } from '../../src/sdf/weld.js';

const cube = box(1, 1, 1);
const sound = {
  degenerateTriangles: 0,
  duplicateTriangles: 0,
  boundaryEdges: 0,
  nonManifoldEdges: 0,
  inconsistentEdges: 0,
};
const withTriangles = (mesh: Surface, ...more: number[]): Surface => ({
  positions: mesh.positions,
  triangles: Uint32Array.from([...mesh.triangles, ...more]),
});

describe('inspectMesh', () => {
  it('finds nothing wrong with a box', () => {
    const report = inspectMesh(cube);
    expect(report).toEqual({ vertices: 8, triangles: 12, ...sound, components: 1, watertight: true });
    expect(warnings(report)).toEqual([]);
  });

  it('counts the edges of a hole', () => {
    const report = inspectMesh({ ...cube, triangles: cube.triangles.slice(0, -3) });
    expect(report).toMatchObject({ boundaryEdges: 3, watertight: false, components: 1 });
    expect(inspectMesh(bowl(1, 0.3, 6, 17)).boundaryEdges).toBe(17);
  });

  it('counts edges between triangles that face opposite ways', () => {
    const report = inspectMesh(flipped(cube, (t) => t === 5));
    expect(report).toMatchObject({ ...sound, inconsistentEdges: 3, watertight: true });
    expect(inspectMesh(flipped(cube)).inconsistentEdges).toBe(0);
  });

  it('counts edges of more than two triangles, and duplicates in any order of corners', () => {
    const [a, b, c] = cube.triangles;
    const report = inspectMesh(withTriangles(cube, c!, a!, b!, b!, a!, c!));
    expect(report).toMatchObject({ duplicateTriangles: 2, nonManifoldEdges: 3, watertight: false });
  });

  it('counts triangles without area, and does not hold those of two vertices against the edges', () => {
    expect(inspectMesh(withTriangles(cube, 1, 1, 4, 2, 2, 2))).toMatchObject({
      ...sound,
      degenerateTriangles: 2,
      watertight: true,
      components: 1,
    });
    const line = {
      positions: Float32Array.of(0, 0, 0, 1, 1, 1, 3, 3, 3),
      triangles: Uint32Array.of(0, 1, 2),
    };
    expect(inspectMesh(line)).toMatchObject({ degenerateTriangles: 1, components: 1 });
  });

  it('counts shells by edges: a shared corner does not connect', () => {
    expect(inspectMesh(together(cube, sphere(3, 6, 9), sphere(9, 5, 7))).components).toBe(3);
    const { mesh: touching } = weld(together(cube, { ...cube, positions: cube.positions.map((x) => x + 1) }));
    expect(inspectMesh(touching)).toMatchObject({ vertices: 15, components: 2, watertight: true });
  });

  it('takes fans of any number of triangles around one vertex', () => {
    const report = inspectMesh(sphere(1, 3, 5000));
    expect(report).toMatchObject({ triangles: 20_000, ...sound, components: 1, watertight: true });
  });

  it('agrees with a plain count of edges on random triangles, seed 3', () => {
    const random = createRandom(3);
    const triangles = Uint32Array.from({ length: 600 }, () => random.below(30));
    const positions = new Float32Array(90).map(() => random.float());
    const uses = new Map<string, string[]>();
    for (let t = 0; t < 200; t++) {
      const corners = [...triangles.subarray(3 * t, 3 * t + 3)];
      if (new Set(corners).size < 3) continue;
      corners.forEach((from, k) => {
        const to = corners[(k + 1) % 3]!;
        const key = [Math.min(from, to), Math.max(from, to)].join();
        uses.set(key, [...(uses.get(key) ?? []), from < to ? 'up' : 'down']);
      });
    }
    const count = (test: (directions: string[]) => boolean): number => [...uses.values()].filter(test).length;
    expect(inspectMesh({ positions, triangles })).toMatchObject({
      boundaryEdges: count((all) => all.length === 1),
      nonManifoldEdges: count((all) => all.length > 2),
      inconsistentEdges: count((all) => all.length === 2 && all[0] === all[1]),
    });
  });

  it('warns in words, with counts', () => {
    const report = {
      ...inspectMesh(cube),
      ...{ degenerateTriangles: 1, duplicateTriangles: 2, boundaryEdges: 1234 },
    };
    expect(warnings({ ...report, nonManifoldEdges: 3, inconsistentEdges: 4 })).toEqual([
      '1 triangle without area; they add nothing to the surface',
      '2 triangles with the same corners as another',
      '1,234 edges at the rim of a hole; inside and outside are guessed across holes, by the winding number',
      '3 edges shared by more than two triangles',
      '4 edges between triangles that face opposite ways; the fewer are turned round for the sign',
    ]);
  });
});

describe('weld', () => {
  it('joins equal places, 0 and −0 among them, and nothing else', () => {
    const positions = Float32Array.of(0, 1, 2, -0, 1, 2, 0, 1, 2.0000002, 9, 9, 9, 0, 1, 2);
    const { mesh } = weld({ positions, triangles: Uint32Array.of(1, 2, 4, 0, 2, 1) });
    const { positions: places, triangles } = mesh;
    expect([...places]).toEqual([0, 1, 2, 0, 1, Math.fround(2.0000002)]);
    expect([...triangles]).toEqual([0, 1, 0, 0, 1, 0]);
  });
});
