// The NeRF fixture through the pipeline: its own geometry, sampled by the marcher and put together by the graph, gives its
// photographs; and a field trained on the photographs comes to show them.
import { allOf, someOf } from '../../../src/core/samples.js';
import { batchOf } from '../trainer-contract.js';
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-node';
import { afterEach, describe, expect, it } from 'vitest';
import { createRandom } from 'evos';
import { createRadianceTrainer, HASH_GRID_ADAM, radianceField, type RadianceTrainer } from 'evos/engine';
import { createRayPool, type RayPool } from 'evos/nerf';
import { loadScene } from 'evos/nerf/files';
import { colourAt, solidAt, solids } from '../../../fixtures/nerf/geometry.js';
import { GraphBuilder } from '../../../src/engine/graph/index.js';
import { DensityGrid } from '../../../src/engine/training/rays/density-grid.js';
import { mix } from '../../../src/engine/training/rays/hash.js';
import { allocateSamples, RayMarcher } from '../../../src/engine/training/rays/march.js';
import type { FieldSpace } from '../../../src/engine/models/index.js';
import { volumeRender } from '../../../src/engine/radiance/volume.js';
import { resizeIntrinsics } from '../../../src/nerf/cameras/intrinsics.js';

const SEED = 20;
const folder = fileURLToPath(new URL('../../../fixtures/nerf/scene/', import.meta.url));
const space: FieldSpace = { centre: [0, 0, 0], half: 1, contracted: false, near: 2, far: 6 };

const open: RadianceTrainer[] = [];
afterEach(async () => {
  for (const trainer of open.splice(0)) await trainer.dispose();
});

/** Rays of a pool as a trainer takes them, and their colours. */
function gather(pool: RayPool, indices: Uint32Array): { rays: Float32Array; targets: Float32Array } {
  const { inputs, targets } = pool.gather(someOf(indices));
  return { rays: inputs.slice(), targets: targets.slice() };
}

const count = (n: number): Uint32Array => Uint32Array.from({ length: n }, (_, i) => i);

function psnr(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let squares = 0;
  for (let i = 0; i < a.length; i++) squares += (a[i]! - b[i]!) ** 2;
  return -10 * Math.log10(squares / a.length);
}

/**
 * Inside the solids; nothing beside them. Light is gone a pixel's width behind the surface. Where it is gone within a cell
 * of the grid, rays end in cells that they only touch.
 */
const opaque = 150;

/** The colour of the surface next to a point inside: chequers would change a thousandth below it. */
function colourInside(solid: number, point: readonly number[]): readonly number[] {
  const shape = solids[solid]!;
  const [x, y, z] = point as [number, number, number];
  if (shape.kind === 'ball') return colourAt(solid, x, y, z);
  const onto = [...point];
  let nearest = Infinity;
  for (const axis of [0, 1, 2] as const) {
    for (const side of [shape.min[axis], shape.max[axis]]) {
      if (Math.abs(point[axis]! - side) >= nearest) continue;
      nearest = Math.abs(point[axis]! - side);
      onto.splice(0, 3, ...point);
      onto[axis] = side;
    }
  }
  return colourAt(solid, onto[0]!, onto[1]!, onto[2]!);
}

/** The grid as it were if it had looked everywhere, some times in each cell. */
function knownGrid(): DensityGrid {
  const grid = DensityGrid.allocate();
  const { resolution, cells } = grid;
  const shares = [0.02, 0.5, 0.98];
  for (let cell = 0; cell < cells.length; cell++) {
    const corner = [0, 1, 2].map((axis) => Math.floor(cell / resolution ** axis) % resolution);
    const at = (axis: number, share: number): number => (2 * (corner[axis]! + share)) / resolution - 1;
    cells[cell] = 0;
    // Nothing is below the slab or above the balls.
    if (at(2, 1) < -0.7 || at(2, 0) > 0.75) continue;
    const [x, y, z] = [0, 1, 2].map((axis) => shares.map((share) => at(axis, share))) as [
      number[],
      number[],
      number[],
    ];
    for (const i of x) {
      for (const j of y) for (const k of z) if (solidAt(i, j, k) >= 0) cells[cell]! += opaque / 27;
    }
  }
  return grid;
}

