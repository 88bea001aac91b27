// Random backgrounds: what they are for, what follows from the seed, what is shown and told of them.
import { batchOf } from '../trainer-contract.js';
import { describe, expect, it } from 'vitest';
import { createRandom, type Batch } from 'evos';
import { HASH_GRID_ADAM, radianceField, type RadianceTrainerOptions } from 'evos/engine';
import { drawBackground, shownBackground } from '../../../src/engine/training/rays/background.js';
import { mix } from '../../../src/engine/training/rays/hash.js';
import { bitsOf, makeTrainer, quiet, SEED, small, someRays, space, train } from './support.js';

/** Colours of the rays of a step. */
function colours(rays: number, seed: number, step: number): Float32Array {
  const out = new Float32Array(3 * rays);
  for (let ray = 0; ray < rays; ray++) drawBackground(mix(seed, step, ray), out, ray);
  return out;
}

describe(`random backgrounds (seed ${SEED})`, () => {
  it('are even, and independent of one another, of step to step and of seed to seed', () => {
    const n = 20_000;
    const here = colours(n, SEED, 3);
    for (const c of [0, 1, 2]) {
      const channel = here.filter((_, i) => i % 3 === c);
      for (let tenth = 0; tenth < 10; tenth++) {
        const inside = channel.filter((value) => Math.floor(10 * value) === tenth).length;
        // Five standard deviations of a count.
        expect(Math.abs(inside - n / 10)).toBeLessThan(5 * Math.sqrt(0.09 * n));
      }
    }
    const correlation = (a: Float32Array, b: Float32Array): number =>
      a.reduce((sum, value, i) => sum + 12 * (value - 0.5) * ((b[i] ?? 0) - 0.5), 0) / a.length;
    const far = 5 / Math.sqrt(3 * n);
    for (const [name, other] of Object.entries({
      'the next step': colours(n, SEED, 4),
      'another seed': colours(n, SEED + 1, 3),
      'the next ray': Float32Array.from(here, (_, i) => here[(i + 3) % (3 * n)] ?? 0),
      'the next channel': Float32Array.from(here, (_, i) => here[i % 3 === 2 ? i - 2 : i + 1] ?? 0),
    })) {
      expect(Math.abs(correlation(here, other)), name).toBeLessThan(far);
    }
    expect(colours(9, SEED, 3)).toEqual(here.slice(0, 27));
  });

  it('leave the same bits for the same seed, whoever renders the rays, and others for others', async () => {
    const run = async (options: Partial<RadianceTrainerOptions>) => {
      const trainer = makeTrainer({ background: 'random', ...options });
      const losses = await train(trainer, 9);
      return { losses, snapshot: bitsOf(await trainer.snapshot()) };
    };
    const first = await run({ workers: 2 });
    expect(await run({ workers: 2 })).toEqual(first);
    expect((await run({ workers: 2, seed: SEED + 1 })).losses).not.toEqual(first.losses);
    const { losses } = await run({ workers: 3 });
    losses.forEach((loss, i) => expect(loss / (first.losses[i] ?? 0)).toBeCloseTo(1, 3));
  });

  it('go on from a snapshot with the same bits', async () => {
    const trainer = makeTrainer({ background: 'random', workers: 2 });
    await train(trainer, 3);
    const snapshot = await trainer.snapshot();
    const losses = await train(trainer, 7, 150, SEED + 20);
    const other = makeTrainer({ background: 'random', workers: 2 });
    await other.restore(snapshot);
    expect(await train(other, 7, 150, SEED + 20)).toEqual(losses);
    expect(bitsOf(await other.snapshot())).toEqual(bitsOf(await trainer.snapshot()));
  });

  it('are what rays see in training that meet nothing, and grey is what renderings show', async () => {
    const trainer = makeTrainer({ background: 'random', workers: 2 });
    const inputs = Float32Array.of(10, 10, 10, 0, 0, 1, 10, 10, 10, 1, 0, 0, 10, 10, 10, 0, 1, 0);
    const targets = new Float32Array(9).fill(0.25);
    for (const step of [0, 1]) {
      const batch = batchOf(inputs, targets, 3);
      const { loss, predictions } = await trainer.step(batch, { wants: ['predictions'] });
      const expected = colours(3, SEED, step);
      expect(predictions).toEqual(expected);
      expect(loss).toBeCloseTo(
        expected.reduce((sum, value) => sum + (value - 0.25) ** 2 / 9, 0),
        6,
      );
    }
    const { colours: seen } = await trainer.render(inputs);
    expect([...seen]).toEqual(Array(9).fill(0.5));
    expect(shownBackground('random')).toEqual([0.5, 0.5, 0.5]);
    expect(shownBackground([0.1, 0.2, 0.3])).toEqual([0.1, 0.2, 0.3]);
  });

  it('show through what lets light through as grey does', async () => {
    const [random, grey] = [
      makeTrainer({ background: 'random' }),
      makeTrainer({ background: [0.5, 0.5, 0.5] }),
    ];
    const rays = someRays(50).inputs;
    const seen = await random.render(rays);
    expect(Math.max(...seen.opacities)).toBeLessThan(0.99);
    expect(bitsOf(seen)).toEqual(bitsOf(await grey.render(rays)));
  });
});

/** Rays straight down through the cube, and what they are to see there: black. */
function black(size: number, seed: number): Batch {
  const random = createRandom(seed);
  const inputs = new Float32Array(6 * size);
  const [x, y, z] = space.centre;
  for (let ray = 0; ray < size; ray++) {
    const aside = [0, 1].map(() => 0.9 * space.half * (2 * random.float() - 1));
    inputs.set([x + (aside[0] ?? 0), y + (aside[1] ?? 0), z + 4, 0, 0, -1], 6 * ray);
  }
  return batchOf(inputs, new Float32Array(3 * size), size);
}

async function opacityOf(background: RadianceTrainerOptions['background']): Promise<number> {
  const field = radianceField({ space, ...small, width: 16 });
  const trainer = makeTrainer({ field, background, adam: { ...HASH_GRID_ADAM, learningRate: 0.02 } });
  for (let step = 0; step < 60; step++) await trainer.step(black(256, SEED + step), quiet);
  const { opacities, colours: seen } = await trainer.render(black(200, SEED - 1).inputs);
  // Black it is either way, nearly.
  expect(seen.reduce((sum, value) => sum + value, 0) / seen.length).toBeLessThan(0.05);
  return opacities.reduce((sum, value) => sum + value, 0) / opacities.length;
}

describe(`a black wall (seed ${SEED})`, () => {
  it('becomes opaque before random backgrounds, where it vanishes before a black one', async () => {
    expect(await opacityOf('random')).toBeGreaterThan(0.98);
    expect(await opacityOf([0, 0, 0])).toBeLessThan(0.2);
  });
});
