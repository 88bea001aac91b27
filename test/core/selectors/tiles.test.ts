// Strategies over tiles: passes inside tiles, tiles in turn, patches, and samples that are excluded.
import { describe, expect, it } from 'vitest';
import type { Selector, TileLayout } from '../../../src/core/contracts.js';
import { createSelector } from '../../../src/core/selectors/registry.js';
import { runTiles } from '../../../src/core/selectors/tile-layout.js';

const size = 600;
/** Thirty runs of twenty samples; a patch is four in a row. */
const layout: TileLayout = {
  ...runTiles(size, 20),
  patchAt: (_, random, places) => {
    const first = random.below(17);
    for (let k = 0; k < 4; k++) places[k] = first + k;
  },
  coverage: (_, i) => (Math.min(i, 16) - Math.max(0, i - 3) + 1) / 17,
};
const tileOf = (index: number): number => Math.floor(index / 20);
const common = { size, seed: 3, layout };

const evos = (more = {}): Selector =>
  createSelector({ strategy: 'evos', ...common, evaluationShare: 0, ...more });
const online = (more = {}): Selector => createSelector({ strategy: 'evos-online', ...common, ...more });

describe.each([
  ['evos', evos],
  ['evos-online', online],
] as const)('%s over tiles', (_, make) => {
  it('gives no sample of a tile twice before all of it came, however often the tile comes', () => {
    const selector = make();
    const seen = Array.from({ length: layout.count }, (): number[] => []);
    for (let step = 0; step < 120; step++) {
      const selection = selector.next({ batchSize: 23 });
      for (const index of selection.indices) seen[tileOf(index)]!.push(index);
      selector.report(
        selection,
        Float32Array.from(selection.indices, (index) => tileOf(index) / 30),
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

  it('comes to every tile in a first pass', () => {
    const { indices } = make().next({ batchSize: layout.count });
    expect(new Set([...indices].map(tileOf)).size).toBe(layout.count);
  });

  it('draws no excluded sample, and the others of a tile as often as ever', () => {
    const excluded = (index: number): boolean => index < 100 || index % 4 === 0;
    const selector = make({ excluded });
    const counts = new Uint32Array(size);
    for (let step = 0; step < 400; step++) {
      const selection = selector.next({ batchSize: 45 });
      for (const index of selection.indices) counts[index]!++;
      selector.report(selection, new Float32Array(45).fill(1));
    }
    const open = [...counts.keys()].filter((index) => !excluded(index));
    expect(counts.reduce((sum, count, index) => sum + (excluded(index) ? count : 0), 0)).toBe(0);
    const mean = (400 * 45) / open.length;
    for (const index of open) expect(counts[index]! / mean).toBeGreaterThan(0.4);
  });

  it('says so where everything is excluded', () => {
    expect(() => make({ excluded: () => true }).next({ batchSize: 5 })).toThrow('All samples are excluded');
  });

  it('weighs samples where it is asked to, and says that it needs weights', () => {
    expect(make().needs).not.toContain('weights');
    const selector = make({ correction: 0.5 });
    expect(selector.needs).toContain('weights');
    expect(selector.next({ batchSize: 30 }).weights).toHaveLength(30);
  });
});

describe("'evos' over tiles", () => {
  /** Frequency fitness that tells patches apart by their first prediction. */
  const patchOperator = (
    predictions: Float32Array,
    _: Float32Array,
    patches: number,
    out: Float32Array,
  ): number => {
    for (let p = 0; p < patches; p++) out[p] = predictions[4 * p]!;
    return out.reduce((a, b) => a + b, 0);
  };

  it('goes round all tiles with its patches, each once in a pass', () => {
    const selector = evos({ evaluationShare: 1, interval: 4 });
    const tiles: number[] = [];
    for (let step = 0; step < 12; step++) {
      const selection = selector.next({ batchSize: 40 });
      expect(selection.patches).toBe(10);
      for (let at = 0; at < 40; at += 4) tiles.push(tileOf(selection.indices[at]!));
      selector.report(selection, {
        errors: new Float32Array(40).fill(step),
        frequency: new Float32Array(10),
      });
    }
    for (let pass = 0; pass < 4; pass++) {
      expect(new Set(tiles.slice(30 * pass, 30 * (pass + 1))).size).toBe(30);
    }
  });

  it('keeps the elite of the published counts, by error', () => {
    const selector = evos({ interval: 1, mutationShare: 0 });
    for (let step = 0; step < 20; step++) {
      const selection = selector.next({ batchSize: 60 });
      const errors = Float32Array.from(selection.indices, (index) => (tileOf(index) * 7) % 30);
      selector.report(selection, errors);
      // Half of the tiles: those whose error is at least 15.
      if (step >= 3) expect(errors.every((error) => error >= 15)).toBe(true);
    }
  });

  it('learns the frequency fitness of patches from predictions, of whole patches alone', () => {
    // Errors are the same everywhere; patches of tiles from 20 on are rough.
    const excluded = (index: number): boolean => index % 20 === 10;
    const run = (more: object): number => {
      const selector = evos({
        evaluationShare: 0.5,
        interval: 5,
        mutationShare: 0,
        patchOperator,
        excluded,
        ...more,
      });
      expect(selector.needs).toEqual(['errors', 'predictions']);
      let rough = 0;
      for (let step = 0; step < 60; step++) {
        const selection = selector.next({ batchSize: 80 });
        const { indices, patches = 0 } = selection;
        // Four in a row, none of them excluded.
        for (let at = 0; at < 4 * patches; at++) expect(indices[at]).toBe(indices[at - (at % 4)]! + (at % 4));
        expect([...indices].filter(excluded)).toEqual([]);
        const predictions = Float32Array.from(indices, (index) => (tileOf(index) >= 20 ? 5 : 1));
        selector.report(selection, {
          errors: new Float32Array(80).fill(1),
          predictions,
          targets: predictions,
        });
        if (step > 20) rough += [...indices.subarray(4 * patches)].filter((i) => tileOf(i) >= 20).length;
      }
      return rough / (39 * 40);
    };
    expect(run({ crossover: 'add', frequencyWeight: 1 })).toBeGreaterThan(0.6);
    expect(run({ crossover: 'no' })).toBeLessThan(0.45);
  });

  it.each([
    [{ schedule: 'step', steps: 9 }, "schedule must be constant, got 'step'"],
    [
      { interval: { from: 100, to: 50 } },
      'Over tiles interval stays the same: it must be one number, got 100:50',
    ],
    [{ mutationShare: { from: 1, to: 0 } }, 'Over tiles mutationShare stays the same'],
    [{ correction: 1, mutationShare: 0, evaluationShare: 0 }, 'needs every sample to be drawn now and then'],
  ])('refuses %j', (options, message) => {
    expect(() => evos(options)).toThrow(message);
  });
});
