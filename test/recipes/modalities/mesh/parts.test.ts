// Parts of a mesh fit on their own: progress of long work, where training looked.
import { describe, expect, it } from 'vitest';
import type { FinishEvent } from '../../../../src/recipes/runs/events.js';
import { withProgress } from '../../../../src/recipes/runs/progress.js';
import { drawDefaults, drawRates, drawTally } from '../../../../src/recipes/modalities/mesh/draws.js';

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
  // Half of the pool around one corner of the cube, half around the other, in turns.
  const size = 1000;
  const pool = { size, inputs: Float32Array.from({ length: 3 * size }, (_, i) => (i % 6 < 3 ? -0.9 : 0.9)) };
  const vertices = Float32Array.of(10 - 1.8, -1.8, -1.8, 10 + 1.8, 1.8, 1.8);
  /** Steps of a hundred samples, of which so many are of the first corner. */
  const trained = (steps: number, first: number, tally = drawTally(pool)) => {
    const samples = Uint32Array.from({ length: 100 }, (_, i) => 2 * i + (i < first ? 0 : 1));
    for (let step = 0; step < steps; step++) tally.add(samples);
    return tally;
  };

  it('is told in powers of two against the surface’s average', () => {
    const { rates, limit } = drawRates(trained(2000, 80).counts, vertices, frame);
    // 80 of a hundred where an even choice takes 50, and 20: four times as often.
    expect(rates[0]).toBeCloseTo(1, 2);
    expect(rates[1]).toBeCloseTo(-1, 2);
    expect(limit).toBeCloseTo(1, 2);
  });

  it('is 0 where all are drawn alike, or none at all, on a scale that shows no chance', () => {
    for (const tally of [trained(50, 50), drawTally(pool)]) {
      const { rates, limit } = drawRates(tally.counts, vertices, frame);
      for (const rate of rates) expect(Math.abs(rate)).toBeLessThan(0.02);
      expect(limit).toBe(Math.log2(drawDefaults.leastFactor));
    }
    // A step alone says little.
    expect(Math.abs(drawRates(trained(1, 60).counts, vertices, frame).rates[0]!)).toBeLessThan(0.6);
  });

  it('counts by place: samples drawn anew are counted where they are then', () => {
    const moving = { size, inputs: pool.inputs.slice() };
    const tally = trained(100, 100, drawTally(moving));
    moving.inputs.forEach((value, i) => (moving.inputs[i] = -value));
    trained(100, 100, tally);
    const { rates } = drawRates(tally.counts, vertices, frame);
    expect(rates[0]).toBeCloseTo(rates[1]!, 2);
  });

  it('goes on from saved counts as if it had never stopped', () => {
    const [never, first, second] = [drawTally(pool), drawTally(pool), drawTally(pool)];
    trained(30, 70, never);
    trained(17, 70, first);
    second.counts.set(first.counts);
    trained(13, 70, second);
    expect(second.counts).toEqual(never.counts);
  });
});
