// What a run remembers, read back: numbers that make no sense are refused by name, and nothing is taken over then.
import { describe, expect, it } from 'vitest';
import { createSelector, ResumeError, type JsonValue, type Snapshot } from '../../../src/core/index.js';
import type { CommonHistoryEntry } from '../../../src/recipes/runs/metrics.js';
import { RunState } from '../../../src/recipes/runs/state.js';
import { Stopwatch } from '../../../src/recipes/runs/timing/stopwatch.js';

const words = { thing: 'picture', samples: 'pixels', file: 'target.png' };
const state = () => new RunState<CommonHistoryEntry>(4, new Stopwatch(), words);
const line = { step: 2, seconds: 1.5, loss: 0.25, ratio: 0.5, psnr: 20, ssim: null };
const good: Record<string, JsonValue> = {
  history: [line, { ...line, step: 4 }],
  samples: 12,
  evaluations: 1,
  elapsed: { train: 1, select: 0.5, evaluate: 0.25 },
  total: 3,
};
const snapshot = (values: Record<string, JsonValue>): Snapshot => ({
  values,
  arrays: { counts: Uint32Array.of(1, 2, 3, 4) },
});

describe('what a run remembers', () => {
  it('comes back as it was', () => {
    const restored = state();
    restored.restore(snapshot(good));
    expect(restored.snapshot().values).toEqual(good);
  });

  it.each<[string, Record<string, JsonValue>]>([
    ['samples is -1', { samples: -1 }],
    ['samples is 1.5', { samples: 1.5 }],
    ['evaluations is "2"', { evaluations: '2' }],
    ['total is null', { total: null }],
    ['elapsed is []', { elapsed: [] }],
    ['elapsed.train is -0.5', { elapsed: { train: -0.5, select: 0, evaluate: 0 } }],
    ['elapsed.evaluate is undefined', { elapsed: { train: 0, select: 0 } }],
    ['history[1] is null', { history: [line, null] }],
    ['history[0].step is "2"', { history: [{ ...line, step: '2' }] }],
    ['history[1].step is 2', { history: [line, line] }],
    ['history[0].psnr is "20"', { history: [{ ...line, psnr: '20' }] }],
    ['history[0].seconds is -1', { history: [{ ...line, seconds: -1 }] }],
  ])('run.%s: refused', (message, values) => {
    const restored = state();
    const restore = (): void => restored.restore(snapshot({ ...good, ...values }));
    expect(restore).toThrow(ResumeError);
    expect(restore).toThrow(`the checkpoint's run.${message}, expected`);
    expect(restored.history).toEqual([]);
  });

  it('counts as evaluations the steps that the strategy waits for, whatever they trained on', () => {
    const counted = (strategy: string, settings: object, batchSize?: number): number => {
      const run = state();
      const selector = createSelector<string>({ strategy, size: 4, steps: 6, seed: 1, ...settings });
      for (let step = 1; step <= 6; step++) {
        const selection = selector.next(batchSize === undefined ? {} : { batchSize });
        const { wants, awaited, whole, size: samples, ratio } = selection;
        run.record({
          ...{ type: 'step', step, steps: 6, loss: 1, ratio, samples, wants, awaited, whole },
          seconds: { train: 0, select: 0, evaluate: 0 },
          indices: selection.indices,
        });
        if (wants.length > 0) selector.report(selection, { errors: new Float32Array(samples).fill(1) });
      }
      return run.figures().evaluations;
    };
    expect(counted('evos', { interval: 3, ratio: 0.5, crossover: 'no' })).toBe(2);
    expect(counted('evos-tiles', { interval: 3, ratio: 0.5, tile: 2 })).toBe(2);
    expect(counted('evos-online', { ratio: 0.5 })).toBe(0);
    // Every step trains on everything, and none is an evaluation.
    expect(counted('evos-online', { ratio: 1 })).toBe(0);
    expect(counted('full', {})).toBe(0);
  });

  it('counts by a tally what steps over everything trained on, too', () => {
    const counts = new Uint32Array(1);
    const tally = { counts, add: (samples: Uint32Array): void => void (counts[0]! += samples.length) };
    const run = new RunState<CommonHistoryEntry>(4, new Stopwatch(), words, tally);
    const step = { type: 'step', step: 1, steps: 2, loss: 1, ratio: 1, wants: [], awaited: false } as const;
    const seconds = { train: 0, select: 0, evaluate: 0 };
    run.record({ ...step, samples: 4, whole: true, seconds, indices: Uint32Array.of(0, 1, 2, 3) });
    run.record({ ...step, step: 2, samples: 1, whole: false, seconds, indices: Uint32Array.of(2) });
    expect(run.selectionCounts()).toEqual(Uint32Array.of(5));
    const other = new RunState<CommonHistoryEntry>(4, new Stopwatch(), words, {
      ...tally,
      counts: new Uint32Array(2),
    });
    expect(() => other.restore(run.snapshot())).toThrow(
      /has 1 counts of what was trained on, this picture has 2: .*another version of evos wrote it/,
    );
  });
});
