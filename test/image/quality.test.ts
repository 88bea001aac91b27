// PSNR and SSIM, both conventions, against their definitions and against scikit-image.
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../src/core/index.js';
import {
  createImage,
  createPixelPool,
  createQualityMeter,
  psnr,
  psnrImagePeak,
  ssim,
  ssimOfficial,
  type Image,
  type PixelLayout,
} from '../../src/image/index.js';
import { loadImage } from '../../src/image/files/index.js';
import { noiseImage, noiseValues } from './random.js';

/** A fixture and the same with a fixed pattern added. */
async function degraded(name: string): Promise<{ image: Image; worse: Uint8Array }> {
  const image = await loadImage(fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url)));
  const worse = Uint8Array.from(image.data, (value, i) =>
    Math.min(255, Math.max(0, value + ((i * 37) % 41) - 20)),
  );
  return { image, worse };
}

describe('the usual convention', () => {
  // Worked with scikit-image 0.26.0: structural_similarity(a, b, gaussian_weights=True, sigma=1.5,
  // use_sample_covariance=False, data_range=255, channel_axis=-1) and peak_signal_noise_ratio(a, b, data_range=255),
  // b = clip(a + (i * 37) % 41 - 20, 0, 255) with i the flat index.
  it.each([
    { name: 'photo.png', similarity: 0.640802618958949, decibels: 26.691621614272705 },
    { name: 'text.png', similarity: 0.9472909193362992, decibels: 27.005923844718897 },
  ])('agrees with scikit-image on $name', async ({ name, similarity, decibels }) => {
    const { image, worse } = await degraded(name);
    expect(ssim(Float32Array.from(image.data), worse, image)).toBeCloseTo(similarity, 12);
    expect(psnr(Float32Array.from(image.data), worse)).toBeCloseTo(decibels, 10);
  });

  it('PSNR of values that are all 5 off is 20·log10(255/5) dB, worked by hand', () => {
    expect(psnr(new Uint8Array(30).fill(100), new Uint8Array(30).fill(105))).toBeCloseTo(34.1514, 4);
  });

  it('sees what a saved file holds: rounded and clamped', () => {
    const reference = Float32Array.from([0, 10, 255]);
    expect(psnr(reference, Float32Array.from([-9, 10.4, 300]))).toBe(Infinity);
    expect(psnr(reference, Float32Array.from([0, 10.6, 255]))).toBeCloseTo(10 * Math.log10(255 ** 2 * 3), 9);
  });

  it('SSIM of a picture with itself is 1', () => {
    const image = noiseImage(20, 15, 3, 8, 91);
    expect(ssim(image.data as Uint8Array, image.data as Uint8Array, image)).toBeCloseTo(1, 12);
    expect(ssimOfficial(image.data as Uint8Array, image.data as Uint8Array, image)).toBeCloseTo(1, 12);
  });

  it('SSIM needs a whole window', () => {
    const layout = { width: 10, height: 40, channels: 1 } as const;
    expect(() => ssim(new Uint8Array(400), new Uint8Array(400), layout)).toThrow(ArgumentError);
    expect(() => ssim(new Uint8Array(400), new Uint8Array(400), layout)).toThrow(
      /got an image of 10×40.*at least 11×11/,
    );
  });
});

describe('the official convention', () => {
  it('takes the picture’s own peak, worked by hand', () => {
    // All 4 off, largest value 80: 20·log10(80/4).
    const reference = Float32Array.from([80, 20, 40]);
    expect(
      psnrImagePeak(
        reference,
        reference.map((value) => value - 4),
      ),
    ).toBeCloseTo(26.0206, 4);
  });

  it('clamps without rounding', () => {
    const reference = Float32Array.from([255, 0]);
    expect(psnrImagePeak(reference, Float32Array.from([300, -20]))).toBe(Infinity);
    expect(psnrImagePeak(reference, Float32Array.from([255, 0.25]))).toBeCloseTo(
      20 * Math.log10(255 / Math.sqrt(0.03125)),
      9,
    );
  });
});

describe('SSIM against its definition', () => {
  it.each([
    { width: 23, height: 17, channels: 3, seed: 92 },
    { width: 11, height: 12, channels: 1, seed: 93 },
    { width: 31, height: 11, channels: 4, seed: 94 },
    { width: 5, height: 3, channels: 3, seed: 95 },
  ] as const)(
    'on $width×$height with $channels channels, seed $seed',
    ({ width, height, channels, seed }) => {
      const layout = { width, height, channels };
      const a = noiseValues(width * height * channels, 0, 255, seed).map(Math.round);
      const b = a.map((value, i) => Math.min(255, Math.max(0, value + 40 * Math.sign((i % 7) - 3))));
      expect(ssimOfficial(a, b, layout)).toBeCloseTo(bruteForce(a, b, layout, 5, 3), 10);
      if (Math.min(width, height) >= 11)
        expect(ssim(a, b, layout)).toBeCloseTo(bruteForce(a, b, layout, 0, 1), 10);
    },
  );
});

