// The kernels of radiance fields against the plain reference and plain loops in double precision: at odd sizes, with buffers full of
// NaN before and guard words behind, three times with the same bits, and with invocations and workgroups in another order.
import { afterAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../../src/core/index.js';
import type { KernelSource, Params, Writing } from '../../../../src/engine/webgpu/wgsl/ids.js';
import {
  answersKernel,
  joinKernel,
  rayFlags,
  rayWords,
  renderKernel,
  seenKernel,
} from '../../../../src/engine/webgpu/wgsl/rays.js';
import {
  thinBlocks,
  thinGroups,
  thinKernel,
  thinWeightsKernel,
} from '../../../../src/engine/webgpu/wgsl/thin.js';
import { weightFlags } from '../../../../src/engine/webgpu/wgsl/weights.js';
import { referenceHarmonics, referenceRender } from '../../../reference/radiance.js';
import { floats, found, runKernel, skip, why, type KernelBuffer } from '../support.js';

afterAll(() => found?.close());

const random = createRandom(31);
const numbers = (count: number): Float32Array =>
  Float32Array.from({ length: count }, () => 2 * random.float() - 1);

async function run(
  make: (writing: Writing) => KernelSource,
  buffers: readonly KernelBuffer[],
  params: Params,
  groups: readonly [number, number?],
): Promise<Float32Array[]> {
  const first = await runKernel(make({}), buffers, params, groups);
  for (const writing of [{}, { order: 'bits' }] as const) {
    expect(await runKernel(make(writing), buffers, params, groups), JSON.stringify(writing)).toEqual(first);
  }
  return first.map(floats);
}

function near(got: ArrayLike<number>, wanted: readonly number[], bound: number, what: string): void {
  expect(got, what).toHaveLength(wanted.length);
  wanted.forEach((value, i) => {
    const off = Math.abs(got[i]! - value) / (1 + Math.abs(value));
    // No number is not near.
    if (!(off < bound)) expect(got[i], `${what}, number ${i}`).toBe(value);
  });
}

const rate = 0.3;
const most = 15;
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-rate * x));

