// Training a radiance field: a step against the reference, workers, seeds, snapshots, what it renders and says of points,
// and what it refuses.
import { createHash } from 'node:crypto';
import * as ort from 'onnxruntime-node';
import { afterEach, describe, expect, it } from 'vitest';
import { createRandom, type Batch, type Snapshot } from 'evos';
import {
  createRadianceTrainer,
  exportModel,
  HASH_GRID_ADAM,
  modelPorts,
  positionalField,
  radianceField,
  type FieldSpace,
  type RadianceTrainer,
  type RadianceTrainerOptions,
} from 'evos/onnx';
import { DensityGrid, densityGridDefaults } from '../../src/adapters/onnx/radiance/density-grid.js';
import { mix } from '../../src/adapters/onnx/radiance/hash.js';
import { allocateSamples, RayMarcher } from '../../src/adapters/onnx/radiance/march.js';
import { largestDifference } from '../parity/difference.js';
import {
  referenceCoordinates,
  referenceGridField,
  referenceRender,
  type ReferenceField,
} from '../reference/radiance.js';
import { keepShaders, webgpu } from './device-webgpu.js';
import { relativeError } from './graph/support.js';

const SEED = 61;
const open: RadianceTrainer[] = [];
afterEach(async () => {
  for (const trainer of open.splice(0)) await trainer.dispose();
});

const space: FieldSpace = { centre: [0, 0.5, -0.25], half: 1.5, contracted: false, near: 0.5, far: 9 };
const background = [0.9, 0.8, 0.7] as const;
const small = {
  levels: 2,
  log2TableSize: 5,
  baseResolution: 2,
  finestResolution: 4,
  hidden: 4,
  colourLayers: 1,
} as const;
// An ordinary ε: with 10⁻¹⁵ Adam makes whole steps of gradients that are nothing but rounding.
const adam = { ...HASH_GRID_ADAM, epsilon: 1e-3 };
const quiet = { predictions: false, crossFrequency: false };

function makeTrainer(options: Partial<RadianceTrainerOptions> = {}): RadianceTrainer {
  const trainer = createRadianceTrainer({
    field: radianceField({ space, ...small }),
    adam,
    seed: SEED,
    device: 'cpu',
    workers: 1,
    background,
    samplesPerRay: 6,
    ...options,
  });
  open.push(trainer);
  return trainer;
}

/** Rays from all around into the cube, some past it, and what they should see: something that depends on the way. */
function someRays(size: number, seed = SEED): Batch {
  const random = createRandom(seed);
  const inputs = new Float32Array(6 * size);
  const targets = new Float32Array(3 * size);
  for (let i = 0; i < size; i++) {
    const v = [0, 1, 2].map(() => 2 * random.float() - 1);
    const direction = v.map((value) => value / Math.hypot(...v));
    const aside = i % 7 === 3 ? 4 : 1;
    const origin = direction.map((d, axis) => space.centre[axis]! - 4 * d + aside * (2 * random.float() - 1));
    inputs.set([...origin, ...direction], 6 * i);
    targets.set(
      origin.map((o) => 0.5 + 0.4 * Math.sin(2 * o)),
      3 * i,
    );
  }
  return { indices: 'all', size, inputs, targets };
}

async function train(trainer: RadianceTrainer, steps: number, size = 200, seed = SEED): Promise<number[]> {
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    losses.push((await trainer.step(someRays(size, seed + step), quiet)).loss);
  }
  return losses;
}

const weightsOf = async (trainer: RadianceTrainer): Promise<Float32Array> =>
  (await trainer.snapshot()).arrays['parameters'] as Float32Array;

/** Everything as text and bytes, which compare fast however long the arrays are. */
function bitsOf<T extends object>(value: T): object {
  return Object.fromEntries(
    Object.entries(value).map(([name, part]: [string, unknown]) => {
      if (!(part instanceof Float32Array))
        return [name, part !== null && typeof part === 'object' ? bitsOf(part) : part];
      const bytes = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
      return [name, `${part.length} ${createHash('sha256').update(bytes).digest('hex')}`];
    }),
  );
}

