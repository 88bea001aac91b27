// What EVOS over tiles hands out. Expected sets come from sorting, expected distributions from counting, with fixed
// seeds and bounds of five standard deviations.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError, ResumeError } from '../../../src/core/errors.js';
import { fit } from '../../../src/core/fit.js';
import { countsAt, evaluatesAt, ratioAt, ratioSchedules } from '../../../src/core/selectors/schedules.js';
import { createSelector, type SelectorOptions } from '../../../src/core/selectors/registry.js';
import { imageTiles, runTiles } from '../../../src/core/selectors/tile-layout.js';
import { someOf } from '../../../src/core/samples.js';
import type {
  Batch,
  Feedback,
  Samples,
  TileLayout,
  Selection,
  Pool,
  Selector,
  Snapshot,
  Trainer,
} from '../../../src/core/contracts.js';
import { ranking, sorted } from '../oracle.js';

const seed = 811;
type TileOptions = SelectorOptions<'evos-tiles'>;

/** An error for every sample, the same whenever it is asked for. */
const errorOf = (index: number): number => ((Math.imul(index + 1, 2654435761) >>> 8) % 1000) / 1000;

/** Takes the next selection as a copy, reporting where it evaluates. */
function advance(selector: Selector, batchSize?: number): Selection {
  const selection = selector.next(batchSize === undefined ? {} : { batchSize });
  const { indices, awaited } = selection;
  if (awaited) selector.report(selection, { errors: Float32Array.from(indices, errorOf) });
  return { ...selection, indices: indices.slice() };
}

function explicit(selection: Selection): Selection {
  if (selection.whole) throw new Error(`step ${selection.step} trains on everything`);
  return selection;
}

function tileOf(layout: TileLayout): Map<number, number> {
  const tiles = new Map<number, number>();
  for (let tile = 0; tile < layout.count; tile++) {
    for (let i = 0; i < layout.sizeOf(tile); i++) tiles.set(layout.sampleAt(tile, i), tile);
  }
  return tiles;
}

/** That counts are of draws of equal chance `p`: no further than five standard deviations from their mean. */
function expectEven(counts: Iterable<number>, draws: number, p: number): void {
  const bound = 5 * Math.sqrt(draws * p * (1 - p));
  expect([...counts].filter((count) => Math.abs(count - draws * p) > bound)).toEqual([]);
}

/** Tiles of quite different sizes. */
function unequal(count: number): { layout: TileLayout; size: number } {
  const starts = Array.from({ length: count + 1 }, (_, i) => i + Math.floor((i * i) / 2));
  const start = (i: number): number => starts[i] ?? NaN;
  const layout = {
    count,
    sizeOf: (tile: number) => start(tile + 1) - start(tile),
    sampleAt: (tile: number, i: number) => start(tile) + i,
  };
  return { layout, size: start(count) };
}

const pools = fc.oneof(
  fc
    .record({
      width: fc.integer({ min: 1, max: 40 }),
      height: fc.integer({ min: 1, max: 40 }),
      tile: fc.integer({ min: 1, max: 9 }),
    })
    .map((image) => ({ layout: imageTiles(image), size: image.width * image.height })),
  fc.integer({ min: 1, max: 20 }).map(unequal),
);
const settings = fc
  .record({
    pool: pools,
    steps: fc.integer({ min: 1, max: 25 }),
    ratio: fc.double({ min: 0.01, max: 1, noNaN: true }),
    schedule: fc.constantFrom(...ratioSchedules),
    seed: fc.nat(),
    share: fc.nat(1000).map((thousandths) => thousandths / 1000),
    interval: fc.record({ from: fc.integer({ min: 1, max: 9 }), to: fc.integer({ min: 1, max: 9 }) }),
    samplesPerTile: fc.integer({ min: 1, max: 20 }),
    batchSize: fc.option(fc.integer({ min: 1, max: 200 })),
  })
  .map(({ pool: { layout, size }, share, batchSize, ...rest }) => ({
    ...rest,
    strategy: 'evos-tiles' as const,
    size,
    layout,
    mutation: 'linear' as const,
    mutationShare: { from: share, to: 1 - share },
    ...(batchSize === null ? {} : { batchSize }),
  }));