describe.skipIf(skip)(`WGSL kernels of radiance fields, seed 31${why}`, () => {
  it.each([1, 3, 65])('see features and harmonics, and join their gradients: %i samples', async (rows) => {
    const directions = numbers(rayWords * 4);
    for (let i = 0; i < directions.length; i += rayWords) {
      const d = directions.subarray(i, i + 3);
      const length = Math.hypot(...d);
      d.set(d.map((value) => value / length));
    }
    const owners = Uint32Array.from({ length: rows }, (_, i) => (3 * i) % 4);
    const features = numbers(16 * rows);
    const rays = new Uint32Array(directions.buffer);
    const [, , , seen] = await run(seenKernel, [features, owners, rays, 32 * rows], { rows }, [
      Math.ceil(rows / 64),
    ]);
    const wanted = [...owners].flatMap((owner, row) => {
      const at = rayWords * owner;
      const harmonics = referenceHarmonics([...directions.subarray(at, at + 3)]);
      return [...features.subarray(16 * row + 1, 16 * row + 16), ...harmonics, 0];
    });
    near(seen!, wanted, 1e-6, 'seen');

    const [gradient, slopes] = [numbers(32 * rows), numbers(rows)];
    const [, , joined] = await run(joinKernel, [gradient, slopes, 16 * rows], { rows }, [
      Math.ceil(rows / 64),
    ]);
    const together = [...slopes].flatMap((slope, row) => [
      slope,
      ...gradient.subarray(32 * row, 32 * row + 15),
    ]);
    near(joined!, together, 1e-9, 'joined');
  });

  /** Rays with none to nine samples, what they see and should see, and what their samples are. */
  function scene(rays: number) {
    const counts = Array.from({ length: rays }, (_, i) => (i * 7) % 10);
    const samples = counts.reduce((sum, count) => sum + count, 0);
    const words = new Uint32Array(rays * rayWords);
    const rows = new Float32Array(words.buffer);
    rows.set(numbers(rows.length).map((value) => (value + 1) / 2));
    let end = 0;
    counts.forEach((count, ray) => {
      words[rayWords * ray + 3] = end += count;
      rows[rayWords * ray + 7] = ray % 3;
    });
    const features = numbers(16 * samples).map((value) => 3 * value);
    // Beyond the bound: there the density stays, and has no slope.
    features[16 * 5] = 15.5;
    features[16 * 6] = -15.5;
    const stretches = numbers(2 * samples).map((value) => (value + 1) / 4);
    return { counts, samples, words, rows, features, shades: numbers(16 * samples), stretches };
  }
  type Scene = ReturnType<typeof scene>;
  type Answers = Record<'features' | 'shades', ArrayLike<number>>;

  function reference({
    counts,
    rows,
    features,
    shades,
    stretches,
  }: Pick<Scene, 'counts' | 'rows' | 'stretches'> & Answers) {
    let at = 0;
    return counts.map((count, ray) => {
      const samples = Array.from({ length: count }, () => {
        const i = at++;
        return {
          density: Math.exp(Math.min(most, Math.max(-most, features[16 * i]!))),
          length: stretches[2 * i]!,
          distance: stretches[2 * i + 1]!,
          colour: [0, 1, 2].map((channel) => sigmoid(shades[16 * i + channel]!)),
        };
      });
      const row = rows.subarray(rayWords * ray, rayWords * (ray + 1));
      const seen = referenceRender(samples, [...row.subarray(8, 11)]);
      const residual = seen.colour.map((value, channel) => value - row[4 + channel]!);
      return { ...seen, residual, weight: row[7]! };
    });
  }

  const render = (of: Scene, flags: number) => {
    const { counts, samples, features, shades, stretches, words } = of;
    const rays = counts.length;
    return run(
      renderKernel,
      [features, shades, stretches, words, 16 * samples, samples, 5 * rays],
      {
        ...{ rows: rays, flags, factors: [rate, most, 1 / (3 * rays), 7] },
        places: [0, 3 * rays, 4 * rays],
      },
      [Math.ceil(rays / 64)],
    );
  };

  it.each([1, 70])('render %i rays, with their errors, or depths', async (rays) => {
    const of = scene(rays);
    const wanted = reference(of);
    const colours = wanted.flatMap(({ colour }) => colour);
    const compared = [
      ...colours,
      ...wanted.map(({ residual }) => residual.reduce((sum, value) => sum + value ** 2 / 3, 0)),
      ...wanted.map(({ residual }) => residual.reduce((sum, value) => sum + Math.abs(value), 0)),
    ];
    near((await render(of, 0))[6]!, compared, 5e-6, 'compared');
    const viewed = [
      ...colours,
      ...wanted.map(({ opacity }) => opacity),
      ...wanted.map(({ depth, opacity }) => depth + (1 - opacity) * 7),
    ];
    near((await render(of, rayFlags.view))[6]!, viewed, 5e-6, 'viewed');
  });

  it('has the gradient by densities and colours', async () => {
    const of = scene(13);
    const [, , , , gradient, slopes] = await render(of, rayFlags.gradient);
    const exact = { ...of, features: Float64Array.from(of.features), shades: Float64Array.from(of.shades) };
    const loss = (): number =>
      reference(exact)
        .map(({ residual, weight }) => weight * residual.reduce((sum, value) => sum + value ** 2, 0))
        .reduce((sum, value) => sum + value / (3 * 13), 0);
    const slopeOf = (values: Float64Array, at: number): number => {
      const kept = values[at]!;
      const [above, below] = [1e-5, -1e-5].map((by) => {
        values[at] = kept + by;
        return loss();
      });
      values[at] = kept;
      return (above! - below!) / 2e-5;
    };
    const every = Array.from({ length: of.samples }, (_, i) => i);
    near(
      slopes!,
      every.map((i) => slopeOf(exact.features, 16 * i)),
      2e-7,
      'by densities',
    );
    const byColours = every.flatMap((i) =>
      Array.from({ length: 16 }, (_, k) => (k < 3 ? slopeOf(exact.shades, 16 * i + k) : 0)),
    );
    near(gradient!, byColours, 2e-7, 'by colours');
    expect(Math.max(...byColours.map(Math.abs))).toBeGreaterThan(1e-3);
    expect([slopes![5], slopes![6]]).toEqual([0, 0]);
  });

  it('say what a field is at points', async () => {
    const [rows, features, shades] = [67, numbers(16 * 67), numbers(16 * 67)];
    const params = { rows, flags: rayFlags.colours, factors: [rate, most], places: [0, rows] };
    const [, , out] = await run(answersKernel, [features, shades, 4 * rows], params, [2]);
    const wanted = [
      ...Array.from({ length: rows }, (_, i) => Math.exp(features[16 * i]!)),
      ...Array.from({ length: 3 * rows }, (_, i) => sigmoid(shades[16 * Math.floor(i / 3) + (i % 3)]!)),
    ];
    near(out!, wanted, 2e-6, 'answers');
  });

  it.each([
    [1, 16, 16],
    [63, 32, 64],
    [65, 64, 16],
  ])('multiply thin layers: %i samples, %i by %i', async (rows, inner, outer) => {
    const [a, b, block] = [numbers(rows * inner), numbers(32 + (inner + 1) * outer), 32];
    const params = { rows, inner, outer, block, factors: [rate] };
    const product = (i: number): number => {
      const [row, column] = [Math.floor(i / outer), i % outer];
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += a[row * inner + k]! * b[block + k * outer + column]!;
      return sum;
    };
    const every = Array.from({ length: rows * outer }, (_, i) => i);
    const groups = [thinGroups(rows, outer)] as const;
    const forward = await run(
      (as) => thinKernel('forward', 'relu', as),
      [a, b, rows * outer],
      params,
      groups,
    );
    const bias = (i: number): number => b[block + inner * outer + (i % outer)]!;
    near(
      forward[2]!,
      every.map((i) => Math.max(0, rate * (product(i) + bias(i)))),
      3e-6,
      'forward',
    );

    const h = numbers(rows * outer);
    const back = await run((as) => thinKernel('inputs', 'relu', as), [a, b, h, rows * outer], params, groups);
    near(
      back[3]!,
      every.map((i) => (h[i]! > 0 ? rate * product(i) : 0)),
      3e-6,
      'by inputs',
    );

    // Two slices, the second of fewer samples or none.
    const [g, chunk, size] = [numbers(rows * outer), 48, (inner + 1) * outer];
    const before = numbers(2 * size);
    const weights = await run(
      thinWeightsKernel,
      [a, g, before],
      { rows, inner, outer, chunk, total: size, flags: weightFlags.adds },
      [thinBlocks(inner, outer), 2],
    );
    const sums = [...before].map((kept, i) => {
      const [slice, row, column] = [Math.floor(i / size), Math.floor((i % size) / outer), i % outer];
      let sum = kept;
      for (let n = slice * chunk; n < Math.min(rows, (slice + 1) * chunk); n++) {
        sum += (row === inner ? 1 : a[n * inner + row]!) * g[n * outer + column]!;
      }
      return sum;
    });
    near(weights[2]!, sums, 3e-6, 'by weights');
  });
});
