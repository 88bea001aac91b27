// What a run remembers, read back: numbers that make no sense are refused by name, and nothing is taken over then.
import { describe, expect, it } from 'vitest';
import { ResumeError, type JsonValue, type Snapshot } from '../../../src/core/index.js';
import type { CommonHistoryEntry } from '../../../src/recipes/runs/metrics.js';
import { RunState } from '../../../src/recipes/runs/state.js';
import { Stopwatch } from '../../../src/recipes/runs/timing/stopwatch.js';

const state = () =>
  new RunState<CommonHistoryEntry>(4, new Stopwatch(), {
    thing: 'picture',
    samples: 'pixels',
    file: 'target.png',
  });
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
});