describe(`the geometry of the fixture (seed ${SEED})`, () => {
  it('comes through the marcher and the graph as the photographs show it, by 35 dB and more', async () => {
    const scene = await loadScene(folder);
    const grid = knownGrid();
    grid.survey();
    const slots = 32;
    const marcher = new RayMarcher(space, grid, slots);
    const b = new GraphBuilder('render');
    const rendered = volumeRender(b, {
      densities: b.input('densities', ['n', 1]),
      colours: b.input('colours', ['n', 3]),
      lengths: b.input('lengths', ['n', 1]),
      places: b.input('places', ['n', 2], 'int64'),
      perRay: b.input('perRay', ['r', 3]),
      slots,
      background: b.initializer('background', [1, 1, 1], [3]),
    });
    b.output(rendered.colours, 'seen');
    const session = await ort.InferenceSession.create(b.model(), { intraOpNumThreads: 1 });
    const found: number[] = [];
    for (const view of scene.views.filter(({ split }) => split === 'test')) {
      const coarse = createRayPool({ views: [view], hasAlpha: true });
      const fine = createRayPool({
        views: [{ ...view, intrinsics: resizeIntrinsics(view.intrinsics, 256, 256) }],
        hasAlpha: true,
      });
      await coarse.ready(allOf(coarse.size));
      fine.setPixels(0, new Uint8Array(3 * 256 * 256), 3);
      const photograph = gather(coarse, count(64 * 64)).targets;
      const mean = new Float32Array(photograph.length);
      const samples = allocateSamples(256 * 16 * slots);
      for (let from = 0; from < 256 * 256; from += 256 * 16) {
        const indices = count(256 * 16).map((i) => from + i);
        const { rays } = gather(fine, indices);
        const places: bigint[] = [];
        let n = 0;
        indices.forEach((index, ray) => {
          const own = marcher.march(rays, ray, mix(SEED, 0, index), samples, n);
          for (let slot = 0; slot < own; slot++) places.push(BigInt(ray), BigInt(slot));
          n += own;
        });
        const densities = new Float32Array(n);
        const colours = new Float32Array(3 * n);
        for (let i = 0; i < n; i++) {
          const [x = 0, y = 0, z = 0] = samples.positions.subarray(3 * i, 3 * i + 3);
          const solid = solidAt(x, y, z);
          if (solid < 0) continue;
          densities[i] = opaque;
          colours.set(colourInside(solid, [x, y, z]), 3 * i);
        }
        const { seen } = await session.run({
          densities: new ort.Tensor('float32', densities, [n, 1]),
          colours: new ort.Tensor('float32', colours, [n, 3]),
          lengths: new ort.Tensor('float32', samples.lengths.slice(0, n), [n, 1]),
          places: new ort.Tensor('int64', BigInt64Array.from(places), [n, 2]),
          perRay: new ort.Tensor('float32', new Float32Array(3 * indices.length), [indices.length, 3]),
        });
        const values = seen?.data as Float32Array;
        indices.forEach((index, ray) => {
          const pixel = (index >> 10) * 64 + ((index & 255) >> 2);
          for (let c = 0; c < 3; c++) mean[3 * pixel + c]! += values[3 * ray + c]! / 16;
        });
      }
      found.push(psnr(mean, photograph));
    }
    await session.release();
    for (const value of found) expect(value).toBeGreaterThan(35);
  });
});

describe(`training on the fixture (seed ${SEED})`, () => {
  it('shows views that it has not seen, far better than a single colour, and finds space empty', async () => {
    const scene = await loadScene(folder);
    const [train, test] = (['train', 'test'] as const).map((split) =>
      createRayPool({ views: scene.views.filter((view) => view.split === split), hasAlpha: true }),
    ) as [RayPool, RayPool];
    await train.ready(allOf(train.size));
    await test.ready(allOf(test.size));
    const trainer = createRadianceTrainer({
      field: radianceField({
        space,
        levels: 6,
        log2TableSize: 13,
        finestResolution: 96,
        width: 16,
        depth: 1,
      }),
      adam: HASH_GRID_ADAM,
      seed: SEED,
      device: 'cpu',
      workers: 2,
      background: [1, 1, 1],
    });
    open.push(trainer);
    expect(trainer.occupancy).toBe(1);
    const random = createRandom(SEED);
    const losses: number[] = [];
    const size = 1024;
    for (let step = 0; step < 80; step++) {
      const { rays, targets } = gather(
        train,
        Uint32Array.from({ length: size }, () => random.below(train.size)),
      );
      const batch = batchOf(rays, targets, size);
      losses.push((await trainer.step(batch, { wants: [] })).loss);
    }
    const { rays, targets } = gather(test, count(test.size));
    const { colours, opacities, depths } = await trainer.render(rays);
    const mean = [0, 1, 2].map(
      (c) => targets.filter((_, i) => i % 3 === c).reduce((a, v) => a + v, 0) / test.size,
    );
    const plain = psnr(
      targets.map((_, i) => mean[i % 3]!),
      targets,
    );
    expect(losses.at(-1)!).toBeLessThan(losses[0]! / 5);
    expect(psnr(colours, targets)).toBeGreaterThan(plain + 6);
    expect(trainer.occupancy).toBeLessThan(0.9);
    expect(opacities.every((value) => value >= 0 && value < 1.00001)).toBe(true);
    expect(depths.every((value) => value > 2 && value < 6.00001)).toBe(true);
  });
});
