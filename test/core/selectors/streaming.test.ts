// Open selectors over tiles by themselves: passes inside tiles, tiles in turn, and what a missing error leaves alone.
import { describe, expect, it } from 'vitest';
import { createOpenEvos, openEvosDefaults } from '../../../src/core/selectors/streaming-evos.js';
import { createOpenOnline } from '../../../src/core/selectors/streaming-online.js';
import type { OpenDraw, OpenSelector } from '../../../src/core/selectors/streaming.js';
import type { PatchLayout } from '../../../src/core/selectors/streaming-tiles.js';
import { runTiles } from '../../../src/core/selectors/tile-layout.js';

const size = 600;
/** Thirty runs of twenty samples; a patch is four in a row. */
const layout: PatchLayout = {
  ...runTiles(size, 20),
  patchAt: (_, random, places) => {
    const first = random.below(17);
    for (let k = 0; k < 4; k++) places[k] = first + k;
  },
  coverage: (_, i) => (Math.min(i, 16) - Math.max(0, i - 3) + 1) / 17,
};

const room = (n: number): OpenDraw => ({
  indices: new Uint32Array(n),
  individuals: new Uint32Array(n),
  inverse: new Float32Array(n),
  patches: 0,
});

const evos = (more = {}): OpenSelector =>
  createOpenEvos({ size, seed: 3, layout, ...openEvosDefaults, evaluationShare: 0, ...more });
const online = (): OpenSelector => createOpenOnline({ size, seed: 3, layout, mutationShare: 0.3 });

describe.each([
  ['evos', evos],
  ['evos-online', online],
] as const)('open selection over tiles, %s', (_, make) => {
  it('gives no sample of a tile twice before all of it came, however often the tile comes', () => {
    const selector = make();
    const seen = Array.from({ length: layout.count }, (): number[] => []);
    for (let step = 0; step < 120; step++) {
      const draw = room(23);
      selector.draw(draw);
      draw.indices.forEach((index, i) => {
        expect(Math.floor(index / 20)).toBe(draw.individuals[i]);
        seen[draw.individuals[i]!]!.push(index);
      });
      selector.learn(
        draw,
        Float32Array.from(draw.individuals, (tile) => tile / 30),
      );
    }
    const repeated = seen.filter((indices) => {
      for (let at = 0; at + 20 <= indices.length; at += 20) {
        if (new Set(indices.slice(at, at + 20)).size < 20) return true;
      }
      return false;
    });
    expect(repeated).toEqual([]);
    expect(Math.max(...seen.map(({ length }) => length))).toBeGreaterThan(60);
  });

  it('learns nothing from samples whose weight was set to 0', () => {
    const [one, two] = [make(), make()];
    for (const [selector, error] of [
      [one, 1],
      [two, 900],
    ] as const) {
      const draw = room(100);
      selector.draw(draw);
      draw.inverse.fill(0, 50);
      selector.learn(
        draw,
        Float32Array.from(draw.indices, (__, i) => (i < 50 ? 0.5 : error)),
      );
    }
    expect(two.snapshot()).toEqual(one.snapshot());
  });

  it('comes to every tile in a first pass', () => {
    const draw = room(layout.count);
    make().draw(draw);
    expect(new Set(draw.individuals).size).toBe(layout.count);
  });
});

describe("open 'evos'", () => {
  it('goes round all tiles with its patches, each once in a pass', () => {
    const selector = evos({ evaluationShare: 1, interval: 4 });
    const tiles: number[] = [];
    for (let step = 0; step < 12; step++) {
      const draw = room(40);
      selector.draw(draw);
      expect(draw.patches).toBe(10);
      for (let at = 0; at < 40; at += 4) tiles.push(draw.individuals[at]!);
      selector.learn(draw, new Float32Array(40).fill(step), new Float32Array(10));
    }
    for (let pass = 0; pass < 4; pass++) {
      expect(new Set(tiles.slice(30 * pass, 30 * (pass + 1))).size).toBe(30);
    }
  });

  it('keeps the elite of the published counts, by error', () => {
    const selector = evos({ interval: 1, mutation: 0 });
    for (let step = 0; step < 20; step++) {
      const draw = room(60);
      selector.draw(draw);
      selector.learn(
        draw,
        Float32Array.from(draw.individuals, (tile) => (tile * 7) % 30),
      );
      if (step < 3) continue;
      // Half of the tiles: those whose error is at least 15.
      expect(draw.individuals.every((tile) => (tile * 7) % 30 >= 15)).toBe(true);
    }
  });
});
