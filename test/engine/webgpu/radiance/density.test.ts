// The kernels that keep the density grid up, against plain loops over the same rule; and the grid of whole steps, which does not depend
// on how these are cut, and goes on from snapshots bit for bit.
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { createRandom } from '../../../../src/core/index.js';
import { someOf } from '../../../../src/core/samples.js';
import { HASH_GRID_ADAM, radianceField, type FieldSpace } from '../../../../src/engine/models/index.js';
import {
  DensityGrid,
  densityGridDefaults,
  looksAfter,
  probesFrom,
} from '../../../../src/engine/training/rays/density-grid.js';
import { WebGpuRayTrainer } from '../../../../src/engine/webgpu/radiance/trainer.js';
import {
  noteKernel,
  occupiedKernel,
  probeKernel,
  settleFlags,
  settleKernel,
  surveyGroups,
  surveyKernel,
  surveyLanes,
  tallyExponent,
  thresholdKernel,
} from '../../../../src/engine/webgpu/wgsl/density.js';
import type { KernelSource, Params, Writing } from '../../../../src/engine/webgpu/wgsl/ids.js';
import { createIntrinsics } from '../../../../src/nerf/cameras/intrinsics.js';
import { classes, none } from '../counting.js';
import { floats, found, keptGpu, runKernel, skip, why, type KernelBuffer } from '../support.js';
import { lookFrom, noisyPool, viewsOf } from './scenes.js';

const open: WebGpuRayTrainer[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const trainer of open.splice(0)) await trainer.dispose();
});
afterAll(() => found?.close());

const SEED = 47;
const random = createRandom(SEED);
const most = 15;
const [side, cells] = [8, 512];
const rate = 0.1;

/** Runs a kernel three times, and with invocations and workgroups in other orders. */
async function run(
  make: (writing: Writing) => KernelSource,
  buffers: readonly KernelBuffer[],
  params: Params,
  groups: number,
): Promise<Uint32Array[]> {
  const first = await runKernel(make({}), buffers, params, [groups]);
  for (const writing of [{}, { order: 'bits' }, { order: 'reversed' }] as const) {
    const again = await runKernel(make(writing), buffers, params, [groups]);
    expect(again.map(bytes).join(), JSON.stringify(writing)).toBe(first.map(bytes).join());
  }
  return first;
}

/** Long arrays compare fast as text. */
const bytes = (of: Uint32Array | Float32Array): string =>
  Buffer.from(of.buffer, of.byteOffset, of.byteLength).toString('latin1');

/** Samples that share few cells, some on the borders of the cube, and of all densities that there may be. */
function someSamples(rows: number) {
  const points = Float32Array.from({ length: 3 * rows }, (_, i) =>
    i < 6 ? (i % 2) * 2 - 1 : 0.6 * random.float(),
  );
  const features = new Float32Array(16 * rows).fill(Number.NaN);
  for (let row = 0; row < rows; row++) features[16 * row] = 40 * random.float() - 20;
  const cellOf = (row: number): number =>
    [2, 1, 0].reduce((cell, axis) => {
      const place = Math.floor((points[3 * row + axis]! + 1) * (side / 2));
      return cell * side + Math.min(side - 1, place);
    }, 0);
  const density = (row: number): number => Math.exp(Math.min(most, Math.max(-most, features[16 * row]!)));
  return { rows, points, features, cellOf, density };
}

/** The rule: a cell moves towards the mean of what was found in it, as far as by each of them in turn. */
function moved(before: Float32Array, { rows, cellOf, density }: ReturnType<typeof someSamples>): number[] {
  const found = new Map<number, number[]>();
  for (let row = 0; row < rows; row++)
    found.set(cellOf(row), [...(found.get(cellOf(row)) ?? []), density(row)]);
  return Array.from(before, (known, cell) => {
    const densities = found.get(cell);
    if (densities === undefined) return known;
    const mean = densities.reduce((a, b) => a + b) / densities.length;
    return known < 0 ? mean : mean + (1 - rate) ** densities.length * (known - mean);
  });
}

const off = (got: Float32Array, wanted: readonly number[]): number =>
  Math.max(...wanted.map((value, i) => Math.abs(got[i]! - value) / (1 + Math.abs(value))));

