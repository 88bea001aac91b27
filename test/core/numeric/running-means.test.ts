import { describe, expect, it } from 'vitest';
import { ResumeError } from '../../../src/core/errors.js';
import { RunningMeans } from '../../../src/core/numeric/running-means.js';
import { checkState } from '../../../src/core/state.js';

describe('RunningMeans', () => {
  it('is the plain mean of the first values, and forgets later ones (worked by hand)', () => {
    const means = new RunningMeans(1, 4);
    expect([4, 8, 0, 8].map((value) => means.see(0, value))).toEqual([4, 6, 4, 5]);
    expect(means.see(0, 9)).toBe(6);
    expect(means.see(0, 2)).toBe(5);
  });

  it('fills in the mean of what is known', () => {
    const means = new RunningMeans(4, 4);
    const out = new Float32Array(4);
    expect(means.fill(out)).toBe(false);
    expect([...out]).toEqual([0, 0, 0, 0]);
    means.see(1, 2);
    means.see(3, 0);
    expect(means.fill(out)).toBe(true);
    expect([...out]).toEqual([1, 2, 1, 0]);
  });

  it('tells its state from others', () => {
    const means = new RunningMeans(2, 4);
    const check = (error: Float32Array, errorCounts: Uint8Array) => () =>
      checkState(means.state('error', 'tiles'), { values: {}, arrays: { error, errorCounts } });
    check(Float32Array.of(0, 2), Uint8Array.of(0, 4))()();
    expect([...means.values, ...means.counts]).toEqual([0, 2, 0, 4]);
    expect(check(Float32Array.of(1, 2), Uint8Array.of(0, 4))).toThrow('mean error of each of 2 tiles');
    expect(check(Float32Array.of(0, 2), Uint8Array.of(0, 5))).toThrow(ResumeError);
    for (const none of [-1, Infinity]) {
      expect(check(Float32Array.of(0, none), Uint8Array.of(0, 4))).toThrow(ResumeError);
    }
    expect(check(Float32Array.of(0, NaN), Uint8Array.of(0, 4))).toThrow(ResumeError);
    expect(check(Float32Array.of(0), Uint8Array.of(0))).toThrow(ResumeError);
  });
});
