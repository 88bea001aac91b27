// Tiles of views against counting: every pixel in one of them, patches inside, coverage what patches come to.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/numeric/random.js';
import { measureTiles } from '../../../src/core/selectors/tile-layout.js';
import { defaultTileSide, rayTiles } from '../../../src/nerf/rays/tiles.js';
import { pixelSource } from '../../../src/nerf/rays/source.js';
import { firstOfView, viewOf } from '../../../src/core/selectors/views.js';

const seed = 1205;
const scenes = fc.record({
  views: fc.array(
    fc.record({ width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 40 }) }),
    {
      minLength: 1,
      maxLength: 4,
    },
  ),
  side: fc.integer({ min: 2, max: 12 }),
});

describe('rayTiles', () => {
  it(`has every ray in one tile, neighbours together (seed ${seed})`, () => {
    fc.assert(
      fc.property(scenes, ({ views, side }) => {
        const layout = rayTiles(views, side);
        const size = firstOfView(views).at(-1)!;
        expect(() => measureTiles(layout, size)).not.toThrow();
        const seen = new Uint8Array(size);
        let strays = 0;
        const first = firstOfView(views);
        for (let tile = 0; tile < layout.count; tile++) {
          const of = viewOf(first, layout.sampleAt(tile, 0));
          const width = views[of]!.width;
          const corner = layout.sampleAt(tile, 0) - first[of]!;
          for (let i = 0; i < layout.sizeOf(tile); i++) {
            const index = layout.sampleAt(tile, i);
            seen[index]!++;
            const pixel = index - first[of]!;
            const across = (pixel % width) - (corner % width);
            const down = Math.floor(pixel / width) - Math.floor(corner / width);
            strays += +(viewOf(first, index) !== of || across < 0 || across >= 2 * side || down >= 2 * side);
          }
        }
        expect(strays).toBe(0);
        expect(seen.every((times) => times === 1)).toBe(true);
      }),
      { seed, numRuns: 60 },
    );
  });

  it.each([
    [7, 5],
    [2, 2],
    [1, 6],
    [6, 1],
    [1, 1],
  ])(
    'covers the pixels of a %d×%d tile by patches as often as it says (five standard deviations)',
    (width, height) => {
      const layout = rayTiles([{ width, height }], 9);
      expect(layout.count).toBe(1);
      const [random, places] = [createRandom(seed), new Uint32Array(4)];
      const counts = new Float64Array(width * height);
      const draws = 20_000;
      let strays = 0;
      for (let i = 0; i < draws; i++) {
        layout.patchAt(0, random, places);
        for (const place of places) counts[place]!++;
        const [a, b, c, d] = [places[0]!, places[1]!, places[2]!, places[3]!];
        strays += +(b - a !== (width > 1 ? 1 : 0) || c - a !== (height > 1 ? width : 0) || d - c !== b - a);
      }
      expect(strays).toBe(0);
      counts.forEach((count, place) => {
        expect(Math.abs(count - draws * layout.coverage(0, place))).toBeLessThanOrEqual(5 * Math.sqrt(draws));
      });
      const all = counts.reduce((sum, _, place) => sum + layout.coverage(0, place), 0);
      expect(all).toBeCloseTo(4, 10);
    },
  );

  it('has no more tiles than a crossover sorts in a moment, and no smaller ones than have neighbours', () => {
    expect(defaultTileSide(64 * 64 * 20)).toBe(8);
    const side = defaultTileSide(1e8);
    expect(
      rayTiles(
        Array.from({ length: 100 }, () => ({ width: 1000, height: 1000 })),
        side,
      ).count,
    ).toBe(62_500);
  });
});

describe('pixelSource', () => {
  it(`finds the view, row and column of every index (seed ${seed})`, () => {
    fc.assert(
      fc.property(scenes, ({ views }) => {
        const source = pixelSource(views);
        const all = Uint32Array.from({ length: source.size }, (_, i) => i);
        const [ofView, rows, columns] = [all.slice(), all.slice(), all.slice()];
        source.pixelsOf(all, ofView, rows, columns);
        let at = 0;
        let strays = 0;
        views.forEach(({ width, height }, view) => {
          for (let row = 0; row < height; row++) {
            for (let column = 0; column < width; column++, at++) {
              strays += +(ofView[at] !== view || rows[at] !== row || columns[at] !== column);
            }
          }
        });
        expect(strays).toBe(0);
      }),
      { seed, numRuns: 30 },
    );
  });
});