describe.skipIf(skip)(`WGSL kernels of the density grid, seed ${SEED}${why}`, () => {
  it.each([1, 63, 65, 3001])('move cells to where %i samples were, whoever comes first', async (rows) => {
    const samples = someSamples(rows);
    const exponent = tallyExponent(rows, most);
    const [, , hits, sums] = await run(
      noteKernel,
      [samples.features, samples.points, new Uint32Array(cells), new Uint32Array(2 * cells)],
      { rows, inner: side, factors: [2 ** (exponent - 32), most] },
      Math.ceil(rows / 64),
    );
    const inCell = new Uint32Array(cells);
    for (let row = 0; row < rows; row++) inCell[samples.cellOf(row)]! += 1;
    expect(hits).toEqual(inCell);
    // Several samples share a cell, and their sum is larger than a word.
    if (rows > 3000) {
      expect(Math.max(...inCell)).toBeGreaterThan(20);
      expect(sums!.some((word, i) => i % 2 === 1 && word > 0)).toBe(true);
    }

    const before = Float32Array.from(
      { length: cells },
      (_, cell) => [-1, 0, 3e4 * random.float()][cell % 3]!,
    );
    const factors = [2 ** (32 - exponent), rate];
    const bySamples = await run(
      settleKernel,
      [samples.points, hits!, sums!, before],
      { rows, inner: side, factors },
      Math.ceil(rows / 256),
    );
    const everywhere = await run(
      settleKernel,
      [1, hits!, sums!, before],
      { rows: cells, inner: side, factors, flags: settleFlags.everywhere },
      cells / 256,
    );
    expect(everywhere.slice(1)).toEqual(bySamples.slice(1));
    expect([...bySamples[1]!, ...bySamples[2]!].every((word) => word === 0)).toBe(true);
    expect(off(floats(bySamples[3]), moved(before, samples))).toBeLessThan(2e-6);
  });

  it('are what the CPU comes to in the mean over all orders', () => {
    const [a, b, c] = [7, 1, 40];
    const before = Float32Array.of(2);
    const orders = [
      [a, b, c],
      [a, c, b],
      [b, a, c],
      [b, c, a],
      [c, a, b],
      [c, b, a],
    ];
    const ends = orders.map((densities) => {
      const grid = DensityGrid.allocate(1);
      grid.cells.set(before);
      grid.learn(new Int32Array(3), Float32Array.from(densities), 3, rate);
      return grid.cells[0]!;
    });
    const samples = { ...someSamples(3), cellOf: () => 0, density: (row: number) => orders[0]![row]! };
    const mean = ends.reduce((sum, value) => sum + value / ends.length, 0);
    expect(moved(before, samples)[0]).toBeCloseTo(mean, 5);
  });

  it('hold as many samples as a step may have, all in a cell and as dense as can be', async () => {
    for (const samples of [1, 65_536, 2 ** 25]) {
      const largest = Math.exp(most) * 2 ** tallyExponent(samples, most) * samples;
      expect(largest).toBeLessThan(2 ** 64);
      expect(largest).toBeGreaterThan(2 ** 62);
    }
    // Nearly all of the bits that there are.
    const exponent = tallyExponent(2 ** 25, most);
    const sum = BigInt(2 ** 25 - 1) * BigInt(Math.floor(Math.exp(most) * 2 ** exponent));
    const sums = Uint32Array.of(Number(sum & 0xffffffffn), Number(sum >> 32n));
    const [, , , settled] = await run(
      settleKernel,
      [1, Uint32Array.of(2 ** 25 - 1), sums, Float32Array.of(-1)],
      { rows: 1, inner: 1, factors: [2 ** (32 - exponent), rate], flags: settleFlags.everywhere },
      1,
    );
    expect(floats(settled)[0]! / Math.exp(most)).toBeCloseTo(1, 5);
  });

  it.each([1, 70])('draw the points of the CPU to look at: %i', async (rows) => {
    const [wantedCells, points] = [new Int32Array(rows + 5), new Float32Array(3 * (rows + 5))];
    const looks = { before: 300, count: rows + 5 };
    DensityGrid.allocate(side).drawProbes(SEED, 16, looks, wantedCells, points);
    const total = probesFrom(SEED, looks.before);
    const params = { rows, first: 5, inner: side, total, chunk: SEED, block: 16 };
    const [drawn] = await run(probeKernel, [3 * rows], params, Math.ceil(rows / 64));
    expect(off(floats(drawn), [...points.subarray(15)])).toBeLessThan(1e-6);
  });

  it.each([
    ['nothing is known', 512, () => -1],
    ['all of it is dense', 512, () => 3 * random.float()],
    ['little is there', 4096, () => (random.float() < 0.2 ? -1 : 0.01 * random.float())],
    ['there is some of everything', 1000, () => [-1, 0, 900, 1.2 * random.float()][random.below(4)]!],
    ['there is more than an invocation each', 70_001, () => [-1, 0.3 * random.float(), 2][random.below(3)]!],
  ])('survey a grid: %s', async (_, rows, density) => {
    const grid = Float32Array.from({ length: rows }, density);
    const [, sums] = await run(surveyKernel, [grid, 2 * surveyLanes], { rows }, surveyGroups);
    const [, survey] = await run(thresholdKernel, [sums!, 2], { rows }, 1);
    const [, counted] = await run(occupiedKernel, [grid, survey!], { rows }, surveyGroups);
    const known = grid.filter((value) => value >= 0);
    const mean = known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length);
    const { emptyBelow, meanShare } = densityGridDefaults;
    const threshold = floats(survey)[0]!;
    expect(threshold).toBeCloseTo(Math.min(emptyBelow, meanShare * mean), 6);
    expect(counted![1]).toBe(grid.filter((value) => value < 0 || value > threshold).length);
  });
});