describe("'evos-tiles'", () => {
  it(`hands out distinct samples, as many as there should be, of as many tiles (seed ${seed})`, () => {
    fc.assert(
      fc.property(settings, (options) => {
        const { size, layout: tiles, steps, samplesPerTile, ratio: initial } = options;
        const selector = createSelector(options);
        const tile = tileOf(tiles);
        for (let step = 1; step <= steps; step++) {
          const selection = advance(selector);
          const { indices, size: count, whole, ratio, awaited: evaluates } = selection;
          expect(selection.step).toBe(step);
          expect(evaluates).toBe(evaluatesAt(options.interval, step, steps));
          expect(ratio).toBe(ratioAt(options.schedule, initial, step, steps));
          if (whole) {
            expect(count).toBe(size);
            continue;
          }
          expect(indices.length).toBe(count);
          expect(new Set(indices).size).toBe(count);
          expect(indices.every((index) => index < size)).toBe(true);
          const perTile = new Map<number, number>();
          for (const index of indices) {
            const of = tile.get(index) ?? -1;
            perTile.set(of, (perTile.get(of) ?? 0) + 1);
          }
          if (evaluates) {
            expect(perTile.size).toBe(tiles.count);
            const wrong = [...perTile].filter(([of, n]) => n !== Math.min(samplesPerTile, tiles.sizeOf(of)));
            expect(wrong).toEqual([]);
            // Tile by tile.
            const order = [...indices].map((index) => tile.get(index) ?? -1);
            expect(order).toEqual(sorted(order));
          } else {
            const selected = countsAt(ratio, 0, tiles.count).total;
            expect(perTile.size).toBeLessThanOrEqual(selected);
            const most = Math.min(options.batchSize ?? size, countsAt(ratio, 0, size).total);
            expect(count).toBeLessThanOrEqual(most);
            // Fewer than asked for only when that is all there is.
            if (count < most) {
              expect(perTile.size).toBe(selected);
              expect([...perTile].filter(([of, n]) => n !== tiles.sizeOf(of))).toEqual([]);
            }
          }
        }
      }),
      { seed, numRuns: 150 },
    );
  });

  it(`goes on from a snapshot bit for bit, through JSON, a report still owed or not (seed ${seed})`, () => {
    fc.assert(
      fc.property(
        settings,
        fc.nat(),
        fc.boolean(),
        fc.integer({ min: 1, max: 200 }),
        (options, any, owed, batch) => {
          const first = createSelector(options);
          for (let i = any % options.steps; i > 0; i--) advance(first);
          const pending = owed ? first.next() : undefined;
          const { values, arrays } = first.snapshot();
          const second = createSelector(options);
          second.restore({ values: JSON.parse(JSON.stringify(values)) as typeof values, arrays });
          if (pending?.awaited === true) {
            const errors = Float32Array.from(pending.indices, errorOf);
            first.report(pending, { errors });
            second.report(pending, { errors });
          }
          while (first.step < options.steps) expect(advance(second, batch)).toEqual(advance(first, batch));
          expect(second.snapshot()).toEqual(first.snapshot());
        },
      ),
      { seed, numRuns: 100 },
    );
  });

  it('draws the same for the same seed, and otherwise for another', () => {
    const run = (from: number) => {
      const selector = createSelector({
        strategy: 'evos-tiles',
        size: 5000,
        tile: 100,
        steps: 9,
        batchSize: 40,
        seed: from,
      });
      return Array.from({ length: 9 }, () => advance(selector));
    };
    expect(run(1)).toEqual(run(1));
    expect(run(2)).not.toEqual(run(1));
  });

  const layout = imageTiles({ width: 80, height: 60, tile: 10 });
  const base = {
    strategy: 'evos-tiles',
    size: 4800,
    layout,
    steps: 5000,
    interval: 5000,
    seed: 12,
  } as const;
  const tile = tileOf(layout);
  /** Mean errors of all tiles; the evaluation is made to find exactly these. */
  const fitness = Array.from({ length: 48 }, (_, i) => ((i * 31) % 48) / 48);

  function afterEvaluation(options: Partial<TileOptions> = {}): Selector {
    const selector = createSelector({ ...base, ...options });
    const selection = explicit(selector.next());
    // Errors that differ inside a tile and have its fitness as their mean: deviations come in pairs.
    const errors = Float32Array.from(
      selection.indices,
      (index, i) => (fitness[tile.get(index) ?? -1] ?? NaN) + (i % 2 === 0 ? 0.9 : -0.9) + 1,
    );
    selector.report(selection, { errors });
    return selector;
  }

  it.each([
    [undefined, 0.5, 0],
    [100, 0.5, 0],
    [1199, 0.25, 0],
    [100, 0.25, 0.5],
    [undefined, 0.25, 0.5],
  ])('trains on the worst tiles: batch size %s, ratio %d, %d of it random', (batchSize, ratio, share) => {
    const selector = afterEvaluation({
      ratio,
      mutationShare: share,
      ...(batchSize === undefined ? {} : { batchSize }),
    });
    const { total, elite } = countsAt(ratio, share * ratio, 48);
    const worst = new Set(ranking(fitness).slice(0, elite));
    const seen = new Set<number>();
    for (let step = 0; step < 100; step++) {
      const { indices, size: count } = explicit(selector.next());
      expect(count).toBe(Math.min(batchSize ?? 4800, 4800 * ratio));
      const tiles = new Set([...indices].map((index) => tile.get(index) ?? -1));
      const others = [...tiles].filter((of) => !worst.has(of));
      expect(others.length).toBeLessThanOrEqual(total - elite);
      if (batchSize === undefined) expect(tiles.size).toBe(total);
      for (const of of tiles) seen.add(of);
    }
    for (const of of worst) expect(seen.has(of)).toBe(true);
    expect(seen.size).toBe(share === 0 ? worst.size : 48);
  });

  it.each([
    ['few of many', 20],
    ['a large share', 800],
  ])('mini-batches are uniform over the selected tiles: %s (seed 12)', (_, batchSize) => {
    const selector = afterEvaluation({ ratio: 0.25, batchSize });
    const worst = new Set(ranking(fitness).slice(0, 6));
    const steps = 4000;
    const counts = new Uint32Array(4800);
    for (let step = 0; step < steps; step++) {
      for (const index of explicit(selector.next()).indices) (counts[index] as number)++;
    }
    const inElite = counts.filter((_, index) => worst.has(tile.get(index) ?? -1));
    const others = counts.filter((_, index) => !worst.has(tile.get(index) ?? -1));
    const p = batchSize / 1200;
    expect(inElite.length).toBe(600);
    expectEven(inElite, steps, p);
    // The samples of a tile come and go together, but each by itself is drawn as often as any other.
    expectEven(others, steps, (p * 6) / 42);
  });

  it.each([
    ['few of many', 12],
    ['a large share', 100],
  ])('samples of tiles of unequal sizes are drawn alike: %s (seed 12)', (_, batchSize) => {
    const { layout: tiles, size } = unequal(20);
    const selector = createSelector({
      ...base,
      layout: tiles,
      size,
      ratio: 1,
      batchSize,
      interval: 5000,
    });
    advance(selector);
    const steps = 4000;
    const counts = new Uint32Array(size);
    for (let step = 0; step < steps; step++) {
      for (const index of explicit(selector.next()).indices) (counts[index] as number)++;
    }
    expectEven(counts, steps, batchSize / size);
  });

  it('evaluations draw the samples of a tile alike (seed 12)', () => {
    const steps = 3000;
    const selector = createSelector({ ...base, steps, interval: 1, samplesPerTile: 4 });
    const counts = new Uint32Array(4800);
    for (let step = 0; step < steps; step++) {
      for (const index of explicit(advance(selector)).indices) (counts[index] as number)++;
    }
    expectEven(counts, steps, 4 / 100);
  });

  it('trains on everything, in the order of the pool, at a ratio of 1 without a batch size', () => {
    const selector = createSelector({ ...base, ratio: 1 });
    advance(selector);
    expect(selector.next()).toMatchObject({ whole: true, size: 4800, wants: [] });
  });

  it('works errors out of predictions, with the targets of the samples it evaluates', () => {
    const asked: Uint32Array[] = [];
    const targets = (indices: Uint32Array): Float32Array => {
      asked.push(indices.slice());
      return Float32Array.from([...indices].flatMap((index) => [index / 4800, -index / 4800]));
    };
    const options = { ...base, targets, mutationShare: 0 } as const;
    const selector = createSelector(options);
    const selection = explicit(selector.next());
    const predictions = Float32Array.from(
      [...selection.indices].flatMap((index) => {
        const off = Math.sqrt(fitness[tile.get(index) ?? -1] ?? NaN);
        return [index / 4800 + off, -index / 4800 - off];
      }),
    );
    // What was pending survives a restart.
    const restored = createSelector(options);
    restored.restore(selector.snapshot());
    for (const one of [selector, restored]) {
      one.report(selection, { predictions });
      const tiles = new Set([...explicit(one.next()).indices].map((index) => tile.get(index) ?? -1));
      expect(sorted(tiles)).toEqual(sorted(ranking(fitness).slice(0, 24)));
    }
    expect(asked).toEqual([selection.indices, selection.indices]);
  });

  it('is trained by the loop that trains with any selector, on tiles that turn out to be the worst', async () => {
    // Sample i has the target i's fitness, and the network always answers 0.
    const gather = ({ indices }: Samples): Batch => {
      const targets = Float32Array.from(indices, (index) => fitness[tile.get(index) ?? -1] ?? NaN);
      return { ...someOf(indices), inputs: targets, targets };
    };
    const pool: Pool = { size: 4800, inputDim: 1, targetDim: 1, gather };
    const trainer: Pick<Trainer, 'step' | 'capabilities'> = {
      capabilities: { gives: ['errors'], scores: false, weights: false, terms: [], resident: false },
      step: ({ targets }) => Promise.resolve({ loss: 1, errors: targets.map((target) => target ** 2) }),
    };
    const selector = createSelector({
      ...base,
      steps: 20,
      interval: 7,
      batchSize: 300,
      ratio: 0.25,
      mutationShare: 0,
    });
    const worst = ranking(fitness).slice(0, 12);
    const evaluations: number[] = [];
    for await (const event of fit({ pool, trainer: trainer as Trainer, selector, steps: 20 })) {
      if (event.type !== 'step') continue;
      const evaluates = event.wants.length > 0;
      if (evaluates) evaluations.push(event.step);
      const tiles = new Set([...event.indices].map((index) => tile.get(index) ?? -1));
      expect(sorted(tiles)).toEqual(evaluates ? [...Array(48).keys()] : sorted(worst));
      expect(event.samples).toBe(evaluates ? 48 * 16 : 300);
    }
    expect(evaluations).toEqual([1, 8, 15]);
  });

  it('ranks tiles by the mean of their errors, however few samples they have', () => {
    // Tiles of 10, 10 and 5 samples. The last has the largest mean, 0.9, and a smaller sum than the first.
    const selector = createSelector({
      ...{ strategy: 'evos-tiles', size: 25, steps: 9, interval: 9 },
      layout: {
        count: 3,
        sizeOf: (index) => (index < 2 ? 10 : 5),
        sampleAt: (index, i) => 10 * index + i,
      },
      ...{ ratio: 0.4, mutationShare: 0, samplesPerTile: 8 },
    });
    const selection = explicit(selector.next());
    expect(selection.size).toBe(8 + 8 + 5);
    const errors = Float32Array.from(selection.indices, (i) => [0.6, 0.3, 0.9][Math.floor(i / 10)] ?? NaN);
    selector.report(selection, { errors });
    expect(sorted(explicit(selector.next()).indices)).toEqual([20, 21, 22, 23, 24]);
  });

  it('makes squares of a picture where the pool brings no tiles, else runs', () => {
    const tilesOf = (shape: readonly number[]): number[][] => {
      const selector = createSelector({
        ...{ strategy: 'evos-tiles', size: 24, shape, tile: 4, steps: 9, interval: 9, samplesPerTile: 4 },
      });
      const { indices, size } = explicit(selector.next());
      return Array.from({ length: size / 4 }, (_, i) => sorted(indices.subarray(4 * i, 4 * i + 4)));
    };
    // Rows of six: the first square is of two rows.
    expect(tilesOf([4, 6])[0]).toEqual([0, 1, 6, 7]);
    expect(tilesOf([24])[0]).toEqual([0, 1, 2, 3]);
    expect(tilesOf([2, 3, 4])[0]).toEqual([0, 1, 2, 3]);
  });

  it.each([
    ['few of many', 12],
    ['all of them', undefined],
  ])('hands out nothing that is excluded, and no tile of nothing else: %s', (_, batchSize) => {
    // Every other sample, and all of the worst tile.
    const worst = ranking(fitness)[0];
    const selector = createSelector({
      ...{ ...base, steps: 60, interval: 30, ratio: 0.5, mutationShare: 0.3 },
      ...(batchSize === undefined ? {} : { batchSize }),
      excluded: (index) => index % 2 === 1 || tile.get(index) === worst,
    });
    for (let step = 1; step <= 60; step++) {
      const selection = explicit(selector.next());
      const { indices, size, awaited } = selection;
      expect(size).toBeGreaterThan(0);
      expect([...indices].filter((index) => index % 2 === 1 || tile.get(index) === worst)).toEqual([]);
      if (!awaited) continue;
      // Sixteen of the fifty that are left of each of the other tiles.
      expect(size).toBe(47 * 16);
      selector.report(selection, {
        errors: Float32Array.from(indices, (index) => fitness[tile.get(index) ?? -1] ?? NaN),
      });
    }
  });

  it('takes pools as large as indices reach, in the memory of tiles and batch', () => {
    const size = 4e9;
    const selector = createSelector({
      strategy: 'evos-tiles',
      size,
      tile: 2 ** 24,
      steps: 50,
      batchSize: 1000,
    });
    const buffers = new Set<unknown>();
    let largest = 0;
    for (let step = 0; step < 50; step++) {
      const selection = explicit(selector.next());
      selector.report(selection, { errors: new Float32Array(selection.size) });
      expect(selection.size).toBe(step === 0 ? 238 * 16 : 1000);
      expect(new Set(selection.indices).size).toBe(selection.size);
      largest = Math.max(largest, ...selection.indices);
      buffers.add(selection.indices.buffer);
      expect(selection.indices.buffer.byteLength).toBeLessThan(100_000);
    }
    expect(buffers.size).toBe(2);
    expect(largest).toBeGreaterThan(2 ** 31);
  });
});

