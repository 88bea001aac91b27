// The oracle itself, against finite differences and against its own snapshots.
import { allOf, someOf } from '../../src/core/samples.js';
import { describe, expect, it } from 'vitest';
import { ArgumentError, ResumeError, type Batch } from '../../src/core/index.js';
import { createPixelPool } from '../../src/image/index.js';
import { noiseImage } from '../image/random.js';
import { drawLayers } from './siren-layers.js';
import { ReferenceTrainer } from './siren.js';

const pool = createPixelPool(noiseImage(6, 5, 3, 8, 101));
const plain = { wants: [] };
const supervised = { wants: [], terms: ['cross-frequency'] };

function make(seed: number): ReferenceTrainer {
  // A large λ and a narrow network: the cross-frequency term matters, and some predictions lie beyond the clamp.
  const layers = drawLayers([2, 7, 7, 3], 30, seed);
  layers[2]!.bias.set([1.4, -0.2, -1.3]);
  return new ReferenceTrainer({ layers, omega: 30, lr: 1e-3, crossFrequency: { image: pool, lambda: 1e-3 } });
}

/** A few pixels, neighbours among them. */
function someBatch(): Batch {
  return pool.gather(someOf(Uint32Array.from([7, 8, 14, 20, 3, 29])));
}

describe('the gradient', () => {
  it.each([
    { what: 'squared error', crossFrequency: false, whole: false },
    { what: 'with cross-frequency over everything', crossFrequency: true, whole: true },
    { what: 'with cross-frequency over some pixels', crossFrequency: true, whole: false },
  ])('is the finite difference of the loss: $what, seed 102', async ({ crossFrequency, whole }) => {
    const trainer = make(102);
    await trainer.step(pool.gather(allOf(pool.size)), plain);
    const batch = whole ? pool.gather(allOf(pool.size)) : someBatch();
    const { gradient } = trainer.lossAndGradient(batch, crossFrequency);
    trainer.layers.forEach((layer, l) => {
      for (const part of ['weight', 'bias'] as const) {
        const values = layer[part];
        for (let i = 0; i < values.length; i += 3) {
          const kept = values[i]!;
          const h = 1e-6;
          values[i] = kept + h;
          const above = trainer.lossAndGradient(batch, crossFrequency).loss;
          values[i] = kept - h;
          const below = trainer.lossAndGradient(batch, crossFrequency).loss;
          values[i] = kept;
          const slope = gradient[l]![part][i]!;
          const error = Math.abs((above - below) / (2 * h) - slope);
          expect(error, `layer ${l} ${part} ${i}`).toBeLessThan(1e-5 * (1 + Math.abs(slope)));
        }
      }
    });
  });

  it('has predictions beyond the clamp to show for it', async () => {
    const { min, max } = pool.range;
    const predictions = await make(102).predict(pool.inputs);
    const units = [...predictions].map((value) => min + ((value + 1) / 2) * (max - min));
    expect(Math.max(...units)).toBeGreaterThan(255);
    expect(Math.min(...units)).toBeLessThan(0);
  });
});

describe('as a trainer', () => {
  it('lowers the loss, seed 103', async () => {
    const trainer = make(103);
    const { loss: first } = await trainer.step(pool.gather(allOf(pool.size)), plain);
    for (let i = 0; i < 50; i++) await trainer.step(pool.gather(allOf(pool.size)), plain);
    expect((await trainer.step(pool.gather(allOf(pool.size)), plain)).loss).toBeLessThan(0.7 * first);
  });

  it('returns the predictions made before the update, when asked', async () => {
    const trainer = make(104);
    const before = await trainer.predict(pool.inputs);
    const result = await trainer.step(pool.gather(allOf(pool.size)), { wants: ['predictions'] });
    expect(result.predictions).toEqual(before);
    expect(await trainer.predict(pool.inputs)).not.toEqual(before);
    expect('predictions' in (await trainer.step(pool.gather(allOf(pool.size)), plain))).toBe(false);
  });

  it('goes on from a snapshot bit for bit, the cached prediction included', async () => {
    const trainer = make(105);
    for (let i = 0; i < 3; i++) await trainer.step(pool.gather(allOf(pool.size)), supervised);
    const snapshot = await trainer.snapshot();
    const continued = [
      await trainer.step(someBatch(), supervised),
      await trainer.step(someBatch(), supervised),
    ];
    const other = make(106);
    await other.restore(snapshot);
    expect([await other.step(someBatch(), supervised), await other.step(someBatch(), supervised)]).toEqual(
      continued,
    );
    expect(await other.predict(pool.inputs)).toEqual(await trainer.predict(pool.inputs));
  });

  it('refuses a snapshot of another model, and stays as it was', async () => {
    const snapshot = await new ReferenceTrainer({
      layers: drawLayers([2, 5, 3], 30, 107),
      omega: 30,
      lr: 1,
    }).snapshot();
    const trainer = make(107);
    const before = await trainer.predict(pool.inputs);
    const restoring = Promise.resolve().then(() => trainer.restore(snapshot));
    await expect(restoring).rejects.toThrow(ResumeError);
    await expect(restoring).rejects.toThrow(/no matching "layers\.0\.weight" in the snapshot/);
    expect(await trainer.predict(pool.inputs)).toEqual(before);
  });

  it('needs an evaluation before a cross-frequency step, and an image for it', () => {
    expect(() => make(108).lossAndGradient(someBatch(), true)).toThrow(ArgumentError);
    expect(() => make(108).lossAndGradient(someBatch(), true)).toThrow(/before any evaluation/);
    const bare = new ReferenceTrainer({ layers: drawLayers([2, 5, 3], 30, 109), omega: 30, lr: 1 });
    expect(() => bare.lossAndGradient(someBatch(), true)).toThrow(/expected crossFrequency options/);
  });
});
