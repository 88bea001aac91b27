// Strategies over tiles: passes inside tiles, tiles in turn, patches, and samples that are excluded.
import { describe, expect, it } from 'vitest';
import type { Selector, TileLayout } from '../../../src/core/contracts.js';
import { createSelector } from '../../../src/core/selectors/registry.js';
import { evosTiles } from '../../../src/core/selectors/evos-tiles.js';
import { imageTiles, measureTiles, runTiles } from '../../../src/core/selectors/tile-layout.js';

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

describe("'evos-tiles' where the pool brings no tiles", () => {
  const settingsOf = (more: object): object =>
    createSelector({ strategy: 'evos-tiles', size: 2400, steps: 9, tile: 100, ...more }).snapshot().values[
      'settings'
    ] as object;
  const told = (cut: TileLayout): object => ({
    tiles: cut.count,
    layout: measureTiles(cut, 2400).checksum,
  });

  it('has squares of a picture, and runs of anything else', () => {
    expect(settingsOf({ shape: [40, 60] })).toMatchObject(
      told(imageTiles({ width: 60, height: 40, tile: 10 })),
    );
    // The nearest whole side: √30 = 5.5, and one pixel at least.
    expect(settingsOf({ shape: [40, 60], tile: 30 })).toMatchObject(
      told(imageTiles({ width: 60, height: 40, tile: 5 })),
    );
    expect(settingsOf({ shape: [40, 60], tile: 1 })).toMatchObject({ tiles: 2400 });
    for (const shape of [undefined, [2400], [10, 12, 20]]) {
      expect(settingsOf(shape === undefined ? {} : { shape })).toMatchObject(told(runTiles(2400, 100)));
    }
  });
});

describe("'evos-tiles' over samples some of which are excluded", () => {
  // Of six runs of ten samples the second has none, and the fifth a single one.
  const excluded = (index: number): boolean => (index >= 10 && index < 20) || (index >= 40 && index < 49);
  const options = { size: 60, layout: runTiles(60, 10), steps: 200, interval: 200, excluded };
  const of = (indices: Uint32Array): number[] => [...new Set([...indices].map((i) => Math.floor(i / 10)))];

  it('evaluates what is left of every tile, and draws from the fittest of those that have any', () => {
    const selector = evosTiles({ ...options, samplesPerTile: 4, ratio: 0.4, mutationShare: 0 });
    const evaluation = selector.next();
    expect(evaluation.size).toBe(4 * 4 + 1);
    expect(of(evaluation.indices)).toEqual([0, 2, 3, 4, 5]);
    expect([...evaluation.indices].some(excluded)).toBe(false);
    // The mean of the fifth is the largest, that of the first the next.
    const error = [5, 100, 1, 2, 6, 3];
    selector.report(
      evaluation,
      Float32Array.from(evaluation.indices, (index) => error[Math.floor(index / 10)]!),
    );
    // ⌊0.4 · 5⌋ = 2 of the tiles that have any: eleven samples, all of them.
    for (let step = 0; step < 20; step++) {
      const { indices } = selector.next();
      expect([...indices].sort((a, b) => a - b)).toEqual([...Array(10).keys(), 49]);
    }
  });

  it('draws its mutants from those that have any too, though nothing is wrong anywhere', () => {
    for (const batchSize of [2, 30]) {
      const selector = evosTiles({
        ...options,
        samplesPerTile: 4,
        ratio: 0.4,
        mutationShare: 0.5,
        batchSize,
      });
      const evaluation = selector.next();
      selector.report(evaluation, new Float32Array(evaluation.size));
      const counts = new Uint32Array(60);
      for (let step = 1; step < 200; step++) {
        const { indices } = selector.next();
        expect(indices.length).toBeGreaterThan(0);
        expect(of(indices).length).toBeLessThanOrEqual(2);
        for (const index of indices) counts[index]!++;
      }
      expect([...counts.keys()].filter((index) => excluded(index) === counts[index]! > 0)).toEqual([]);
    }
  });

  it('ends where nothing is left', () => {
    expect(() => evosTiles({ ...options, excluded: () => true }).next()).toThrow('All samples are excluded');
  });
});
