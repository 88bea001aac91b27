// Going on from snapshots of a radiance field's trainer, and what it refuses.
import { describe, expect, it } from 'vitest';
import type { Snapshot } from 'evos';
import { HASH_GRID_ADAM, positionalField, radianceField, type RadianceTrainerOptions } from 'evos/engine';
import { mix } from '../../../src/engine/training/rays/hash.js';
import { SEED, space, small, quiet, makeTrainer, someRays, train, bitsOf, knownState } from './support.js';

describe(`snapshots of a radiance field's trainer (seed ${SEED})`, () => {
  it('go on with the same bits, between probes and behind them', async () => {
    const known = await knownState(makeTrainer({ workers: 2 }));
    const grid = (known.arrays['grid'] as Float32Array).map(
      (_, cell) => [0, 30, -1][mix(SEED, cell, 0) % 3]!,
    );
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
    [
      { background: 'random' },
      /this checkpoint's background is "\[0\.9,0\.8,0\.7\]", but this trainer's is "\\"random\\""/,
    ],
    [{ adam: HASH_GRID_ADAM }, /this checkpoint's adam is /],
    [{ field: radianceField({ space: { ...space, far: 8 }, ...small }) }, /this checkpoint's model is /],
    [{ field: positionalField({ space }) }, /this checkpoint's model is .*hash-grid.*nerf/],
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

describe('what a radiance field’s trainer refuses', () => {
  it.each([
    [{ background: [0, 0, 2] }, /background: got \[0,0,2\], expected red, green and blue from 0 to 1/],
    [{ background: [0, Number.NaN, 0] }, /background: got \[0,NaN,0\]/],
    [
      { pool: { size: 2, inputDim: 2, targetDim: 3, gather: () => someRays(2) } },
      /pool: got samples of 2 inputs and 3 targets, expected 6 \(origin and direction\) and 3 \(a colour\)/,
    ],
    [
      { background: 'rainbow' as 'random' },
      /background: got rainbow, expected red, green and blue from 0 to 1, or random/,
    ],
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
    await expect(trainer.step(none, quiet)).rejects.toThrow(
      /got an empty batch, expected at least one sample/,
    );
    await expect(trainer.step({ ...batch, size: 3 }, quiet)).rejects.toThrow(
      /got 24 input values, expected 18/,
    );
    await expect(trainer.step({ ...batch, targets: batch.targets.subarray(3) }, quiet)).rejects.toThrow(
      /got 9 target values, expected 12/,
    );
    await expect(trainer.step({ ...batch, weights: new Float32Array(3) }, quiet)).rejects.toThrow(
      /got 3 weights, expected 4/,
    );
    for (const weight of [-1, Number.NaN, Infinity]) {
      const weights = Float32Array.of(1, 1, weight, 1);
      await expect(trainer.step({ ...batch, weights }, quiet)).rejects.toThrow(
        new RegExp(`got the weight ${weight} at position 2, expected finite numbers of at least 0`),
      );
    }
    await expect(trainer.step(batch, { ...quiet, terms: ['cross-frequency'] })).rejects.toThrow(
      /loss term "cross-frequency" was asked of a trainer made without it; it has none/,
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
