// The Laplacian against its definition, pixel by pixel.
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../src/core/index.js';
import { createLaplacian, laplacian, lumaWeights, type Channels } from '../../src/image/index.js';
import { noiseValues } from './random.js';

const kernel = [
  [0, 1, 0],
  [1, -4, 1],
  [0, 1, 0],
];

/** Decode, clamp, luma, 3×3 kernel over zeros, as the definition says. */
function bruteForce(
  values: Float32Array,
  width: number,
  height: number,
  channels: Channels,
  min: number,
  max: number,
) {
  const decode = (value: number): number => Math.min(255, Math.max(0, ((value + 1) / 2) * (max - min) + min));
  const luma = (x: number, y: number): number => {
    if (x < 0 || y < 0 || x >= width || y >= height) return 0;
    const pixel = [...values.subarray((y * width + x) * channels, (y * width + x + 1) * channels)].map(
      decode,
    );
    return channels === 1 ? pixel[0]! : lumaWeights.reduce((sum, weight, c) => sum + weight * pixel[c]!, 0);
  };
  return Array.from({ length: width * height }, (_, i) => {
    let sum = 0;
    kernel.forEach((row, dy) =>
      row.forEach(
        (weight, dx) => (sum += weight * luma((i % width) + dx - 1, Math.floor(i / width) + dy - 1)),
      ),
    );
    return sum;
  });
}

describe('createLaplacian', () => {
  it.each([
    { width: 9, height: 7, channels: 1, min: 0, max: 255, seed: 81 },
    { width: 9, height: 7, channels: 3, min: 20, max: 240, seed: 82 },
    { width: 2, height: 2, channels: 3, min: 0, max: 255, seed: 83 },
    { width: 5, height: 12, channels: 4, min: 0, max: 200, seed: 84 },
    { width: 4, height: 4, channels: 3, min: 90, max: 90, seed: 85 },
  ] as const)(
    'is the definition on $width×$height, $channels channels, $min to $max, seed $seed',
    ({ width, height, channels, min, max, seed }) => {
      const operator = createLaplacian({ width, height, channels, range: { min, max } });
      // Beyond ±1 in places, so that the clamp matters.
      const values = noiseValues(width * height * channels, -1.5, 1.5, seed);
      const before = values.slice();
      const response = operator.response(values);
      bruteForce(values, width, height, channels, min, max).forEach((expected, i) => {
        expect(Math.abs(response[i]! - expected)).toBeLessThan(2e-4);
      });
      expect(values).toEqual(before);
    },
  );

  it('answers in memory of its own, the same every time', () => {
    const operator = createLaplacian({ width: 4, height: 3, channels: 1, range: { min: 0, max: 255 } });
    const first = operator.response(noiseValues(12, -1, 1, 86));
    const kept = first.slice();
    expect(operator.response(noiseValues(12, -1, 1, 87))).toBe(first);
    expect(first).not.toEqual(kept);
    expect(operator.response(noiseValues(12, -1, 1, 86))).toEqual(kept);
  });

  it('ignores alpha', () => {
    const operator = createLaplacian({ width: 3, height: 3, channels: 4, range: { min: 0, max: 255 } });
    const values = noiseValues(36, -1, 1, 88);
    const before = operator.response(values).slice();
    for (let i = 3; i < 36; i += 4) values[i] = -values[i]!;
    expect(operator.response(values)).toEqual(before);
  });

  it('refuses what does not fit', () => {
    const operator = createLaplacian({ width: 4, height: 3, channels: 3, range: { min: 0, max: 255 } });
    expect(() => operator.response(new Float32Array(12))).toThrow(ArgumentError);
    expect(() => operator.response(new Float32Array(12))).toThrow(
      /got 12 numbers as values to filter; expected 36/,
    );
    expect(() => createLaplacian({ width: 4, height: 3, channels: 3, range: { min: 9, max: 1 } })).toThrow(
      /got the range 9/,
    );
    expect(() => laplacian(new Float32Array(12), 4, 3, new Float32Array(11))).toThrow(
      /got 11 numbers as room/,
    );
  });
});
