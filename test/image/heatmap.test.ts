// The picture of where training looked.
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../src/core/index.js';
import { createHeatmap, heatColours } from '../../src/image/index.js';

const colour = (step: number): number[] => [...heatColours.subarray(3 * step, 3 * step + 3)];

describe('createHeatmap', () => {
  it('draws the smallest darkest, the largest brightest, between them by value', () => {
    const { image, min, max, ceiling } = createHeatmap(Uint32Array.from([10, 20, 15, 10]), 2, 2, {
      percentile: 100,
    });
    expect([min, max, ceiling]).toEqual([10, 20, 20]);
    expect([image.width, image.height, image.channels, image.depth]).toEqual([2, 2, 3, 8]);
    expect([...image.data]).toEqual([...colour(0), ...colour(255), ...colour(128), ...colour(0)]);
  });

  it('is not darkened by a few hot pixels', () => {
    const counts = new Uint32Array(1000).map((_, i) => i % 100);
    counts[500] = 1_000_000;
    const { image, min, max, ceiling } = createHeatmap(counts, 50, 20);
    expect([min, max, ceiling]).toEqual([0, 1_000_000, 99]);
    expect([...image.data.subarray(3 * 500, 3 * 501)]).toEqual(colour(255));
    expect([...image.data.subarray(3 * 599, 3 * 600)]).toEqual(colour(255));
    expect([...image.data.subarray(3 * 533, 3 * 534)]).toEqual(colour(Math.round((33 / 99) * 255)));
  });

  it('works where everything is alike, and where the few others lie above the percentile', () => {
    const even = createHeatmap(new Uint32Array(4).fill(7), 2, 2);
    expect([even.min, even.max, even.ceiling]).toEqual([7, 7, 7]);
    expect([...even.image.data]).toEqual(new Array(4).fill(colour(0)).flat());
    const spots = createHeatmap(Float32Array.from([1, 1, 1, 1, 1, 2]), 3, 2, { percentile: 50 });
    expect([...spots.image.data.subarray(15)]).toEqual(colour(255));
    expect([...spots.image.data.subarray(0, 3)]).toEqual(colour(0));
  });

  it.each([
    ['with a sign', Float32Array.from({ length: 102 }, (_, i) => ((i * 37) % 101) - 50.5)],
    ['without one', Float32Array.from({ length: 102 }, (_, i) => ((i * 37) % 101) / 7)],
    ['counted', Uint32Array.from({ length: 102 }, (_, i) => (i * 37) % 101)],
  ])('saturates at the value that a sort has at the percentile: floats %s', (_, values) => {
    for (const percentile of [0.1, 37, 50, 99.5, 100]) {
      const sorted = values.slice().sort();
      const { min, max, ceiling } = createHeatmap(values, 51, 2, { percentile });
      expect([min, max, ceiling]).toEqual([
        sorted[0],
        sorted[101],
        sorted[Math.ceil((percentile / 100) * 102) - 1],
      ]);
    }
  });

  it('leaves the values as they are', () => {
    const values = Float32Array.from([3, 1, 2, 0]);
    createHeatmap(values, 2, 2);
    expect([...values]).toEqual([3, 1, 2, 0]);
  });

  it.each([NaN, Infinity, -Infinity])('refuses %d', (bad) => {
    const draw = () => createHeatmap(Float32Array.from([1, bad, 2, 3]), 2, 2);
    expect(draw).toThrow(ArgumentError);
    expect(draw).toThrow(new RegExp(`got ${bad} among the values of a heat map; expected finite numbers`));
  });

  it('refuses what does not fit', () => {
    expect(() => createHeatmap(new Uint32Array(5), 2, 2)).toThrow(
      /got 5 numbers as values of a heat map; expected 4/,
    );
    expect(() => createHeatmap(new Uint32Array(4), 2, 2, { percentile: 0 })).toThrow(
      /got percentile 0; expected more/,
    );
    expect(() => createHeatmap(new Uint32Array(4), 2, 2, { percentile: NaN })).toThrow(/got percentile NaN/);
  });
});

describe('the colours', () => {
  it('are 256, ever lighter (CIE Y of linear sRGB)', () => {
    expect(heatColours.length).toBe(768);
    const linear = (byte: number): number => {
      const value = byte / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    };
    const luminance = Array.from({ length: 256 }, (_, i) => {
      const [r, g, b] = colour(i).map(linear) as [number, number, number];
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    });
    expect(luminance[0]).toBeLessThan(0.01);
    expect(luminance[255]).toBeGreaterThan(0.8);
    // Sixteen steps at a time: single ones are finer than a byte.
    for (let i = 16; i < 256; i++) expect(luminance[i]!, `step ${i}`).toBeGreaterThan(luminance[i - 16]!);
  });

  it('draws counts from 0 when told: what is even looks even, and is not dark', () => {
    const even = createHeatmap(new Uint32Array(4).fill(500), 2, 2, { darkest: 0 });
    expect([even.min, even.max, even.ceiling]).toEqual([0, 500, 500]);
    expect([...even.image.data.subarray(0, 3)]).toEqual([...heatColours.subarray(255 * 3)]);
    const less = Uint32Array.of(5, 6, 7, 8);
    expect(() => createHeatmap(less, 2, 2, { darkest: 6 })).toThrow('got 6 as the darkest value');
  });
});
