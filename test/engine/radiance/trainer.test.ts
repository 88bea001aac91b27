// Training a radiance field: a step against the reference, workers, seeds, what it renders and says of points.
import { batchOf } from '../trainer-contract.js';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { createRandom, type Snapshot } from 'evos';
import { exportModel, modelPorts } from 'evos/onnx';
import {
  positionalField,
  radianceField,
  type RadianceTrainer,
  type RadianceTrainerOptions,
} from 'evos/engine';
import { drawBackground } from '../../../src/engine/training/rays/background.js';
import { DensityGrid, densityGridDefaults } from '../../../src/engine/training/rays/density-grid.js';
import { mix } from '../../../src/engine/training/rays/hash.js';
import { allocateSamples, RayMarcher, renderedSamples } from '../../../src/engine/training/rays/march.js';
import { webgpu } from '../onnx/device-webgpu.js';
import { largestDifference } from '../../parity/difference.js';
import {
  referenceCoordinates,
  referenceGridField,
  referenceRender,
  type ReferenceField,
} from '../../reference/radiance.js';
import { relativeError } from '../graph/support.js';
import {
  SEED,
  space,
  background,
  small,
  adam,
  quiet,
  makeTrainer,
  someRays,
  train,
  weightsOf,
  bitsOf,
  knownState,
} from './support.js';

