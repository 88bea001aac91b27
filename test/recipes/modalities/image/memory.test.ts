// What a picture of many megapixels takes beside its own bytes, in every part that used to hold it as floats.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { findStrategy, makeSelector } from '../../../../src/core/index.js';
import { createHeatmap, createImage, createPixelPool, type PixelPool } from '../../../../src/image/index.js';
import { createImageMeasuring } from '../../../../src/recipes/modalities/image/measuring.js';
import { lookedAt } from '../../../../src/recipes/modalities/image/run.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes of arrays that somebody still holds. */
function held(): number {
  // Twice: memory of arrays goes after the arrays.
  collect();
  collect();
  return process.memoryUsage().arrayBuffers;
}

const layout = { width: 3000, height: 2000, channels: 1 } as const;
const size = layout.width * layout.height;

describe('a picture of 6 megapixels', () => {
  const image = createImage(
    layout,
    new Uint8Array(size).map((_, i) => (i * 7 + (i >> 9)) & 255),
  );

  it('is measured and drawn in some bytes a pixel', async () => {
    const before = held();
    const pool = createPixelPool(image);
    let most = 0;
    const trainer = {
      predict(inputs: Float32Array): Promise<Float32Array> {
        const values = new Float32Array(inputs.length / 2).fill(0.25);
        most = Math.max(most, held() - before);
        return Promise.resolve(values);
      },
    };
    const measuring = createImageMeasuring(image, pool, trainer, 4096);
    expect(await measuring.measure(false)).toHaveProperty('pixels', 4096);
    // Tables and the sample.
    expect(most / size).toBeLessThan(0.4);
    const { psnr } = await measuring.measure(true);
    const { errors, quality } = await measuring.finish();
    expect(quality.psnr).toBe(psnr);
    // A byte and an error, and a stretch of coordinates and answers; as floats it would be twenty and more.
    expect(most / size).toBeLessThan(9);
    expect(createHeatmap(errors, layout.width, layout.height, { darkest: 0 }).max).toBeGreaterThan(0);
  });

  it('is not made floats for strategies that look at errors alone', () => {
    const pool = createPixelPool(image);
    const plan = { settings: { strategy: 'evos-online' }, selector: undefined, plugins: [] };
    expect(lookedAt(plan, pool)).toBeUndefined();
    const before = held();
    const settings = { size, batchSize: 60_000, seed: 1 };
    const selector = makeSelector(findStrategy('evos-online'), settings);
    selector.next();
    expect((held() - before) / size).toBeLessThan(9.2);
  });
});

it('a strategy with responses, a plugin or a selector of one’s own sees the targets', () => {
  const pool: PixelPool = createPixelPool(
    createImage({ width: 4, height: 3, channels: 1 }, new Uint8Array(12)),
  );
  const plan = { settings: { strategy: 'evos-online' }, selector: undefined, plugins: [] };
  expect(lookedAt({ ...plan, settings: { strategy: 'evos' } }, pool)?.targets).toBe(pool.targets);
  expect(lookedAt({ ...plan, plugins: [{ file: 'mine.ts', sha256: '' }] }, pool)?.targets).toBe(pool.targets);
});