describe('what cannot be used', () => {
  const base = {
    strategy: 'evos-tiles',
    size: 100,
    tile: 10,
    steps: 5,
    interval: 2,
  } as const;

  it.each<[object, string]>([
    [{ size: 0 }, 'size must be an integer from 1'],
    [{ steps: 0 }, 'steps must be an integer of at least 1, got 0'],
    [{ batchSize: 0 }, 'batchSize must be an integer of at least 1, got 0'],
    [{ ratio: 2 }, 'ratio must be a number in (0, 1], got 2'],
    [{ samplesPerTile: 0 }, 'samplesPerTile must be an integer from 1'],
    [{ tile: 0 }, 'tile must be an integer from 1'],
    [{ layout: runTiles(99, 10) }, 'The tiles have 99 samples, expected 100'],
    [{ interval: 1.5 }, 'interval must be an integer of at least 1, got 1.5'],
    [{ mutation: 'exponential', mutationShare: 0 }, 'needs both shares above 0'],
    [{ crossover: 'no' }, "The 'evos-tiles' selector has no setting 'crossover': it takes strategy, size,"],
  ])('%o', (options, message) => {
    const make = () => createSelector<string>({ ...base, ...options });
    expect(make).toThrow(ArgumentError);
    expect(make).toThrow(message);
  });

  const few = new Float32Array(3);
  const errors = new Float32Array(100);
  it.each<[string, object, Feedback, string]>([
    [
      'too few errors',
      {},
      { errors: few },
      'feedback.errors has 3 numbers, expected 100 (one per sample of the selection',
    ],
    ['NaN', {}, { errors: errors.map((_, i) => (i === 7 ? NaN : 0)) }, 'The error of sample 7 is NaN'],
    ['predictions without targets', {}, { predictions: few }, 'made without targets: give it the targets'],
    [
      'too few targets',
      { targets: () => few },
      { predictions: few },
      'for each of 100 samples, got Float32Array',
    ],
    [
      'too few predictions',
      { targets: () => errors },
      { predictions: few },
      'has 3 numbers, expected 100 (1 per sample',
    ],
    [
      'diverged',
      { targets: () => errors },
      { predictions: errors.map(() => NaN) },
      'The error of sample 0 is NaN',
    ],
  ])('%s', (_, options, feedback, message) => {
    const selector = createSelector({ ...base, ...options });
    const selection = selector.next();
    const report = () => selector.report(selection, feedback);
    expect(report).toThrow(ArgumentError);
    expect(report).toThrow(message);
    // Nothing was taken in: the right feedback still can be.
    selector.report(selection, { errors });
    expect(selector.next().step).toBe(2);
  });

  it.each<[string, Partial<TileOptions>, string]>([
    ['tiles', { tile: 20 }, "its tile is 10, this selector's is 20"],
    ['layout', { layout: imageTiles({ width: 10, height: 10, tile: 3 }) }, 'its tiles is 10'],
    ['layout of as many tiles', { layout: imageTiles({ width: 50, height: 2, tile: 5 }) }, 'its layout is'],
    ['samples per tile', { samplesPerTile: 3 }, "its samplesPerTile is 16, this selector's is 3"],
  ])('a snapshot of other %s', (_, options, message) => {
    const snapshot = createSelector(base).snapshot();
    const restore = () => createSelector({ ...base, ...options }).restore(snapshot);
    expect(restore).toThrow(ResumeError);
    expect(restore).toThrow(message);
  });

  it.each<[string, Snapshot['arrays']]>([
    ['a repeated tile', { order: new Uint32Array(10) }],
    ['a tile beyond', { order: Uint32Array.from({ length: 10 }, (_, i) => i + 1) }],
    ['a short evaluation', { openIndices: new Uint32Array(3) }],
    ['a sample beyond', { openIndices: new Uint32Array(100).fill(100) }],
    ['no evaluation', { openIndices: new Float32Array(0) }],
  ])('a damaged snapshot: %s', (_, arrays) => {
    const selector = createSelector(base);
    selector.next();
    const before = selector.snapshot();
    const damaged = { ...before, arrays: { ...before.arrays, ...arrays } };
    expect(() => selector.restore(damaged)).toThrow(ResumeError);
    expect(() => selector.restore(damaged)).toThrow('The selector snapshot is damaged');
    expect(selector.snapshot()).toEqual(before);
  });
});