/** A snapshot in which weights and moments are large enough to matter. */
async function knownState(trainer: RadianceTrainer): Promise<Snapshot> {
  const { values, arrays } = await trainer.snapshot();
  const random = createRandom(SEED + 1);
  const like = (scale: (x: number) => number): Float32Array =>
    (arrays['parameters'] as Float32Array).map(() => scale(2 * random.float() - 1));
  const parameters = like((x) => 0.7 * x);
  return {
    values: { ...values, steps: 4 },
    arrays: { ...arrays, parameters, m: like((x) => 0.01 * x), v: like((x) => 1e-4 * Math.abs(x)) },
  };
}

/** The samples that a trainer with this snapshot looks at; undefined: as it renders. */
function samplesOf({ arrays, values }: Snapshot, rays: Float32Array, step: number | undefined) {
  const grid = DensityGrid.allocate();
  grid.cells.set(arrays['grid'] as Float32Array);
  grid.threshold = Number(values['threshold']);
  const marcher = new RayMarcher(space, grid, 6);
  const into = allocateSamples(6);
  return Array.from({ length: rays.length / 6 }, (_, ray) => {
    const word = step === undefined ? undefined : mix(SEED, step, ray);
    const count = marcher.march(rays, ray, word, into, 0);
    return Array.from({ length: count }, (__, i) => ({
      position: [...into.positions.subarray(3 * i, 3 * i + 3)],
      length: into.lengths[i]!,
      distance: into.distances[i]!,
      cell: into.cells[i]!,
      direction: [...rays.subarray(6 * ray + 3, 6 * ray + 6)],
    }));
  });
}

const reference = referenceGridField({ dims: 3, features: 2, ...small }, small);

/** Flat parameters, cut as the model has them. */
function cut(trainer: RadianceTrainer, flat: ArrayLike<number>): Float64Array[] {
  const all = Float64Array.from(flat);
  let from = 0;
  return trainer.field.parameters.map(({ count }) => all.subarray(from, (from += count)));
}

function rendered(
  field: ReferenceField,
  parameters: readonly Float64Array[],
  rays: ReturnType<typeof samplesOf>,
) {
  return rays.map((samples) =>
    referenceRender(
      samples.map((sample) => ({ ...sample, ...field(parameters, sample.position, sample.direction) })),
      background,
    ),
  );
}

