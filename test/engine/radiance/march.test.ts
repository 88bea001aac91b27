// Where along rays a field is looked at: against the geometry of rays and cells, written plainly.
import { describe, expect, it } from 'vitest';
import { blockSide, DensityGrid } from '../../../src/engine/training/rays/density-grid.js';
import {
  allocateSamples,
  marchDefaults,
  RayMarcher,
  renderedSamples,
} from '../../../src/engine/training/rays/march.js';
import type { FieldSpace } from '../../../src/engine/models/index.js';
import { referenceCoordinates } from '../../reference/radiance.js';
import { seeded } from '../graph/support.js';

const SEED = 7;
const resolution = 16;
const cube: FieldSpace = { centre: [1, 0.5, -1], half: 2, contracted: false, near: 0.5, far: 9 };
const all: FieldSpace = { ...cube, contracted: true, far: 60 };

type Ray = readonly [ox: number, oy: number, oz: number, dx: number, dy: number, dz: number];

/** A grid with a density for each cell, from its number and its middle. */
function gridOf(
  density: (cell: number, middle: readonly number[]) => number,
  { size = resolution, threshold = 0 } = {},
): DensityGrid {
  const grid = DensityGrid.allocate(size);
  for (let cell = 0; cell < size ** 3; cell++) {
    const place = [cell % size, Math.floor(cell / size) % size, Math.floor(cell / size ** 2)];
    grid.cells[cell] = density(
      cell,
      place.map((i) => (2 * (i + 0.5)) / size - 1),
    );
  }
  grid.take(grid.cells, threshold);
  return grid;
}

/** Samples of a ray; where they are written must not matter. */
function march(
  space: FieldSpace,
  grid: DensityGrid,
  ray: Ray,
  { word, slots = 32, at = 0 }: { word?: number; slots?: number; at?: number } = {},
) {
  const into = allocateSamples(at + slots);
  // What is written beyond a ray's samples is somebody else's.
  for (const array of [into.positions, into.lengths, into.distances, into.cells]) array.fill(-77);
  const rays = Float32Array.of(0, 0, 0, 0, 0, 0, ...ray);
  const count = new RayMarcher(space, grid, slots).march(rays, 1, word, into, at);
  const end = at + count;
  for (const array of [into.lengths, into.distances, into.cells]) {
    expect(array.subarray(0, at).every((value) => value === -77)).toBe(true);
    expect(array.subarray(end).every((value) => value === -77)).toBe(true);
  }
  return {
    count,
    positions: [...into.positions.subarray(3 * at, 3 * end)],
    lengths: [...into.lengths.subarray(at, end)],
    distances: [...into.distances.subarray(at, end)],
    cells: [...into.cells.subarray(at, end)],
  };
}

const pointAt = (ray: Ray, t: number): number[] => [0, 1, 2].map((axis) => ray[axis]! + t * ray[axis + 3]!);

/** The cell of a point of the world; −1 outside the cube. */
function cellAt(space: FieldSpace, ray: Ray, t: number, size = resolution): number {
  const place = referenceCoordinates(space, pointAt(ray, t)).map((x) => Math.floor(((x + 1) / 2) * size));
  if (place.some((i) => i < 0 || i >= size)) return -1;
  return (place[2]! * size + place[1]!) * size + place[0]!;
}

/** Rays towards the cube from all around, from inside too, some along an axis, some past it. */
function someRays(count: number): Ray[] {
  const random = seeded(SEED);
  const direction = (): number[] => {
    const v = [0, 1, 2].map(() => 2 * random.float() - 1);
    return v.map((value) => Math.fround(value / Math.hypot(...v)));
  };
  return Array.from({ length: count }, (_, i) => {
    if (i % 10 === 0) {
      const origin = cube.centre.map((c) => Math.fround(c + 1.7 * (2 * random.float() - 1)));
      const axis = Array<number>(3).fill(0);
      axis[i % 3] = i % 20 === 0 ? 1 : -1;
      origin[i % 3]! -= 4 * axis[i % 3]!;
      return [...origin, ...axis] as unknown as Ray;
    }
    const reach = i % 3 === 0 ? 1 : 5;
    const towards = direction();
    const from = cube.centre.map((c, axis) =>
      Math.fround(c - reach * towards[axis]! + 1.5 * (2 * random.float() - 1)),
    );
    return [...from, ...towards] as unknown as Ray;
  });
}

/** Some cells unknown, some empty, some full of something. */
function patchy(share: number): DensityGrid {
  const random = seeded(SEED + 1);
  return gridOf(
    () => {
      const kind = random.float();
      return kind > share ? 0.1 : kind < 0.1 * share ? -1 : 0.3 + 0.5 * random.float();
    },
    { threshold: 0.25 },
  );
}

