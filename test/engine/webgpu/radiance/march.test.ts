// The kernels that draw samples along rays against the CPU's own.
import { afterAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../../src/core/index.js';
import type { FieldSpace } from '../../../../src/engine/models/index.js';
import { DensityGrid } from '../../../../src/engine/training/rays/density-grid.js';
import { mix } from '../../../../src/engine/training/rays/hash.js';
import { allocateSamples, RayMarcher, renderedSamples } from '../../../../src/engine/training/rays/march.js';
import type { KernelSource, Params, Writing } from '../../../../src/engine/webgpu/wgsl/ids.js';
import { drawKernel, marchFlags, scanKernel, walkKernel } from '../../../../src/engine/webgpu/wgsl/march.js';
import { rayWords } from '../../../../src/engine/webgpu/wgsl/rays.js';
import { floats, found, runKernel, skip, why, type KernelBuffer } from '../support.js';

afterAll(() => found?.close());

const random = createRandom(41);
const resolution = 16;
const slots = 6;
const threshold = 0.5;

/** Cells that are empty, that hold something, and of which nothing is known. */
const grid = DensityGrid.allocate(resolution, false);
grid.cells.forEach((_, i) => {
  const kind = random.float();
  grid.cells[i] = kind < 0.6 ? 0.4 * random.float() : kind < 0.7 ? -1 : 30 * random.float();
});
grid.take(grid.cells, threshold);

async function run(
  make: (writing: Writing) => KernelSource,
  buffers: readonly KernelBuffer[],
  params: Params,
  groups: number,
): Promise<Uint32Array[]> {
  const first = await runKernel(make({}), buffers, params, [groups]);
  expect(await runKernel(make({ order: 'bits' }), buffers, params, [groups])).toEqual(first);
  return first;
}

/** Rays into and past the cube, some along an axis, one without weight. */
function someRays(space: FieldSpace, count: number): Float32Array {
  const rays = new Float32Array(6 * count);
  for (let i = 0; i < count; i++) {
    const v = i % 9 === 4 ? [0, 0, 1] : [0, 1, 2].map(() => 2 * random.float() - 1);
    const direction = v.map((value) => value / Math.hypot(...v));
    const aside = i % 7 === 3 ? 4 : 0.8;
    const origin = direction.map(
      (d, axis) => space.centre[axis]! + space.half * (aside * (2 * random.float() - 1) - 3 * d),
    );
    rays.set([...origin, ...direction], 6 * i);
  }
  return rays;
}

const spaces: [string, FieldSpace][] = [
  ['a cube', { centre: [0, 0.5, -0.25], half: 1.5, contracted: false, near: 0.5, far: 9 }],
  ['all of space', { centre: [0.1, 0, 0], half: 0.5, contracted: true, near: 0.1, far: 40 }],
];

describe.skipIf(skip)(`WGSL kernels along rays, seed 41${why}`, () => {
  it.each(spaces.flatMap(([name, space]) => [undefined, 5].map((step) => ({ name, space, step }))))(
    'draw the samples of the CPU: $name, step $step',
    async ({ space, step }) => {
      const count = 70;
      const rays = someRays(space, count);
      const marcher = new RayMarcher(space, grid, slots);
      // More where a view is rendered.
      const most = step === undefined ? renderedSamples(slots) : slots;
      const into = allocateSamples(most);
      const wanted = Array.from({ length: count }, (_, ray) => {
        const word = step === undefined ? undefined : mix(3, step, ray);
        const size = step !== undefined && ray === 8 ? 0 : marcher.march(rays, ray, word, into, 0);
        return {
          size,
          positions: into.positions.slice(0, 3 * size),
          lengths: into.lengths.slice(0, size),
          distances: into.distances.slice(0, size),
        };
      });
      const words = new Uint32Array(count * rayWords);
      const rows = new Float32Array(words.buffer);
      for (let ray = 0; ray < count; ray++) {
        const at = rayWords * ray;
        rows.set(rays.subarray(6 * ray + 3, 6 * ray + 6), at);
        rows[at + 7] = ray === 8 ? 0 : 1;
        for (let axis = 0; axis < 3; axis++) {
          rows[at + 12 + axis] = (rays[6 * ray + axis]! - space.centre[axis]!) / space.half;
        }
        words[at + 15] = step === undefined ? 0 : mix(3, step, ray);
      }
      const params = {
        ...{ rows: count, inner: resolution, chunk: most },
        flags:
          (space.contracted ? marchFlags.contracted : 0) |
          (step === undefined ? marchFlags.middles : marchFlags.weighted),
        factors: [space.near / space.half, space.far / space.half, space.half],
      };
      const groups = Math.ceil(count / 64);
      const survey = Float32Array.of(threshold, 0);
      const [, , , walks] = await run(walkKernel, [grid.cells, survey, words, 4 * count], params, groups);
      const scanned = await run(scanKernel, [walks!, words, 1], params, 1);
      const ends = Array.from({ length: count }, (_, ray) => scanned[1]![rayWords * ray + 3]!);
      const sizes = ends.map((end, ray) => end - (ends[ray - 1] ?? 0));
      const total = ends.at(-1)!;
      expect(scanned[2]![0]).toBe(total);
      const room = most * count;
      const drawn = await run(
        drawKernel,
        [grid.cells, survey, scanned[1]!, walks!, 3 * room, 2 * room, room],
        params,
        groups,
      );
      const [points, stretches] = [drawn[4], drawn[5]].map(floats) as [Float32Array, Float32Array];
      // Rays miss, or have some samples, or as many as there may be.
      expect(new Set(sizes).size).toBeGreaterThan(2);
      let [same, compared] = [0, 0];
      wanted.forEach(({ size, positions, lengths, distances }, ray) => {
        // Where a place is within rounding of a cell's border, a ray may have a stretch more or less.
        if (sizes[ray] !== size) return;
        const start = ends[ray]! - size;
        const near = (got: number, value: number): boolean =>
          Math.abs(got - value) < 2e-5 * (1 + Math.abs(value));
        let all = true;
        for (let i = 0; i < size; i++) {
          expect(drawn[6]![start + i]).toBe(ray);
          all &&= [0, 1, 2].every((axis) => near(points[3 * (start + i) + axis]!, positions[3 * i + axis]!));
          all &&= near(stretches[2 * (start + i)]!, lengths[i]!);
          all &&= near(stretches[2 * (start + i) + 1]!, distances[i]!);
          compared++;
        }
        if (all) same++;
      });
      expect(same).toBeGreaterThanOrEqual(count - 3);
      expect(compared).toBeGreaterThan(100);
    },
  );

  it.each([1, 255, 700])('sum %i rays up', async (rows) => {
    const walks = Float32Array.from({ length: 4 * rows }, (_, i) => (i % 4 === 0 ? (i / 4) % 9 : Number.NaN));
    const [, rays] = await run(
      scanKernel,
      [walks, new Uint32Array(rows * rayWords), 1],
      { rows, chunk: slots },
      1,
    );
    let end = 0;
    for (let ray = 0; ray < rows; ray++) {
      end += Math.min(slots, ray % 9);
      expect(rays![rayWords * ray + 3]).toBe(end);
    }
  });
});