describe(`a step of a radiance field's trainer (seed ${SEED})`, () => {
  it('has the loss, the gradient and the update of the reference', async () => {
    const trainer = makeTrainer();
    const state = await knownState(trainer);
    await trainer.restore(state);
    const batch = someRays(12);
    const { loss, predictions } = await trainer.step(batch, { ...quiet, predictions: true });
    const found = Float32Array.from(predictions ?? []);
    const after = await trainer.snapshot();

    const rays = samplesOf(state, batch.inputs, 4);
    // Some rays miss the cube; others have all their samples.
    expect(new Set(rays.map((samples) => samples.length))).toEqual(new Set([0, 6]));
    expect(trainer.lastSamples).toBe(rays.flat().length);
    const parameters = cut(trainer, state.arrays['parameters'] as Float32Array);
    const lossAt = (): number =>
      rendered(reference, parameters, rays)
        .flatMap(({ colour }) => colour)
        .reduce((sum, value, i) => sum + (value - batch.targets[i]!) ** 2 / batch.targets.length, 0);
    const colours = rendered(reference, parameters, rays).flatMap(({ colour }) => colour);
    expect(largestDifference(found, colours)).toBeLessThan(1e-5);
    expect(Math.abs(loss / lossAt() - 1)).toBeLessThan(1e-5);

    const { m, v, parameters: updated } = after.arrays as Record<string, Float32Array>;
    const correction = { m: 1 - adam.beta1 ** 5, v: 1 - adam.beta2 ** 5 };
    let at = 0;
    for (const [i, { name, count }] of trainer.field.parameters.entries()) {
      const values = parameters[i]!;
      const [gradient, moment, square, next] = [0, 1, 2, 3].map(() => new Float64Array(count)) as [
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array,
      ];
      for (let j = 0; j < count; j++, at++) {
        const kept = values[j]!;
        const [above, below] = [1e-5, -1e-5].map((step) => {
          values[j] = kept + step;
          return lossAt();
        });
        values[j] = kept;
        const g = (above! - below!) / 2e-5;
        gradient[j] = g;
        moment[j] = adam.beta1 * (state.arrays['m'] as Float32Array)[at]! + (1 - adam.beta1) * g;
        square[j] = adam.beta2 * (state.arrays['v'] as Float32Array)[at]! + (1 - adam.beta2) * g * g;
        const step = (adam.learningRate / correction.m) * moment[j]!;
        next[j] = kept - step / (Math.sqrt(square[j]! / correction.v) + adam.epsilon);
      }
      const own = (flat: Float32Array | undefined): Float32Array =>
        (flat ?? new Float32Array()).subarray(at - count, at);
      expect(Math.max(...gradient.map(Math.abs)), name).toBeGreaterThan(1e-4);
      const measured = own(m).map(
        (value, j) =>
          (value - adam.beta1 * (state.arrays['m'] as Float32Array)[at - count + j]!) / (1 - adam.beta1),
      );
      expect(relativeError(measured, gradient), `gradient of ${name}`).toBeLessThan(2e-4);
      expect(relativeError(own(m), moment), `m of ${name}`).toBeLessThan(1e-5);
      expect(relativeError(own(v), square), `v of ${name}`).toBeLessThan(1e-4);
      expect(largestDifference(own(updated), next), `${name} after the step`).toBeLessThan(1e-5);
    }
    expect(after.values['steps']).toBe(5);

    // What the samples found is what is known of their cells now.
    const cells = after.arrays['grid'] as Float32Array;
    const expected = DensityGrid.allocate();
    for (const { cell, position, direction } of rays.flat()) {
      const { density } = reference(parameters, position, direction);
      expected.learn(Int32Array.of(cell), Float32Array.of(density), 1, densityGridDefaults.rate);
    }
    expect(relativeError(cells, expected.cells)).toBeLessThan(1e-5);
  });

  it('is the same however many workers share it, up to rounding', async () => {
    const losses = await train(makeTrainer(), 10);
    const alone = open[0]!;
    const weights = await weightsOf(alone);
    const rays = someRays(50, SEED + 99).inputs;
    const colours = await alone.predict(rays);
    for (const workers of [2, 3]) {
      const trainer = makeTrainer({ workers });
      expect(trainer.workers).toBe(workers);
      const found = await train(trainer, 10);
      found.forEach((loss, i) => expect(Math.abs(loss / losses[i]! - 1)).toBeLessThan(1e-4));
      expect(largestDifference(await weightsOf(trainer), weights)).toBeLessThan(1e-3);
      expect(largestDifference(await trainer.predict(rays), colours)).toBeLessThan(1e-3);
      expect(trainer.occupancy).toBeCloseTo(alone.occupancy, 3);
    }
  });

  it('has the same bits for the same seed, others for others', async () => {
    const run = async (seed: number) => {
      const trainer = makeTrainer({ workers: 2, seed });
      const losses = await train(trainer, 9);
      return { losses, snapshot: bitsOf(await trainer.snapshot()), occupancy: trainer.occupancy };
    };
    const first = await run(SEED);
    expect(await run(SEED)).toEqual(first);
    expect((await run(SEED + 1)).losses).not.toEqual(first.losses);
  });

  it('takes fewer rays than workers, more than before, and rays that all miss', async () => {
    const trainer = makeTrainer({ workers: 3 });
    const [two, many] = [someRays(2), someRays(300)];
    expect((await trainer.step(two, quiet)).loss).toBeGreaterThan(0);
    expect((await trainer.step(many, quiet)).loss).toBeGreaterThan(0);
    const inputs = Float32Array.of(10, 10, 10, 0, 0, 1, 10, 10, 10, 1, 0, 0);
    const targets = Float32Array.of(...background, 0.9, 0.3, 0.7);
    const result = await trainer.step(
      { indices: 'all', size: 2, inputs, targets },
      { ...quiet, predictions: true },
    );
    expect(result.loss).toBeCloseTo(0.25 / 6, 6);
    expect(trainer.lastSamples).toBe(0);
    expect([...(result.predictions ?? [])]).toEqual([...Float32Array.of(...background, ...background)]);
  });

  it('uses the learning rate that it is given', async () => {
    const [usual, none] = [makeTrainer(), makeTrainer()];
    const before = await weightsOf(none);
    await none.step(someRays(20), { ...quiet, learningRate: 0 });
    expect(await weightsOf(none)).toEqual(before);
    await usual.step(someRays(20), quiet);
    expect(await weightsOf(usual)).not.toEqual(before);
  });
});