const space: FieldSpace = { centre: [0, 0, 0], half: 1, contracted: false, near: 0.1, far: 6 };
const view = viewsOf([[createIntrinsics({ width: 24, height: 18, fx: 20 }), lookFrom([2.5, 0, 0.5])]]);
const pool = noisyPool(view, { background: [0.2, 0.4, 0.9] });

function make(passSamples?: number): WebGpuRayTrainer {
  const small = { levels: 2, log2TableSize: 5, baseResolution: 2, finestResolution: 4, width: 8, depth: 1 };
  const trainer = new WebGpuRayTrainer(
    {
      ...{ field: radianceField({ space, ...small }), adam: HASH_GRID_ADAM, seed: SEED, device: 'webgpu' },
      ...{ background: 'random', samplesPerRay: 8, pool },
    },
    keptGpu,
    passSamples === undefined ? {} : { passSamples },
  );
  open.push(trainer);
  return trainer;
}

/** The first rays of the pool. */
const rays = (size: number, weight = 1) => ({
  ...someOf(Uint32Array.from({ length: size }, (_, i) => i)),
  ...{ inputs: none, targets: none, weights: new Float32Array(size).fill(weight) },
});

/** A step after which cells are looked into. */
const lookedAt = 256;

/** Goes on where the next step but so many looks into cells, which hold some of everything. */
async function begin(trainer: WebGpuRayTrainer, before: number): Promise<Float32Array> {
  const { values, arrays } = await trainer.snapshot();
  const grid = new Float32Array(arrays['grid']!.length).map((_, i) => [-1, 0, 0.2, 4][(i * 7919) % 4]!);
  const steps = lookedAt - 1 - before;
  await trainer.restore({ values: { ...values, steps, threshold: 0.5 }, arrays: { ...arrays, grid } });
  return grid;
}

async function gridOf(trainer: WebGpuRayTrainer) {
  const { values, arrays } = await trainer.snapshot();
  return { cells: arrays['grid'] as Float32Array, threshold: Number(values['threshold']) };
}

