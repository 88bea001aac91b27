// Tiles cover an image once and no more, are found by pixel, and are shared out evenly.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutTiles, shareTiles } from '../../../../src/engine/onnx/cross-frequency/tiles.js';

const seed = 17;
const side = fc.integer({ min: 1, max: 70 });

describe('cutting an image into tiles', () => {
  it(`covers every pixel once, and tileOf finds it (seed ${seed})`, () => {
    fc.assert(
      fc.property(side, side, fc.integer({ min: 1, max: 6000 }), (width, height, area) => {
        const grid = cutTiles(width, height, area);
        const owner = new Int32Array(width * height).fill(-1);
        let twice = 0;
        grid.tiles.forEach(({ top, bottom, left, right }, tile) => {
          for (let y = top; y < bottom; y++) {
            for (let x = left; x < right; x++) {
              if (owner[y * width + x] !== -1) twice++;
              owner[y * width + x] = tile;
            }
          }
        });
        expect(twice).toBe(0);
        expect(owner.every((tile, pixel) => tile >= 0 && grid.tileOf(pixel) === tile)).toBe(true);
      }),
      { seed },
    );
  });

  it('makes one tile of what fits into one, and near squares otherwise', () => {
    expect(cutTiles(24, 20, 480).tiles).toHaveLength(1);
    const [first] = cutTiles(256, 256, 4096).tiles;
    expect(first).toEqual({ top: 0, bottom: 64, left: 0, right: 64 });
    // Narrower than a square of that area: the whole width, and taller.
    expect(cutTiles(8, 4096, 4096).tiles[0]).toEqual({ top: 0, bottom: 512, left: 0, right: 8 });
  });
});

describe('sharing tiles out', () => {
  it(`gives each tile that has samples to one worker, and no worker much more than its share (seed ${seed})`, () => {
    const counts = fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 80 });
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 9 }), (samples, workers) => {
        const shares = shareTiles(samples, workers);
        expect(shares).toHaveLength(workers);
        const given = shares.flat().sort((a, b) => a - b);
        expect(given).toEqual(samples.flatMap((count, tile) => (count > 0 ? [tile] : [])));
        const loads = shares.map((share) => share.reduce((sum, tile) => sum + (samples[tile] ?? 0), 0));
        // Greedy: nobody is ahead of the last by more than one tile.
        expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(Math.max(0, ...samples));
      }),
      { seed },
    );
  });
});
