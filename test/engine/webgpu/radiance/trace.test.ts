// The kernel that makes rays out of their numbers against the pool's own rays: every lens, every kind of photograph and background, at
// odd sizes, from several buffers, with the same bits in every order.
import { afterAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../../src/core/index.js';
import { createIntrinsics } from '../../../../src/nerf/cameras/intrinsics.js';
import { someOf } from '../../../../src/core/samples.js';
import type { FieldSpace } from '../../../../src/engine/models/index.js';
import { drawBackground } from '../../../../src/engine/training/rays/background.js';
import { mix } from '../../../../src/engine/training/rays/hash.js';
import { cameraTable, layOutPool } from '../../../../src/engine/webgpu/radiance/traced.js';
import type { Order, Params, Writing } from '../../../../src/engine/webgpu/wgsl/ids.js';
import { rayWords } from '../../../../src/engine/webgpu/wgsl/rays.js';
import { photographBuffers, traceFlags, traceKernel } from '../../../../src/engine/webgpu/wgsl/trace.js';
import type { RayPool } from '../../../../src/nerf/rays/pool.js';
import { floats, found, runKernel, skip, why } from '../support.js';
import { lenses, noisyPool, poseAt, viewsOf } from './scenes.js';

afterAll(() => found?.close());

const SEED = 43;
const space: FieldSpace = { centre: [0.5, -0.25, 1], half: 1.5, contracted: false, near: 0.1, far: 9 };
const behind = [0.25, 0.5, 0.125];
const through = [1, 0.75, 0.5] as const;

/** The photographs as the device has them. @param apart each view in a buffer of its own, in turns */
function keptOf({ pixelRays, size }: RayPool, apart: boolean) {
  const laid = layOutPool(size, pixelRays);
  if (typeof laid === 'string') throw new Error(laid);
  const bytes = Array.from({ length: photographBuffers }, () => 0);
  const places = laid.places.map((place, i) => {
    const buffer = apart ? i % photographBuffers : place.buffer;
    const at = bytes[buffer]!;
    bytes[buffer]! += Math.ceil((pixelRays.photograph(i)?.data.length ?? 0) / 4) * 4;
    return { ...place, buffer, at };
  });
  if (!apart) expect(places).toEqual(laid.places);
  const photographs = bytes.map((length) => new Uint8Array(Math.max(4, length)));
  places.forEach(({ buffer, at }, i) => photographs[buffer]!.set(pixelRays.photograph(i)!.data, at));
  return {
    cameras: cameraTable(pixelRays.cameras, space, places),
    photographs: photographs.map((part) => new Uint32Array(part.buffer)),
  };
}

/** Rays by the kernel, in these orders of its invocations too. */
async function traced(
  pool: RayPool,
  chosen: Uint32Array,
  params: Params,
  apart: boolean,
  orders: readonly Order[] = ['plain', 'reversed', 'bits'],
): Promise<Uint32Array> {
  const { cameras, photographs } = keptOf(pool, apart);
  const { rows = 0 } = params;
  const all = { inner: pool.cameras.length, factors: [...behind, 0, ...through], ...params };
  const run = async (writing: Writing) => {
    const buffers = [chosen, cameras, ...photographs, rays(rows)];
    return (await runKernel(traceKernel(writing), buffers, all, [Math.ceil(rows / 64)])).at(-1)!;
  };
  const rays = (count: number): number => rayWords * count;
  const first = await run({});
  for (const order of orders) expect(await run({ order })).toEqual(first);
  return first;
}

/** How far the kernel's rays are from the pool's, at most: directions, targets, and places in the field's units. */
function distances(pool: RayPool, numbers: Uint32Array, rows: Uint32Array, weights?: Float32Array) {
  const { inputs, targets } = pool.gather(someOf(numbers));
  const seen = floats(rows);
  const most = { direction: 0, target: 0, place: 0, weight: 0 };
  numbers.forEach((_, ray) => {
    const at = rayWords * ray;
    const weight = weights?.[ray] ?? 1;
    most.weight = Math.max(most.weight, Math.abs(seen[at + 7]! - weight));
    for (let axis = 0; axis < 3; axis++) {
      const place = (inputs[6 * ray + axis]! - space.centre[axis]!) / space.half;
      const target = weight === 0 ? 0 : targets[3 * ray + axis]!;
      most.direction = Math.max(most.direction, Math.abs(seen[at + axis]! - inputs[6 * ray + 3 + axis]!));
      most.target = Math.max(most.target, Math.abs(seen[at + 4 + axis]! - target));
      most.place = Math.max(most.place, Math.abs(seen[at + 12 + axis]! - Math.fround(place)));
    }
  });
  expect(most.weight).toBe(0);
  return most;
}

describe.skipIf(skip)(`the WGSL kernel that makes rays, seed ${SEED}${why}`, () => {
  const every = Object.entries(lenses).map(([name, lens]) => [name, lens, 2e-6] as const);
  // It bends its picture back into itself a pixel beyond its corners.
  const brink = createIntrinsics({ width: 64, height: 48, fx: 59.5, k1: -1 / 3 });
  it.each([...every, ['a lens on the brink', brink, 4e-6] as const])(
    'undoes %s as the CPU does, in every pixel',
    async (_, lens, bound) => {
      const pool = noisyPool(viewsOf([[lens, poseAt(1, [1.5, -2, 0.7])]]), { background: through });
      const numbers = Uint32Array.from({ length: pool.size }, (__, i) => i);
      const params = { rows: pool.size, chunk: SEED, block: 3, flags: traceFlags.whole };
      const rows = await traced(pool, Uint32Array.of(0), params, false, []);
      const { direction, target, place } = distances(pool, numbers, rows);
      expect(direction).toBeLessThan(bound);
      // Bytes of opaque photographs come through a table.
      expect([target, place]).toEqual([0, 0]);
    },
  );

  /** Views of all lenses, and rays of them: their first and last ones, and others. */
  function mixed(rays: number) {
    const random = createRandom(SEED);
    const views = viewsOf(Object.values(lenses).map((lens, i) => [lens, poseAt(i, [i, 1 - i, 0.3 * i])]));
    const pool = noisyPool(views, { background: through });
    const ends = [...pool.firstOfView].flatMap((first) => [first - 1, first]).slice(1, -1);
    const numbers = Uint32Array.from({ length: rays }, (_, i) => ends[i] ?? random.below(pool.size));
    return { pool, numbers };
  }

  it.each([
    [1, false],
    [63, true],
    [65, false],
  ])('makes %i rays of several cameras, with weights and backgrounds', async (count, apart) => {
    const { pool, numbers } = mixed(count);
    const weights = Float32Array.from(numbers, (_, i) => ((i + 1) % 4) / 2);
    const chosen = new Uint32Array([...numbers, ...new Uint32Array(weights.buffer)]);
    const params = { rows: count, first: 100, chunk: SEED, block: 8, flags: traceFlags.weighted };
    const rows = await traced(pool, chosen, params, apart);
    const { direction, target, place } = distances(pool, numbers, rows, weights);
    expect(direction).toBeLessThan(4e-6);
    expect(target).toBeLessThan(2e-7);
    expect(place).toBe(0);
    const seen = floats(rows);
    numbers.forEach((_, ray) => {
      expect([...seen.subarray(rayWords * ray + 8, rayWords * ray + 11)]).toEqual(behind);
      expect(rows[rayWords * ray + 15]).toBe(mix(SEED, 8, 100 + ray));
    });
    const unlike = { ...params, flags: traceFlags.weighted | traceFlags.random };
    const random = floats(await traced(pool, chosen, unlike, apart, []));
    const colour = new Float32Array(3);
    numbers.forEach((_, ray) => {
      drawBackground(mix(SEED, 8, 100 + ray), colour, 0);
      colour.forEach((value, i) =>
        expect(Math.abs(random[rayWords * ray + 8 + i]! - value)).toBeLessThan(2e-7),
      );
    });
  });

  it('makes the rays of a view, which are compared with nothing', async () => {
    const { pool } = mixed(1);
    const [camera] = pool.cameras.slice(1);
    const table = cameraTable([camera!], space);
    const none = Uint32Array.of(0);
    const params = {
      ...{ rows: 65, inner: 1, total: 130, chunk: SEED, block: 0, factors: behind },
      flags: traceFlags.whole | traceFlags.view,
    };
    const photographs = Array.from({ length: photographBuffers }, () => none);
    const found = await runKernel(traceKernel(), [none, table, ...photographs, 65 * rayWords], params, [2]);
    const numbers = Uint32Array.from({ length: 65 }, (_, i) => pool.firstOfView[1]! + 130 + i);
    const rows = found.at(-1)!;
    const { direction, place } = distances(pool, numbers, rows, new Float32Array(65));
    expect(direction).toBeLessThan(4e-6);
    expect(place).toBe(0);
    const seen = floats(rows);
    expect([...seen.subarray(4, 11)]).toEqual([0, 0, 0, 0, ...behind]);
    expect(rows[15]).toBe(0);
  });
});
