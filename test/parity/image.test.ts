// Pixels against the official code's numbers: coordinates, targets, Laplacian, frequency fitness, PSNR and SSIM.
import { describe, expect, it } from 'vitest';
import {
  coordinateGrid,
  createLaplacian,
  createPixelPool,
  laplacian,
  linspace,
  psnrImagePeak,
  ssimOfficial,
} from '../../src/image/index.js';
import { loadImage } from '../../src/image/files/index.js';
import { golden, referenceFile } from '../support/reference-data.js';
import { largestDifference } from './difference.js';
import { officialCases, testCase } from './official-images.js';

interface Metrics {
  cases: { width: number; height: number; gt8: number[]; recon: number[]; psnr: number; ssim: number }[];
  linspace: Record<string, number[]>;
}

interface Laplacians {
  width: number;
  height: number;
  rgb: number[];
  rgb_laplacian: number[];
  gray: number[];
  gray_laplacian: number[];
}

const metrics = golden<Metrics>('metrics_coords');
const laplacians = golden<Laplacians>('laplacian');

describe('coordinates', () => {
  it.each(Object.entries(metrics.linspace))(
    'linspace of %s points is torch’s, bit for bit',
    (count, points) => {
      expect(linspace(Number(count))).toEqual(Float32Array.from(points));
    },
  );

  it('lie row first', () => {
    const [width, height] = [24, 19];
    const grid = coordinateGrid(width, height);
    const rows = metrics.linspace[height]!;
    const columns = metrics.linspace[width]!;
    const expected = rows.flatMap((row) => columns.flatMap((column) => [row, column]));
    expect(grid).toEqual(Float32Array.from(expected));
  });
});

describe('the official metrics', () => {
  it.each(metrics.cases)('PSNR $psnr, SSIM $ssim', ({ width, height, gt8, recon, psnr, ssim }) => {
    const reference = Uint8Array.from(gt8);
    const reconstruction = Float32Array.from(recon);
    expect(psnrImagePeak(reference, reconstruction)).toBeCloseTo(psnr, 5);
    expect(ssimOfficial(reference, reconstruction, { width, height, channels: 3 })).toBeCloseTo(ssim, 5);
  });
});

describe('the Laplacian', () => {
  it('of a colour image', () => {
    const { width, height, rgb, rgb_laplacian } = laplacians;
    const operator = createLaplacian({ width, height, channels: 3, range: { min: 0, max: 255 } });
    const response = operator.response(Float32Array.from(rgb, (value) => 2 * value - 1));
    expect(
      largestDifference(
        response,
        rgb_laplacian.map((value) => 255 * value),
      ),
    ).toBeLessThan(2e-4);
  });

  it('of a grey image', () => {
    const { width, height, gray, gray_laplacian } = laplacians;
    expect(largestDifference(laplacian(Float32Array.from(gray), width, height), gray_laplacian)).toBeLessThan(
      1e-6,
    );
    const operator = createLaplacian({ width, height, channels: 1, range: { min: 0, max: 255 } });
    const response = operator.response(Float32Array.from(gray, (value) => 2 * value - 1));
    expect(
      largestDifference(
        response,
        gray_laplacian.map((value) => 255 * value),
      ),
    ).toBeLessThan(2e-4);
  });
});

describe('an image and a prediction of it', () => {
  it.each(officialCases)('targets, Laplacian and frequency fitness, image $id', (expected) => {
    const { image, pred } = testCase(expected.id);
    const pool = createPixelPool(image);
    expect(pool.range.min).toBeCloseTo(255 * expected.transform_min_max[0], 4);
    expect(pool.range.max).toBeCloseTo(255 * expected.transform_min_max[1], 4);
    expect(largestDifference(pool.targets, expected.gt)).toBeLessThan(3e-7);

    const operator = createLaplacian(pool);
    const wanted = operator.response(pool.targets).slice();
    expect(largestDifference(wanted, expected.gt_laplacian)).toBeLessThan(2e-4);
    const response = operator.response(Float32Array.from(pred));
    // Squares of up to some ten thousand, of single-precision differences.
    const relative = expected.laplace_map.map((value, i) => {
      return Math.abs((response[i]! - wanted[i]!) ** 2 - value) / (1 + value);
    });
    expect(Math.max(...relative)).toBeLessThan(1e-3);
  });
});

const crop = referenceFile('data/image/div2k/00.png');

describe.skipIf(crop === undefined)('a photograph of the benchmark', () => {
  it('cropped to 256 is columns and rows 128 to 383', async () => {
    const whole = await loadImage(crop!);
    const part = await loadImage(crop!, { crop: 256 });
    expect([whole.width, whole.height, part.width, part.height]).toEqual([512, 512, 256, 256]);
    const expected = new Uint8Array(256 * 256 * 3);
    for (let y = 0; y < 256; y++) {
      const start = ((y + 128) * 512 + 128) * 3;
      expected.set(whole.data.subarray(start, start + 256 * 3), y * 256 * 3);
    }
    expect(Buffer.compare(Buffer.from(part.data), expected)).toBe(0);
  });
});