/** Wang et al. 2004, Eq. 13, window by window over a zero-padded picture. */
function bruteForce(
  a: Float32Array,
  b: Float32Array,
  layout: PixelLayout,
  padding: number,
  stride: number,
): number {
  const { width, height, channels } = layout;
  const [c1, c2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2];
  const weights: number[] = [];
  for (let y = -5; y <= 5; y++) for (let x = -5; x <= 5; x++) weights.push(Math.exp(-(x * x + y * y) / 4.5));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const scores: number[] = [];
  for (let channel = 0; channel < channels; channel++) {
    for (let top = -padding; top + 11 <= height + padding; top += stride) {
      for (let left = -padding; left + 11 <= width + padding; left += stride) {
        const at = (values: Float32Array, i: number): number => {
          const [x, y] = [left + (i % 11), top + Math.floor(i / 11)];
          return x < 0 || y < 0 || x >= width || y >= height
            ? 0
            : values[(y * width + x) * channels + channel]!;
        };
        const expectation = (f: (i: number) => number): number =>
          weights.reduce((sum, weight, i) => sum + (weight / total) * f(i), 0);
        const ma = expectation((i) => at(a, i));
        const mb = expectation((i) => at(b, i));
        const va = expectation((i) => (at(a, i) - ma) ** 2);
        const vb = expectation((i) => (at(b, i) - mb) ** 2);
        const cov = expectation((i) => (at(a, i) - ma) * (at(b, i) - mb));
        scores.push(((2 * ma * mb + c1) * (2 * cov + c2)) / ((ma * ma + mb * mb + c1) * (va + vb + c2)));
      }
    }
  }
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

describe('createQualityMeter', () => {
  it.each([8, 16] as const)('finds the targets themselves perfect, %i bits, seed 96', (depth) => {
    const image = noiseImage(24, 16, 3, depth, 96);
    const pool = createPixelPool(image);
    const quality = createQualityMeter(image, pool.range).measure(pool.targets);
    expect(quality.psnr).toBe(Infinity);
    expect(quality.ssim).toBeCloseTo(1, 10);
    expect(quality.psnrImagePeak).toBeGreaterThan(120);
    expect(quality.ssimOfficial).toBeCloseTo(1, 6);
  });

  it('gives the functions’ figures of decoded values, seed 97', () => {
    const image = noiseImage(24, 16, 3, 8, 97);
    const range = { min: 0, max: 255 };
    const values = noiseValues(24 * 16 * 3, -1.2, 1.2, 97);
    const units = values.map((value) => Math.min(255, Math.max(0, (value + 1) * 127.5)));
    const reference = image.data as Uint8Array;
    expect(createQualityMeter(image, range).measure(values)).toEqual({
      psnr: psnr(reference, units),
      ssim: ssim(reference, units, image),
      psnrImagePeak: psnrImagePeak(reference, units),
      ssimOfficial: ssimOfficial(reference, units, image),
    });
  });

  it('leaves out SSIM where its window does not fit', () => {
    const image = createImage({ width: 30, height: 4, channels: 1 }, new Uint8Array(120).fill(7));
    const quality = createQualityMeter(image, { min: 0, max: 255 }).measure(new Float32Array(120));
    expect(Object.keys(quality).sort()).toEqual(['psnr', 'psnrImagePeak', 'ssimOfficial']);
  });

  it('refuses what does not fit', () => {
    const image = noiseImage(12, 12, 3, 8, 98);
    const meter = createQualityMeter(image, { min: 0, max: 255 });
    expect(() => meter.measure(new Float32Array(144))).toThrow(ArgumentError);
    expect(() => meter.measure(new Float32Array(144))).toThrow(
      /got 144 numbers as values to measure; expected 432/,
    );
    expect(() => psnr(new Uint8Array(3), new Uint8Array(4))).toThrow(
      /got 3 reference values and 4 reconstructed/,
    );
    expect(() => psnrImagePeak(new Uint8Array(0), new Uint8Array(0))).toThrow(/at least one/);
    expect(() => ssimOfficial(new Uint8Array(5), new Uint8Array(432), image)).toThrow(
      /got 5 numbers as the original/,
    );
  });
});

describe('a reconstruction that comes in parts', () => {
  const { width, height, channels } = { width: 23, height: 31, channels: 3 } as const;

  it.each([8, 16] as const)('has the figures of the whole to the bit, at %i bits', (depth) => {
    const image = noiseImage(width, height, channels, depth, 17);
    const range = { min: 3, max: 251 };
    const values = noiseValues(image.data.length, -1.3, 1.3, 18);
    const meter = createQualityMeter(image, range);
    const reference = Float32Array.from(image.data, (value) => value / (depth === 16 ? 257 : 1));
    const decoded = Float32Array.from(values, (value) =>
      Math.min(255, Math.max(0, range.min + (value + 1) * ((range.max - range.min) / 2))),
    );
    for (const length of [1, 100, width * channels, values.length]) {
      const parts = meter.begin();
      for (let from = 0; from < values.length; from += length)
        parts.add(values.subarray(from, from + length));
      const found = parts.finish();
      expect(found, `${length} at a time`).toEqual({
        psnr: psnr(reference, decoded),
        psnrImagePeak: psnrImagePeak(reference, decoded),
        ssim: ssim(reference, decoded, image),
        ssimOfficial: ssimOfficial(reference, decoded, image),
      });
      expect(found).toEqual(meter.measure(values));
    }
  });

  it('is the whole of it, and no more', () => {
    const image = noiseImage(width, height, channels, 8, 17);
    const parts = createQualityMeter(image, { min: 0, max: 255 }).begin();
    parts.add(new Float32Array(2000));
    expect(() => parts.finish()).toThrow(
      /got 2000 numbers as values to measure; expected 2139 for 23×31 pixels/,
    );
    expect(() => parts.add(new Float32Array(140))).toThrow(/got 2140 numbers .* add the whole picture once/);
  });
});
