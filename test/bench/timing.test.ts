// Medians, ratios per round, and turns.
import { describe, expect, it } from 'vitest';
import { ratiosOf, showSpread, spreadOf, takeTurns } from '../../bench/support-timing.js';

describe('spreads', () => {
  it('are median, least and greatest', () => {
    expect(spreadOf([3, 1, 10])).toEqual({ median: 3, min: 1, max: 10 });
    expect(spreadOf([4, 1, 10, 2])).toEqual({ median: 3, min: 1, max: 10 });
    expect(showSpread(spreadOf([3, 1, 10]), 1)).toBe('3.0 (1.0–10.0)');
    expect(() => spreadOf([])).toThrow('nothing was measured');
  });

  it('of ratios compare within a round: a machine twice as slow in one round changes nothing', () => {
    expect(ratiosOf([1, 2, 1], [2, 4, 2])).toEqual({ median: 0.5, min: 0.5, max: 0.5 });
  });
});

describe('turns', () => {
  it('go round, each round beginning with the next, and leave the warm-up out', async () => {
    const order: string[] = [];
    const contestant = (name: string) => ({
      name,
      run: () => Promise.resolve(order.push(name)),
    });
    const times = await takeTurns(['a', 'b', 'c'].map(contestant), { warmUp: 1, repeats: 2, pause: 0 });
    expect(order.join('')).toBe('abcbcacab');
    expect(times).toEqual([
      [6, 8],
      [4, 9],
      [5, 7],
    ]);
  });
});
