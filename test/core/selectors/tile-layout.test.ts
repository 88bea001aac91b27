// Divisions of pools: every sample in exactly one tile, tiles about equal.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../src/core/errors.js';
import { imageTiles, measureTiles, runTiles } from '../../../src/core/selectors/tile-layout.js';
import type { TileLayout } from '../../../src/core/contracts.js';

const seed = 6464;

function samplesOf(layout: TileLayout): number[][] {
  return Array.from({ length: layout.count }, (_, tile) =>
    Array.from({ length: layout.sizeOf(tile) }, (_, i) => layout.sampleAt(tile, i)),
  );
}

function expectDivision(layout: TileLayout, size: number): void {
  const all = samplesOf(layout).flat();
  expect(all.length).toBe(size);
  expect(new Set(all).size).toBe(size);
  expect(Math.max(...all)).toBe(size - 1);
}

describe('runTiles', () => {
  it(`cuts any pool into runs of consecutive samples that differ by one at most (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 300 }), (size, length) => {
        const layout = runTiles(size, length);
        expectDivision(layout, size);
        const { least, largest } = measureTiles(layout, size);
        expect(largest - least).toBeLessThanOrEqual(1);
        expect(samplesOf(layout).flat()).toEqual([...Array(size).keys()]);
      }),
      { seed },
    );
  });

  it('makes runs of the length asked for where it divides the pool, of 4,096 unless told', () => {
    expect(samplesOf(runTiles(12, 4))).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9, 10, 11],
    ]);
    expect(runTiles(8 * 4096).count).toBe(8);
  });
});

describe('imageTiles', () => {
  it(`cuts any picture into rectangles that differ by a row and a column at most (seed ${seed})`, () => {
    const side = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(side, side, fc.integer({ min: 1, max: 20 }), (width, height, tile) => {
        const layout = imageTiles({ width, height, tile });
        expectDivision(layout, width * height);
        const about = (length: number): number => length / Math.max(1, Math.round(length / tile));
        const odd = samplesOf(layout).filter((samples) => {
          const columns = new Set(samples.map((sample) => sample % width));
          const rows = new Set(samples.map((sample) => Math.floor(sample / width)));
          // As many samples as columns times rows, which lie side by side: a rectangle.
          const rectangle =
            samples.length === columns.size * rows.size &&
            Math.max(...columns) - Math.min(...columns) === columns.size - 1 &&
            Math.max(...rows) - Math.min(...rows) === rows.size - 1;
          const even = Math.abs(columns.size - about(width)) < 1 && Math.abs(rows.size - about(height)) < 1;
          return !rectangle || !even;
        });
        expect(odd).toEqual([]);
      }),
      { seed },
    );
  });

  it('goes through tiles, and through the pixels of a tile, row by row', () => {
    expect(samplesOf(imageTiles({ width: 6, height: 4, tile: 2 })).slice(1, 4)).toEqual([
      [2, 3, 8, 9],
      [4, 5, 10, 11],
      [12, 13, 18, 19],
    ]);
  });

  it('reaches the last of a hundred million pixels', () => {
    const layout = imageTiles({ width: 10_000, height: 10_000 });
    const last = layout.count - 1;
    expect(layout.count).toBe(156 ** 2);
    expect(layout.sampleAt(last, layout.sizeOf(last) - 1)).toBe(99_999_999);
  });
});

describe('measureTiles', () => {
  it('tells layouts of the same count apart', () => {
    const [a, b, c] = [
      imageTiles({ width: 100, height: 200, tile: 10 }),
      imageTiles({ width: 200, height: 100, tile: 10 }),
      runTiles(20_000, 100),
    ].map((layout) => measureTiles(layout, 20_000).checksum);
    expect(new Set([a, b, c]).size).toBe(3);
  });

  it.each<[string, Partial<TileLayout>, string]>([
    ['no tiles', { count: 0 }, 'layout.count must be an integer from 1 to 12, got 0'],
    ['too few samples', { count: 2 }, 'The tiles have 8 samples, expected 12'],
    [
      'an empty tile',
      { sizeOf: (tile) => 4 - 2 * tile },
      'layout.sizeOf(2) must be an integer from 1 to 12, got 0',
    ],
    [
      'an index beyond',
      { sampleAt: (tile) => 6 * tile },
      'layout.sampleAt(2, 0) must be an integer from 0 to 11, got 12',
    ],
  ])('refuses %s', (_, wrong, message) => {
    const measure = () => measureTiles({ ...runTiles(12, 4), ...wrong }, 12);
    expect(measure).toThrow(ArgumentError);
    expect(measure).toThrow(message);
  });

  it('refuses tiles too unequal to draw from', () => {
    const size = 2 ** 32 - 1;
    const layout = { count: 2, sizeOf: (tile: number) => (tile === 0 ? 1 : size - 1), sampleAt: () => 0 };
    expect(() => measureTiles(layout, size)).toThrow('make them about equal');
  });
});

it.each([
  [() => runTiles(0), 'size must be an integer from 1'],
  [() => runTiles(10, 0), 'length must be an integer from 1'],
  [() => imageTiles({ width: 0, height: 3 }), 'width must be an integer from 1'],
  [() => imageTiles({ width: 2 ** 31, height: 3 }), 'height must be an integer from 1 to 1, got 3'],
  [() => imageTiles({ width: 3, height: 3, tile: 0.5 }), 'tile must be an integer from 1'],
])('layouts refuse what they cannot be of: %#', (make, message) => {
  expect(make).toThrow(ArgumentError);
  expect(make).toThrow(message);
});
