// Between pixels and network units: one range for all channels, and exactly back again.
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../src/core/index.js';
import {
  createImage,
  imageUnits,
  measureRange,
  targetTable,
  toDisplay,
  toTargets,
  toUnits,
} from '../../src/image/index.js';
import { noiseImage } from './random.js';

describe('targets', () => {
  it('span −1 to 1 over all channels together', () => {
    const image = createImage(
      { width: 2, height: 2, channels: 3 },
      Uint8Array.from([50, 60, 100, 75, 75, 75, 50, 50, 50, 100, 80, 90]),
    );
    const range = measureRange(image);
    expect(range).toEqual({ min: 50, max: 100 });
    const expected = [-1, -0.6, 1, 0, 0, 0, -1, -1, -1, 1, 0.2, 0.6].map(Math.fround);
    toTargets(image, range).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6));
  });

  it('of a constant image are zero, and decode to the constant whatever the network says', () => {
    const image = createImage({ width: 3, height: 2, channels: 1 }, new Uint8Array(6).fill(93));
    const range = measureRange(image);
    expect(range).toEqual({ min: 93, max: 93 });
    expect([...toTargets(image, range)]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...toDisplay(Float32Array.from([0, -1, 1, 0.3, -7, 7]), image, range).data]).toEqual(
      new Array(6).fill(93),
    );
  });

  it.each([8, 16] as const)('are a table of all samples there can be, %i bits, rounded once', (depth) => {
    for (const range of [
      { min: 0, max: 255 },
      { min: 12.25, max: 199.125 },
      { min: 7, max: 7 },
    ]) {
      const table = targetTable(depth, range);
      expect(table.length).toBe(2 ** depth);
      const scale = depth === 16 ? 257 : 1;
      const target = (sample: number): number =>
        range.max === range.min ? 0 : (sample / scale - range.min) * (2 / (range.max - range.min)) - 1;
      expect(table).toEqual(Float32Array.from({ length: 2 ** depth }, (_, sample) => target(sample)));
    }
    expect(() => targetTable(depth, { min: 2, max: 1 })).toThrow(/got the range 2 to 1/);
  });

  it('count 16 bits in 0–255 units', () => {
    const image = createImage({ width: 2, height: 2, channels: 1 }, Uint16Array.from([0, 257, 32896, 65535]));
    expect(measureRange(image)).toEqual({ min: 0, max: 255 });
    expect([...imageUnits(image)]).toEqual([0, 1, 128, 255]);
  });
});

describe('back to pixels', () => {
  it.each([
    { channels: 1, depth: 8, seed: 61 },
    { channels: 3, depth: 8, seed: 62 },
    { channels: 4, depth: 16, seed: 63 },
    { channels: 1, depth: 16, seed: 64 },
  ] as const)('is exact for $channels channels of $depth bits, seed $seed', ({ channels, depth, seed }) => {
    const image = noiseImage(40, 30, channels, depth, seed);
    const range = measureRange(image);
    expect(toDisplay(toTargets(image, range), image, range, depth)).toEqual(image);
  });

  it('rounds and clamps', () => {
    const range = { min: 0, max: 255 };
    const values = Float32Array.from([-1.5, 1.5, 0, NaN]);
    const layout = { width: 2, height: 2, channels: 1 } as const;
    expect([...toDisplay(values, layout, range).data]).toEqual([0, 255, 128, 0]);
    expect([...toDisplay(values, layout, range, 16).data]).toEqual([0, 65535, 32768, 0]);
    expect([...toUnits(values.subarray(0, 3), range)]).toEqual([0, 255, 127.5]);
  });

  it('writes where it is told', () => {
    const out = new Float32Array(2);
    expect(toUnits(Float32Array.from([-1, 1]), { min: 10, max: 20 }, out)).toBe(out);
    expect([...out]).toEqual([10, 20]);
  });

  it('refuses what does not fit', () => {
    const layout = { width: 2, height: 2, channels: 3 } as const;
    expect(() => toDisplay(new Float32Array(11), layout, { min: 0, max: 1 })).toThrow(ArgumentError);
    expect(() => toDisplay(new Float32Array(11), layout, { min: 0, max: 1 })).toThrow(
      /got 11 numbers.*expected 12/,
    );
    expect(() => toUnits(new Float32Array(3), { min: 0, max: 1 }, new Float32Array(2))).toThrow(
      /room for 2.*expected 3/,
    );
  });

  it.each([
    { min: 3, max: 2 },
    { min: NaN, max: 2 },
    { min: 0, max: Infinity },
  ])('refuses the range $min to $max', (range) => {
    expect(() => toUnits(new Float32Array(3), range)).toThrow(ArgumentError);
    expect(() => toUnits(new Float32Array(3), range)).toThrow(/got the range .* expected finite numbers/);
    expect(() => toTargets(noiseImage(2, 2, 1, 8, 65), range)).toThrow(/got the range/);
  });
});
