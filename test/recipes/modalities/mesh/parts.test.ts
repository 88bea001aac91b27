// Parts of a mesh fit on their own: progress of long work, where training looked.
import { describe, expect, it } from 'vitest';
import type { FinishEvent } from '../../../../src/recipes/runs/events.js';
import { withProgress } from '../../../../src/recipes/runs/progress.js';
import { drawRates } from '../../../../src/recipes/modalities/mesh/pictures.js';

describe('long work with progress', () => {
  async function collect(
    work: Parameters<typeof withProgress<string>>[2],
    signal?: AbortSignal,
  ): Promise<{ events: FinishEvent[]; result: string }> {
    const events: FinishEvent[] = [];
    const running = withProgress('extract', signal, work);
    for (;;) {
      const next = await running.next();
      if (next.done === true) return { events, result: next.value };
      events.push(next.value);
    }
  }
  const pause = () => new Promise((resolve) => setTimeout(resolve, 1));

  it('begins at 0, never falls, ends at 1, and gives what it did', async () => {
    const { events, result } = await collect(async (report) => {
      for (const share of [0.1, 0.5, 0.3, 0.505, 0.9]) {
        report(share);
        await pause();
      }
      return 'done';
    });
    expect(result).toBe('done');
    const shares = events.map(({ share }) => share);
    expect(shares).toEqual([0, 0.1, 0.5, 0.9, 1]);
    expect(new Set(events.map(({ task }) => task))).toEqual(new Set(['extract']));
  });

  it('passes on what the work throws', async () => {
    await expect(collect(() => Promise.reject(new Error('no surface')))).rejects.toThrow('no surface');
  });

  it('tells the work when nobody reads on, and waits for it', async () => {
    let ended = '';
    const running = withProgress('measure', undefined, async (report, signal) => {
      report(0.5);
      while (!signal.aborted) await pause();
      ended = 'stopped';
      signal.throwIfAborted();
      return 'never';
    });
    await running.next();
    await running.next();
    await running.return('');
    expect(ended).toBe('stopped');
  });

  it('tells the work of the run’s signal', async () => {
    const stop = new AbortController();
    const running = collect(async (_report, signal) => {
      while (!signal.aborted) await pause();
      throw signal.reason;
    }, stop.signal);
    stop.abort();
    await expect(running).rejects.toThrow('abort');
  });
});

describe('how often the samples around a vertex were trained on', () => {
  const frame = { center: [10, 0, 0], scale: 0.5 } as const;
  // Two corners of the cube, one drawn three times as often as the other.
  const pool = { inputs: Float32Array.of(-0.9, -0.9, -0.9, 0.9, 0.9, 0.9) };
  const vertices = Float32Array.of(10 - 1.8, -1.8, -1.8, 10 + 1.8, 1.8, 1.8, 10, 0, 0);

  it('is told in powers of two against the average', () => {
    const rates = drawRates(pool, Uint32Array.of(3, 1), vertices, frame);
    expect(rates[0]).toBeCloseTo(Math.log2(1.5), 5);
    expect(rates[1]).toBeCloseTo(-1, 5);
    // No sample is near the third.
    expect(rates[2]).toBe(0);
  });

  it('is 0 everywhere when all were drawn alike, or none at all, and never beyond four times', () => {
    for (const rate of drawRates(pool, Uint32Array.of(7, 7), vertices, frame)) expect(rate).toBeCloseTo(0, 6);
    expect([...drawRates(pool, Uint32Array.of(0, 0), vertices, frame)]).toEqual([0, 0, 0]);
    expect([...drawRates(pool, Uint32Array.of(0, 9), vertices, frame)]).toEqual([-2, 1, 0]);
  });
});
