// Quality of a sample of a picture's pixels beside that of all of them.
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../src/core/index.js';
import { createPixelPool, type Image } from '../../../../src/image/index.js';
import { createImageMeasuring } from '../../../../src/recipes/modalities/image/measuring.js';

const [width, height, channels] = [96, 80, 3] as const;
const size = width * height;
const random = createRandom(5);
const data = Uint8Array.from({ length: size * channels }, () => random.below(200));
data[7] = 255;
const image: Image = { width, height, channels, depth: 8, data };
const pool = createPixelPool(image);

/** A network that is off by the more, the further down; it knows pixels by their coordinates. */
function predicting(asked: number[]) {
  const at = new Map<string, number>();
  for (let i = 0; i < size; i++) at.set(pool.inputs.subarray(2 * i, 2 * i + 2).join(), i);
  return (inputs: Float32Array): Promise<Float32Array> => {
    asked.push(inputs.length / 2);
    const values = new Float32Array((inputs.length / 2) * channels);
    for (let i = 0; i < inputs.length / 2; i++) {
      const pixel = at.get(inputs.subarray(2 * i, 2 * i + 2).join())!;
      for (let channel = 0; channel < channels; channel++) {
        const off = 0.2 * (pixel / size) * (channel % 2 === 0 ? 1 : -1);
        values[channels * i + channel] = pool.targets[channels * pixel + channel]! + off;
      }
    }
    return Promise.resolve(values);
  };
}

describe('measuring a picture', () => {
  it('by a sample comes close to all of it, spread over the whole', async () => {
    const asked: number[] = [];
    const { measure } = createImageMeasuring(image, pool, { predict: predicting(asked) }, 1500);
    const [some, all] = [await measure(false), await measure(true)];
    expect(asked).toEqual([1500, size]);
    expect(some['pixels']).toBe(1500);
    expect(some['psnr']).not.toBe(all['psnr']);
    expect(Math.abs(some['psnr']! - all['psnr']!)).toBeLessThan(0.15);
    // The peak is the picture's, whether its one bright pixel is in the sample or not.
    expect(Math.abs(some['psnrImagePeak']! - all['psnrImagePeak']!)).toBeLessThan(0.15);
    expect(some).not.toHaveProperty('ssim');
    expect(all).toHaveProperty('ssim');
  });

  it('by as many samples as there are pixels is measuring it', async () => {
    const { measure } = createImageMeasuring(image, pool, { predict: predicting([]) }, size);
    expect(await measure(false)).toEqual(await measure(true));
  });

  it('asks once for what is measured and written at the end', async () => {
    const asked: number[] = [];
    const { measure, finish } = createImageMeasuring(image, pool, { predict: predicting(asked) }, 1500);
    await measure(true);
    const { quality } = await finish();
    expect(asked).toEqual([size]);
    expect(quality).toEqual(await measure(true));
  });

  it('does not take an earlier prediction for that of the end', async () => {
    const asked: number[] = [];
    const { measure, finish } = createImageMeasuring(image, pool, { predict: predicting(asked) }, 1500);
    await measure(true);
    await measure(false);
    await finish();
    expect(asked).toEqual([size, 1500, size]);
  });
});