/** The samples that a trainer with this snapshot looks at; undefined: as it renders. */
function samplesOf({ arrays, values }: Snapshot, rays: Float32Array, step: number | undefined) {
  const grid = DensityGrid.allocate();
  grid.take(arrays['grid'] as Float32Array, Number(values['threshold']));
  const marcher = new RayMarcher(space, grid, 6);
  const into = allocateSamples(renderedSamples(6));
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

/** The random background of a ray of the batch, at a step counted from 0. */
function randomColour(step: number, ray: number, seed = SEED): number[] {
  const out = new Float32Array(3);
  drawBackground(mix(seed, step, ray), out, 0);
  return [...out];
}

const reference = referenceGridField({ dims: 3, features: 2, ...small }, small);

/** Flat parameters, cut as the model has them. */
function cut(trainer: RadianceTrainer, flat: ArrayLike<number>): Float64Array[] {
  const all = Float64Array.from(flat);
  let from = 0;
  return trainer.model.parameters.map(({ count }) => all.subarray(from, (from += count)));
}

function rendered(
  field: ReferenceField,
  parameters: readonly Float64Array[],
  rays: ReturnType<typeof samplesOf>,
  backgrounds: readonly (readonly number[])[] = rays.map(() => background),
) {
  return rays.map((samples, ray) =>
    referenceRender(
      samples.map((sample) => ({ ...sample, ...field(parameters, sample.position, sample.direction) })),
      backgrounds[ray] ?? [],
    ),
  );
}

describe(`a step of a radiance field's trainer (seed ${SEED})`, () => {
  const cases: { what: string; options: Partial<RadianceTrainerOptions>; weights?: Float32Array }[] = [
    { what: 'one background', options: {} },
    { what: 'random backgrounds', options: { background: 'random' } },
    // Rays that miss have weights too, and one ray has none.
    {
      what: 'weights',
      options: {},
      weights: Float32Array.from({ length: 12 }, (_, i) => ((i * 5) % 12) / 4),
    },
  ];
  it.each(cases)('has the loss, the gradient and the update of the reference: $what', holdToReference);
  it.skipIf(webgpu.skipped).each(cases)(
    `has them on WebGPU: $what${webgpu.why}`,
    async ({ options, weights }) => holdToReference({ options: { ...options, device: 'webgpu' }, weights }),
  );

  async function holdToReference({
    options,
    weights,
  }: {
    options: Partial<RadianceTrainerOptions>;
    weights?: Float32Array | undefined;
  }): Promise<void> {
    const trainer = makeTrainer(options);
    const state = await knownState(trainer);
    await trainer.restore(state);
    const batch = { ...someRays(12), ...(weights && { weights }) };
    const { loss, predictions } = await trainer.step(batch, { wants: ['predictions'] });
    const found = Float32Array.from(predictions ?? []);
    const after = await trainer.snapshot();

    const rays = samplesOf(state, batch.inputs, 4);
    // Some rays miss the cube; others have all their samples.
    expect(new Set(rays.map((samples) => samples.length))).toEqual(new Set([0, 6]));
    // Rays without weight are not looked along.
    expect(trainer.lastSamples).toBe(rays.filter((_, ray) => weights?.[ray] !== 0).flat().length);
    const parameters = cut(trainer, state.arrays['parameters'] as Float32Array);
    const backgrounds = rays.map((_, ray) => ('background' in options ? randomColour(4, ray) : background));
    const lossAt = (): number =>
      rendered(reference, parameters, rays, backgrounds)
        .flatMap(({ colour }) => colour)
        .map((value, i) => (value - batch.targets[i]!) ** 2 * (weights?.[Math.floor(i / 3)] ?? 1))
        .reduce((sum, value) => sum + value / batch.targets.length, 0);
    const colours = rendered(reference, parameters, rays, backgrounds).flatMap(({ colour }) => colour);
    const weighed = (_: number, i: number): boolean => weights?.[Math.floor(i / 3)] !== 0;
    expect(largestDifference(found.filter(weighed), colours.filter(weighed))).toBeLessThan(1e-5);
    expect(Math.abs(loss / lossAt() - 1)).toBeLessThan(1e-5);

    const { m, v, parameters: updated } = after.arrays as Record<string, Float32Array>;
    const correction = { m: 1 - adam.beta1 ** 5, v: 1 - adam.beta2 ** 5 };
    let at = 0;
    for (const [i, { name, count }] of trainer.model.parameters.entries()) {
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
    for (const { cell, position, direction } of rays.filter((_, ray) => weights?.[ray] !== 0).flat()) {
      const { density } = reference(parameters, position, direction);
      expected.learn(Int32Array.of(cell), Float32Array.of(density), 1, densityGridDefaults.rate);
    }
    expect(relativeError(cells, expected.cells)).toBeLessThan(1e-5);
  }

  it('is the same however many workers share it, up to rounding', async () => {
    const alone = makeTrainer();
    const losses = await train(alone, 10);
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
    const result = await trainer.step(batchOf(inputs, targets, 2), { wants: ['predictions'] });
    expect(result.loss).toBeCloseTo(0.25 / 6, 6);
    expect(trainer.lastSamples).toBe(0);
    expect([...(result.predictions ?? [])]).toEqual([...Float32Array.of(...background, ...background)]);
  });

  it('takes more rays for as many points the better it knows empty space', async () => {
    const trainer = makeTrainer();
    // Six samples a ray are all that there may be; nothing is known at the start.
    expect(trainer.raysFor(60_000)).toBe(Math.round(60_000 / 6 / 64) * 64);
    let perRay = 6;
    const misses = batchOf(
      Float32Array.from({ length: 6 * 50 }, (_, i) => [10, 10, 10, 0, 0, 1][i % 6]!),
      new Float32Array(3 * 50),
      50,
    );
    for (const batch of [someRays(50), misses, misses, misses]) {
      await trainer.step(batch, quiet);
      perRay += 0.1 * (Math.max(1, trainer.lastSamples / 50) - perRay);
      expect(trainer.raysFor(60_000)).toBe(Math.round(60_000 / perRay / 64) * 64);
    }
    expect(perRay).toBeLessThan(5);
    expect([trainer.raysFor(1), trainer.raysFor(1e9)]).toEqual([64, 65_536]);
    const other = makeTrainer();
    await other.restore(await trainer.snapshot());
    expect(other.raysFor(60_000)).toBe(trainer.raysFor(60_000));
  });

  it('learns nothing from rays of weight 0, and forgets weights when the next batch has none', async () => {
    const batch = someRays(30);
    const weights = Float32Array.from({ length: 30 }, (_, ray) => (ray < 12 ? 0 : 1));
    const targets = batch.targets.map((value, i) => (i < 3 * 12 ? 1 - value : value));
    const [a, b] = [makeTrainer(), makeTrainer()];
    const results = [
      await a.step({ ...batch, weights }, quiet),
      await b.step({ ...batch, targets, weights }, quiet),
    ];
    expect(results[1]).toEqual(results[0]);
    expect(bitsOf(await b.snapshot())).toEqual(bitsOf(await a.snapshot()));
    const ones = new Float32Array(30).fill(1);
    expect(await a.step(batch, quiet)).toEqual(await b.step({ ...batch, weights: ones }, quiet));
    expect(bitsOf(await b.snapshot())).toEqual(bitsOf(await a.snapshot()));
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