const isFull = (grid: DensityGrid, cell: number): boolean =>
  cell >= 0 && (grid.cells[cell]! < 0 || grid.cells[cell]! > grid.threshold);

describe(`samples along rays (seed ${SEED})`, () => {
  describe.each([
    { what: 'a cube', space: cube },
    { what: 'all of space', space: all },
  ])('in $what', ({ space }) => {
    const grid = patchy(0.5);

    it('lie in order, where they say, inside what is looked at, and near something', () => {
      let samples = 0;
      for (const [r, ray] of someRays(30).entries()) {
        for (const word of [undefined, 0x9e3779b1 ^ (r * 77_777)]) {
          const found = march(space, grid, ray, { ...(word === undefined ? {} : { word }), at: r % 3 });
          samples += found.count;
          const name = `ray ${r}, word ${word}`;
          for (let i = 0; i < found.count; i++) {
            const t = found.distances[i]!;
            expect(t, name).toBeGreaterThanOrEqual(space.near - 1e-6);
            expect(t, name).toBeLessThanOrEqual(space.far + 1e-5);
            if (i > 0) expect(t, name).toBeGreaterThanOrEqual(found.distances[i - 1]!);
            expect(found.lengths[i], name).toBeGreaterThanOrEqual(0);
            const expected = referenceCoordinates(space, pointAt(ray, t));
            const cell = found.cells[i]!;
            const corner = [
              cell % resolution,
              Math.floor(cell / resolution) % resolution,
              Math.floor(cell / 256),
            ];
            for (const axis of [0, 1, 2]) {
              const x = found.positions[3 * i + axis]!;
              expect(Math.abs(x), name).toBeLessThanOrEqual(1 + 1e-6);
              expect(Math.abs(x - expected[axis]!), name).toBeLessThan(2e-6);
              const place = ((x + 1) / 2) * resolution - corner[axis]!;
              expect(Math.abs(place - 0.5), name).toBeLessThan(0.5 + 1e-5);
            }
            // A stretch is half a cell, and what its middle is, is the whole; in drawn-together space a cell is twice as
            // wide, and wider the farther away.
            const norm = Math.max(1, 2 * Math.max(...expected.map(Math.abs)));
            const reach = space.contracted ? 4 / (4 - 2 * norm + 1e-3) : 1;
            const quarter = (space.half * reach * 1.01) / resolution / 2;
            // It may have cut a corner.
            let near = isFull(grid, cellAt(space, ray, t));
            for (let i = -50; i <= 50 && !near; i++) {
              near = isFull(grid, cellAt(space, ray, t + (i / 50) * quarter));
            }
            expect(near, `${name}, sample ${i} at ${t}`).toBe(true);
          }
        }
      }
      expect(samples).toBeGreaterThan(400);
    });

    it('are the same for the same word, others for another, and always the same without', () => {
      for (const ray of someRays(12).slice(1, 9)) {
        const first = march(space, grid, ray, { word: 12_345 });
        expect(march(space, grid, ray, { word: 12_345, at: 5 })).toEqual(first);
        expect(march(space, grid, ray)).toEqual(march(space, grid, ray, { at: 2 }));
        if (first.count === 0) continue;
        expect(march(space, grid, ray, { word: 12_346 }).distances).not.toEqual(first.distances);
        expect(march(space, grid, ray).distances).not.toEqual(first.distances);
      }
    });
  });

  it('stand together for the stretches that are not empty', () => {
    const grid = patchy(0.4);
    const step = cube.half / resolution;
    let checked = 0;
    for (const [r, ray] of someRays(60).entries()) {
      for (const word of [undefined, 0x4000 * r + 3]) {
        // The same stretches, found with nothing but the definition: half cells from `near` on, the first cut short.
        const [near, far] = insideCube(ray);
        let expected = 0;
        const shift = word === undefined ? 0.5 : (word & 0xffff) / 65_536;
        for (let i = 0; near + (i - shift) * step < far; i++) {
          const start = Math.max(near, near + (i - shift) * step);
          const stop = Math.min(far, near + (i + 1 - shift) * step);
          if (isFull(grid, cellAt(cube, ray, (start + stop) / 2))) expected += stop - start;
        }
        const { lengths, count } = march(cube, grid, ray, word === undefined ? {} : { word });
        const sum = lengths.reduce((a, b) => a + b, 0) * cube.half;
        expect(Math.abs(sum - expected), `ray ${r}, word ${word}`).toBeLessThan(1e-5);
        expect(count > 0).toBe(expected > 0);
        checked += count;
      }
    }
    expect(checked).toBeGreaterThan(300);
  });

  it('stand for the whole way where all of space may be full', () => {
    // So thin that no light is lost on the way.
    const grid = gridOf(() => 1e-3);
    for (const ray of someRays(20)) {
      const { lengths } = march(all, grid, ray, { word: 99 });
      const sum = lengths.reduce((a, b) => a + b, 0);
      expect(Math.abs(sum * all.half - (all.far - all.near))).toBeLessThan(1e-3);
    }
  });

  it('are none where a ray meets nothing', () => {
    const grid = gridOf(() => 5);
    const [x, y, z] = cube.centre;
    const misses: Record<string, Ray> = {
      beside: [x + 2.01, y, z - 5, 0, 0, 1],
      behind: [x, y, z + 5, 0, 0, 1],
      'beyond far': [x, y, z - 11.5, 0, 0, 1],
      'before near': [x, y, z + 1.6, 0, 0, 1],
      'past an edge': [x - 4.1, y, z, Math.SQRT1_2, Math.SQRT1_2, 0],
    };
    for (const [name, ray] of Object.entries(misses)) {
      for (const word of [0, 0xffff_ffff]) expect(march(cube, grid, ray, { word }).count, name).toBe(0);
      expect(march(cube, grid, ray).count, name).toBe(0);
    }
    const through: Ray = [x, y, z - 5, 0, 0, 1];
    expect(march(cube, grid, through).count).toBeGreaterThan(0);
    expect(
      march(
        cube,
        gridOf(() => 0),
        through,
      ).count,
    ).toBe(0);
    expect(march(cube, DensityGrid.allocate(resolution), through).count).toBe(32);
  });

  it('are as many as there are stretches, and no more than there is room for', () => {
    const ray: Ray = [1.01, 0.55, -6, 0, 0, 1];
    // Two cells one after the other: four stretches of half a cell, and parts of them.
    const thin = gridOf((_, [, , z = 0]) => (z > 0 && z < 0.25 ? 0.5 : 0));
    for (const slots of [1, 3, 32]) {
      const { count, lengths } = march(cube, thin, ray, { slots, word: 5 });
      expect(count).toBe(Math.min(slots, 4));
      expect(lengths.reduce((a, b) => a + b, 0)).toBeCloseTo(0.25, 5);
    }
    expect(
      march(
        cube,
        gridOf(() => 0.5),
        ray,
        { slots: 7, word: 5 },
      ).count,
    ).toBe(7);
  });

  it('are more where a ray is rendered', () => {
    const full = gridOf(() => 0.05, { size: 32 });
    for (const [slots, rendered] of [
      [8, marchDefaults.rendered],
      [40, 40],
    ] as const) {
      // A cube of 32 cells is 64 stretches long.
      expect(march(cube, full, [1.01, 0.55, -6, 0, 0, 1], { slots }).count).toBe(rendered);
      expect(renderedSamples(slots)).toBe(rendered);
    }
  });

  it.each([
    ['a cube', cube, 0.2],
    ['a cube with next to nothing in it', cube, 0.02],
    ['all of space', all, 0.2],
  ])('are the same where empty blocks are crossed at once: %s', (_, space, share) => {
    const random = seeded(SEED + 2);
    const size = 8 * blockSide;
    // Some blocks are empty, and of the others most cells.
    const full = Array.from({ length: 8 ** 3 }, () => random.float() < share);
    const sparse = DensityGrid.allocate(size);
    for (let cell = 0; cell < size ** 3; cell++) {
      const something = random.float() < 0.1 && full[sparse.blockOf(cell)];
      sparse.cells[cell] = something ? [-1, 0.3, 2, 40][Math.floor(4 * random.float())]! : 0.1;
    }
    const plain = new DensityGrid({
      ...sparse.setup,
      bounds: new Float32Array(sparse.bounds.length).fill(Infinity).buffer,
    });
    sparse.take(sparse.cells, 0.25);
    plain.follow(0.25);
    expect(sparse.bounds.filter((bound) => bound <= 0.25).length).toBeGreaterThan(0.7 * sparse.bounds.length);
    let met = 0;
    for (const [r, ray] of someRays(400).entries()) {
      for (const word of [undefined, 0x9e3779b1 ^ (r * 77_777)]) {
        const options = { slots: 12, ...(word === undefined ? {} : { word }) };
        const found = march(space, sparse, ray, options);
        expect(found, `ray ${r}`).toEqual(march(space, plain, ray, options));
        met += Math.min(1, found.count);
      }
    }
    expect(met).toBeGreaterThan(10);
  });

  it.each([
    // e^(−12·0.768) < 10⁻⁴; the stretch in which that happens is taken whole.
    [12, 0.768 + 1 / resolution],
    // However dense, a stretch takes an optical depth of 1: ten of them, and the one that was cut short.
    [1000, 11 / resolution],
  ])('end where the grid lets no more light through: density %d', (density, reach) => {
    const { distances, lengths } = march(
      cube,
      gridOf(() => density),
      [1, 0.5, -6, 0, 0, 1],
      { word: 8 },
    );
    expect(Math.max(...distances)).toBeLessThan(3 + reach * cube.half);
    const length = lengths.reduce((a, b) => a + b, 0);
    expect(length).toBeLessThan(reach);
    expect(length).toBeGreaterThan(reach - 2 / resolution);
  });

  it('fall mostly where the light comes from, and some everywhere', () => {
    const wall = [0.25, 0.5] as const;
    const grid = gridOf((_, [, , z = 0]) => (z > wall[0] && z < wall[1] ? 12 : 0.05));
    let [inside, before, total] = [0, 0, 0];
    for (let word = 0; word < 200; word++) {
      const { positions, count } = march(cube, grid, [1.1, 0.6, -6, 0, 0, 1], { word: word * 40_503 });
      for (let i = 0; i < count; i++) {
        const z = positions[3 * i + 2]!;
        // Next to the wall, too: its cells' neighbours know no better.
        if (z > wall[0] - 0.13 && z < wall[1] + 0.13) inside++;
        else if (z < 0) before++;
      }
      total += count;
    }
    // The wall sends 0.9 of the light and is given ¾ of the samples by it, and its share of the even ones.
    expect(inside / total).toBeGreaterThan(0.7);
    expect(inside / total).toBeLessThan(0.95);
    // Half of the ray: a little over half of the even quarter, as the ray ends behind the wall at the latest.
    expect(before / total).toBeGreaterThan(0.1);
  });

  it('fall next to where the grid has the light, too: a cell knows no better than its neighbours', () => {
    const wall = 0.25;
    const stretch = 1 / resolution;
    const grid = gridOf((_, [, , z = 0]) => (z > wall ? 12 : 0.05));
    let [next, further] = [0, 0];
    for (let word = 0; word < 400; word++) {
      const { positions, count } = march(cube, grid, [1.1, 0.6, -6, 0, 0, 1], { word: word * 40_503 });
      for (let i = 0; i < count; i++) {
        const before = wall - positions[3 * i + 2]!;
        // A stretch belongs to its middle's cell: up to half of the first one in the wall lies before it.
        if (before > stretch / 2 && before < stretch) next++;
        if (before > 3 * stretch && before < 3.5 * stretch) further++;
      }
    }
    expect(further, 'samples go everywhere').toBeGreaterThan(10);
    expect(next).toBeGreaterThan(3 * further);
  });

  describe('integrate a density', () => {
    const profile = (z: number): number => 0.4 + 4 * Math.exp(-(((z - 0.2) / 0.3) ** 2));

    /** The mean of Σ density·length over many draws, relative to the integral along the ray. */
    function bias(slots: number, known: boolean): number {
      const grid = gridOf((_, [, , z = 0]) => (known ? profile(z) : 1e-4), { size: 32 });
      const words = 1000;
      let mean = 0;
      for (let word = 0; word < words; word++) {
        const { positions, lengths } = march(cube, grid, [1.1, 0.6, -6, 0, 0, 1], {
          word: Math.imul(word, 0x9e3779b1) >>> 0,
          slots,
        });
        mean += lengths.reduce((a, length, i) => a + length * profile(positions[3 * i + 2]!), 0) / words;
      }
      let integral = 0;
      for (let i = 0; i < 10_000; i++) integral += (2 / 10_000) * profile((i + 0.5) / 5000 - 1);
      return mean / integral - 1;
    }

    it('on average, where samples go evenly', () => {
      for (const slots of [8, 32])
        expect(Math.abs(bias(slots, false)), `${slots} samples`).toBeLessThan(0.005);
    });

    it('better and better, where they are guided', () => {
      // The last sample of many stands for half the way to the first of few: too much, by the square of their distance.
      const [few, more, most] = [16, 32, 64].map((slots) => Math.abs(bias(slots, true)));
      expect(few).toBeLessThan(0.06);
      expect(more).toBeLessThan(0.4 * few!);
      expect(most).toBeLessThan(0.01);
    });
  });
});

/** The part of a ray between near and far that lies in the cube. */
function insideCube(ray: Ray): [near: number, far: number] {
  let [near, far] = [cube.near, cube.far];
  for (const axis of [0, 1, 2]) {
    const [o, d] = [ray[axis]!, ray[axis + 3]!];
    const sides = [-1, 1].map((side) => (cube.centre[axis]! + side * cube.half - o) / d);
    near = Math.max(near, Math.min(...sides));
    far = Math.min(far, Math.max(...sides));
  }
  return [near, far];
}