describe(`snapshots of a radiance field's trainer (seed ${SEED})`, () => {
  it('go on with the same bits, between probes and behind them', async () => {
    const known = await knownState(makeTrainer({ workers: 2 }));
    const grid = (known.arrays['grid'] as Float32Array).map((_, cell) => [0, 30, -1][mix(SEED, cell, 0) % 3]!);
    const state = { ...known, arrays: { ...known.arrays, grid } };
    // Cells are looked into, and the threshold is set, after the eighth step of all: four after this state.
    for (const steps of [2, 6]) {
      const trainer = makeTrainer({ workers: 2 });
      await trainer.restore(state);
      await train(trainer, steps);
      const snapshot = await trainer.snapshot();
      const kept = bitsOf(snapshot);
      const rays = someRays(60, SEED + 50).inputs;
      const before = { render: await trainer.render(rays), occupancy: trainer.occupancy };
      if (steps === 6) expect(trainer.occupancy).toBeLessThan(1);
      const losses = await train(trainer, 5, 150, SEED + 20);
      const after = { render: await trainer.render(rays), snapshot: bitsOf(await trainer.snapshot()) };
      expect(bitsOf(snapshot), 'a snapshot is the caller’s').toEqual(kept);

      const other = makeTrainer({ workers: 2 });
      await train(other, 3, 70);
      await other.restore(snapshot);
      const name = `${steps} steps`;
      expect({ render: await other.render(rays), occupancy: other.occupancy }, name).toEqual(before);
      expect(await train(other, 5, 150, SEED + 20), name).toEqual(losses);
      const found = { render: await other.render(rays), snapshot: bitsOf(await other.snapshot()) };
      expect(found, name).toEqual(after);
    }
  });

  it.each([
    [{ seed: SEED + 1 }, /this checkpoint's seed is 61, but this trainer's is 62; resume with the settings/],
    [{ samplesPerRay: 7 }, /this checkpoint's samplesPerRay is 6, but this trainer's is 7/],
    [{ workers: 2 }, /this checkpoint's workers is 1, but this trainer's is 2/],
    [
      { background: [0, 0, 0] },
      /this checkpoint's background is "\[0\.9,0\.8,0\.7\]", but this trainer's is "\[0,0,0\]"/,
    ],
    [{ adam: HASH_GRID_ADAM }, /this checkpoint's adam is /],
    [{ field: radianceField({ space: { ...space, far: 8 }, ...small }) }, /this checkpoint's model is /],
    [
      { field: positionalField({ space }) },
      /this checkpoint's model is .*radiance-hash-grid.*radiance-positional/,
    ],
  ] as [Partial<RadianceTrainerOptions>, RegExp][])(
    'are refused by other trainers (%#)',
    async (options, message) => {
      const snapshot = await makeTrainer().snapshot();
      await expect(makeTrainer(options).restore(snapshot)).rejects.toThrow(message);
    },
  );

  it('are refused where they are damaged, and nothing changes', async () => {
    const trainer = makeTrainer();
    await train(trainer, 2);
    const snapshot = await trainer.snapshot();
    const { values, arrays } = snapshot;
    const without = <T>(record: Readonly<Record<string, T>>, name: string): Record<string, T> =>
      Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
    const damaged: [Snapshot, RegExp][] = [
      [{ values: {}, arrays }, /this checkpoint's model is undefined/],
      [
        { values, arrays: without(arrays, 'grid') },
        /holds no "grid", expected 2097152: it is damaged or of another model/,
      ],
      [{ values, arrays: { ...arrays, m: new Float32Array(3) } }, /holds 3 numbers of "m", expected \d+/],
      [
        { values: without(values, 'steps'), arrays },
        /this checkpoint's steps is undefined, expected a number of at least 0/,
      ],
      [{ values: { ...values, steps: -1 }, arrays }, /this checkpoint's steps is -1, expected/],
      [
        { values: without(values, 'threshold'), arrays },
        /this checkpoint's threshold is undefined, expected/,
      ],
      [{ values: { ...values, occupancy: 'all' }, arrays }, /this checkpoint's occupancy is "all", expected/],
    ];
    for (const [bad, message] of damaged) await expect(trainer.restore(bad)).rejects.toThrow(message);
    expect(bitsOf(await trainer.snapshot())).toEqual(bitsOf(snapshot));
  });
});

describe(`what a radiance field's trainer gives (seed ${SEED})`, () => {
  it('renders as the reference does, whatever the batch', async () => {
    const trainer = makeTrainer({ workers: 2 });
    await train(trainer, 10);
    await trainer.restore({ ...(await knownState(trainer)) });
    const rays = someRays(40, SEED + 7).inputs;
    const found = await trainer.render(rays);
    const snapshot = await trainer.snapshot();
    const expected = rendered(
      reference,
      cut(trainer, snapshot.arrays['parameters'] as Float32Array),
      samplesOf(snapshot, rays, undefined),
    );
    expect(
      largestDifference(
        found.colours,
        expected.flatMap(({ colour }) => colour),
      ),
    ).toBeLessThan(1e-5);
    expect(
      largestDifference(
        found.opacities,
        expected.map(({ opacity }) => opacity),
      ),
    ).toBeLessThan(1e-5);
    const depths = expected.map(({ depth, opacity }) => depth + (1 - opacity) * space.far);
    expect(largestDifference(found.depths, depths)).toBeLessThan(1e-4);
    // Rays that miss: background, as far as anything is.
    const missed = found.opacities.findIndex((opacity) => opacity === 0);
    expect(found.depths[missed]).toBe(space.far);
    expect([...found.colours.subarray(3 * missed, 3 * missed + 3)]).toEqual([
      ...Float32Array.of(...background),
    ]);

    expect(await trainer.predict(rays)).toEqual(found.colours);
    const some = await trainer.render(rays.slice(6 * 11, 6 * 20));
    expect(largestDifference(some.colours, found.colours.slice(33, 60))).toBeLessThan(1e-6);
    expect(await trainer.render(new Float32Array())).toEqual({
      colours: new Float32Array(),
      depths: new Float32Array(),
      opacities: new Float32Array(),
    });
  });

  it('renders more rays than it holds at once', async () => {
    const trainer = makeTrainer({ workers: 2, samplesPerRay: 3 });
    const rays = someRays(20_000).inputs;
    const { colours, opacities } = await trainer.render(rays);
    expect(opacities).toHaveLength(20_000);
    const last = await trainer.render(rays.subarray(6 * 19_990));
    expect(last.colours).toEqual(colours.slice(3 * 19_990));
    expect(opacities.every((value) => value >= 0 && value <= 1)).toBe(true);
  });

  const fields = {
    'a hash grid': radianceField({ space, ...small }),
    'a hash grid over all of space': radianceField({ space: { ...space, contracted: true }, ...small }),
    'sines and cosines': positionalField({ space, width: 16, frequencies: 4 }),
  };
  it.each(Object.entries(fields))('says of points what its exported model does: %s', async (_, field) => {
    const trainer = makeTrainer({ field, workers: 2 });
    await train(trainer, 10);
    await trainer.restore(await knownState(trainer));
    const random = createRandom(SEED + 3);
    const points = Float32Array.from({ length: 3 * 500 }, () => 1.4 * (2 * random.float() - 1));
    const directions = someRays(500).inputs.filter((__, i) => i % 6 >= 3);
    const found = await trainer.query(points, directions);
    expect(found.densities).toHaveLength(500);
    expect(found.densities.every((density) => density >= 0)).toBe(true);

    const parameters = (await trainer.parameters()).map(({ data }) => data);
    const session = await ort.InferenceSession.create(exportModel(field, parameters, {}));
    const coordinates = Float32Array.from({ length: 3000 }, (__, i) =>
      i % 6 < 3 ? points[3 * Math.floor(i / 6) + (i % 6)]! : directions[3 * Math.floor(i / 6) + (i % 6) - 3]!,
    );
    const output = await session.run({
      [modelPorts.input]: new ort.Tensor('float32', coordinates, [500, 6]),
    });
    await session.release();
    const values = output[modelPorts.output]?.data as Float32Array;
    const densities = values.filter((__, i) => i % 4 === 0);
    expect(relativeError(found.densities, densities)).toBeLessThan(1e-4);
    expect(
      largestDifference(
        found.colours,
        values.filter((__, i) => i % 4 !== 0),
      ),
    ).toBeLessThan(1e-4);
    expect(Math.max(...densities) / Math.min(...densities)).toBeGreaterThan(1.05);

    // Seen from above where nothing is said.
    const down = Float32Array.from(directions, (__, i) => (i % 3 === 2 ? -1 : 0));
    expect(await trainer.query(points)).toEqual(await trainer.query(points, down));
    expect(await trainer.query(points)).not.toEqual(found);
  });

  it('says of points what the reference does, densities in the world’s units', async () => {
    const trainer = makeTrainer();
    const state = await knownState(trainer);
    await trainer.restore(state);
    const points = Float32Array.from({ length: 60 }, (_, i) => Math.sin(7 * i));
    const found = await trainer.query(points);
    const parameters = cut(trainer, state.arrays['parameters'] as Float32Array);
    for (let i = 0; i < 20; i++) {
      const point = referenceCoordinates(space, [...points.subarray(3 * i, 3 * i + 3)]);
      const { density, colour } = reference(parameters, point, [0, 0, -1]);
      expect(found.densities[i]! / (density / space.half)).toBeCloseTo(1, 4);
      expect(largestDifference(found.colours.subarray(3 * i, 3 * i + 3), colour)).toBeLessThan(1e-5);
    }
  });
});

describe('what a radiance field’s trainer refuses', () => {
  it.each([
    [{ background: [0, 0, 2] }, /background: got \[0,0,2\], expected red, green and blue from 0 to 1/],
    [{ background: [0, Number.NaN, 0] }, /background: got \[0,NaN,0\]/],
    [{ workers: 0 }, /workers/],
    [{ samplesPerRay: 0 }, /samplesPerRay/],
    [{ adam: { learningRate: -1 } }, /adam\.learningRate/],
  ] as [Partial<RadianceTrainerOptions>, RegExp][])('settings (%#)', (options, message) => {
    expect(() => makeTrainer(options)).toThrow(message);
  });

  it('batches, rays and points that are none', async () => {
    const trainer = makeTrainer();
    const batch = someRays(4);
    const none = { ...batch, size: 0, inputs: new Float32Array(), targets: new Float32Array() };
    await expect(trainer.step(none, quiet)).rejects.toThrow(/got an empty batch, expected at least one ray/);
    await expect(trainer.step({ ...batch, size: 3 }, quiet)).rejects.toThrow(
      /got 24 input values, expected 18/,
    );
    await expect(trainer.step({ ...batch, targets: batch.targets.subarray(3) }, quiet)).rejects.toThrow(
      /got 9 target values, expected 12/,
    );
    await expect(trainer.step(batch, { ...quiet, crossFrequency: true })).rejects.toThrow(
      /no cross-frequency supervision of rays/,
    );
    await expect(trainer.render(new Float32Array(7))).rejects.toThrow(
      /render: got 7 numbers, expected a multiple of 6: origin and direction of each ray/,
    );
    await expect(trainer.query(new Float32Array(4))).rejects.toThrow(
      /query: got 4 numbers, expected a multiple of 3/,
    );
    await expect(trainer.query(new Float32Array(6), new Float32Array(3))).rejects.toThrow(
      /query: got 3 numbers of directions for 2 points, expected 6/,
    );
    // None of it has hurt.
    expect((await trainer.step(batch, quiet)).loss).toBeGreaterThan(0);
  });

  it('a second call before the first has ended, and any after the end', async () => {
    const trainer = makeTrainer();
    const first = trainer.step(someRays(4), quiet);
    await expect(trainer.render(someRays(4).inputs)).rejects.toThrow(/this trainer is busy/);
    await first;
    await trainer.dispose();
    await expect(trainer.step(someRays(4), quiet)).rejects.toThrow(/disposed/);
  });
});

describe.skipIf(webgpu.skipped)(`on WebGPU${webgpu.why}`, () => {
  keepShaders();

  it.each(
    Object.entries({
      'a hash grid': radianceField({ space, ...small }),
      'sines and cosines': positionalField({ space, width: 16, frequencies: 3 }),
    }),
  )('takes the steps of the CPU: %s', async (_, field) => {
    expect(webgpu.available, webgpu.detail).toBe(true);
    const [cpu, gpu] = [makeTrainer({ field }), makeTrainer({ field, device: 'webgpu' })];
    const [expected, found] = [await train(cpu, 9), await train(gpu, 9)];
    found.forEach((loss, i) => expect(Math.abs(loss / expected[i]! - 1)).toBeLessThan(1e-3));
    expect(relativeError(await weightsOf(gpu), await weightsOf(cpu))).toBeLessThan(1e-3);
    const rays = someRays(60, SEED + 9).inputs;
    const [seen, wanted] = [await gpu.render(rays), await cpu.render(rays)];
    expect(relativeError(seen.colours, wanted.colours)).toBeLessThan(1e-3);
    expect(relativeError(seen.depths, wanted.depths)).toBeLessThan(1e-3);
    const [there, here] = [await gpu.query(rays), await cpu.query(rays)];
    expect(relativeError(there.densities, here.densities)).toBeLessThan(1e-3);
    expect(relativeError(there.colours, here.colours)).toBeLessThan(1e-3);
  });

  it('goes on from a snapshot with the same bits, and takes rays that all miss', async () => {
    const trainer = makeTrainer({ device: 'webgpu' });
    await train(trainer, 3);
    const snapshot = await trainer.snapshot();
    const losses = await train(trainer, 2, 100, SEED + 20);
    const other = makeTrainer({ device: 'webgpu' });
    await other.restore(snapshot);
    expect(await train(other, 2, 100, SEED + 20)).toEqual(losses);
    const inputs = Float32Array.of(10, 10, 10, 0, 0, 1, 10, 10, 10, 1, 0, 0);
    const targets = Float32Array.of(0.9, 0.3, 0.7, ...background);
    const { loss } = await trainer.step({ indices: 'all', size: 2, inputs, targets }, quiet);
    expect(loss).toBeCloseTo(0.25 / 6, 6);
  });
});