describe.skipIf(skip)(`the density grid on the GPU, seed ${SEED}${why}`, () => {
  it('is looked into as the CPU does, and surveyed', async () => {
    const trainer = make();
    const before = await begin(trainer, 0);
    // No ray is looked along, so that no weight changes.
    await trainer.step(rays(3, 0), { wants: [] });
    expect(trainer.lastSamples).toBe(0);
    const { probeRate } = densityGridDefaults;
    const looks = looksAfter(lookedAt)!;
    const probes = looks.count;
    const grid = DensityGrid.allocate(undefined, false);
    const [drawn, points] = [new Int32Array(probes), new Float32Array(3 * probes)];
    grid.drawProbes(SEED, lookedAt, looks, drawn, points);
    const { densities } = await trainer.query(points);
    const found = new Map<number, number[]>();
    drawn.forEach((cell, i) => found.set(cell, [...(found.get(cell) ?? []), densities[i]!]));
    const { cells, threshold } = await gridOf(trainer);
    const [unlike, changed] = [new Set<number>(), new Set<number>()];
    cells.forEach((value, cell) => {
      const looks = found.get(cell) ?? [];
      const known = before[cell]!;
      const mean = looks.reduce((sum, density) => sum + density / looks.length, 0);
      const wanted =
        looks.length === 0
          ? known
          : known < 0
            ? mean
            : mean + (1 - probeRate) ** looks.length * (known - mean);
      if (Math.abs(value - wanted) > 1e-5) unlike.add(cell);
      if (value !== known) changed.add(cell);
    });
    // A point within rounding of its cell's border may be the next cell's.
    expect(unlike.size).toBeLessThan(5);
    expect(changed.size).toBeGreaterThan(0.99 * found.size);
    grid.cells.set(cells);
    grid.survey();
    expect(threshold).toBeCloseTo(grid.threshold, 5);
    const full = cells.filter((value) => value < 0 || value > threshold).length;
    expect(trainer.occupancy).toBe(full / cells.length);
    expect(trainer.occupancy).toBeLessThan(0.9);
  });

  it('is the same however a step is cut, up to rounding', async () => {
    const [whole, cut] = [make(), make(1000)];
    const waits: number[] = [];
    for (const trainer of [whole, cut]) {
      await begin(trainer, 0);
      const back = vi.spyOn(classes.GPUBuffer.prototype, 'mapAsync');
      await trainer.step(rays(300), { wants: [] });
      waits.push(back.mock.calls.length);
      back.mockRestore();
    }
    // Nothing is waited for between passes.
    expect(waits).toEqual([1, 1]);
    expect(cut.lastSamples).toBe(whole.lastSamples);
    const [a, b] = [await gridOf(whole), await gridOf(cut)];
    const far = a.cells.filter((value, i) => Math.abs(value - b.cells[i]!) > 1e-4 * (1 + value)).length;
    expect(far).toBe(0);
    expect(b.threshold).toBeCloseTo(a.threshold, 5);
    expect(Math.abs(cut.occupancy - whole.occupancy)).toBeLessThan(1e-5);
  });

  it('goes on bit for bit, and costs no byte a sample, whether cells are looked into or not', async () => {
    const trainer = make();
    await begin(trainer, 1);
    const size = 200;
    await trainer.step(rays(size), { wants: ['errors'] });
    const state = await trainer.snapshot();
    const sent = vi.spyOn(classes.GPUQueue.prototype, 'writeBuffer');
    const back = vi.spyOn(classes.GPUBuffer.prototype, 'mapAsync');
    const submits = vi.spyOn(classes.GPUQueue.prototype, 'submit');
    const dispatches = vi.spyOn(classes.GPUComputePassEncoder.prototype, 'dispatchWorkgroups');
    const results: unknown[] = [];
    for (const looks of [true, false]) {
      for (const spy of [sent, back, submits, dispatches]) spy.mockClear();
      const { loss, errors } = await trainer.step(rays(size), { wants: ['errors'] });
      results.push(loss, errors!.slice(), trainer.lastSamples, trainer.occupancy, trainer.raysFor(5000));
      expect(trainer.lastSamples).toBeGreaterThan(2 * size);
      // The ray's number and its weight; and the dispatches' uniforms.
      const up = sent.mock.calls.reduce((sum, call) => sum + Number(call[4]), 0);
      expect(up - 256 * dispatches.mock.calls.length, `looks: ${looks}`).toBe(8 * size);
      // Its error; and how many samples there were, and what the survey says.
      expect(back.mock.calls.map(([, , length]) => length)).toEqual([4 * size + 12]);
      expect(submits.mock.calls).toHaveLength(1);
    }
    vi.restoreAllMocks();
    const end = await trainer.snapshot();
    const other = make();
    await other.step(rays(50), { wants: [] });
    await other.restore(state);
    const again: unknown[] = [];
    for (let step = 0; step < 2; step++) {
      const { loss, errors } = await other.step(rays(size), { wants: ['errors'] });
      again.push(loss, errors!.slice(), other.lastSamples, other.occupancy, other.raysFor(5000));
    }
    expect(again).toEqual(results);
    const { values, arrays } = await other.snapshot();
    expect(values).toEqual(end.values);
    for (const [name, array] of Object.entries(arrays)) {
      expect(bytes(array as Float32Array) === bytes(end.arrays[name] as Float32Array), name).toBe(true);
    }
  });
});
