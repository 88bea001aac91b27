// The clock of the competition: units do not follow the machine's speed, and a machine that stood still is not charged.
import { describe, expect, it } from 'vitest';
import { isStop, WorkClock } from '../../bench/image-clock.js';

describe('the clock', () => {
  it('counts the same work alike at any speed', () => {
    const clock = new WorkClock(100);
    clock.start(1);
    for (let i = 0; i < 20; i++) clock.step(50, 0.5);
    clock.close(1);
    expect(clock.units).toBeCloseTo(10, 10);
    clock.start(2);
    for (let i = 0; i < 20; i++) clock.step(50, 1);
    clock.close(2);
    expect(clock.units).toBeCloseTo(20, 10);
    expect(clock.seconds).toBeCloseTo(30, 10);
  });

  it('takes the mean of the readings before and after a stretch, and gives earlier marks their units', () => {
    const clock = new WorkClock(100);
    clock.start(1);
    clock.step(100, 1);
    const mark = clock.seconds;
    expect(clock.units).toBe(1);
    clock.step(100, 2);
    const unitsAt = clock.close(2);
    expect(unitsAt(mark)).toBeCloseTo(1 / 1.5, 10);
    expect(clock.units).toBeCloseTo(2, 10);
    expect(clock.stretch).toBe(0);
  });

  it('goes on from its state', () => {
    const first = new WorkClock(100);
    first.start(1);
    first.step(100, 3);
    first.close(1);
    const second = new WorkClock(100, first.state);
    second.start(0.5);
    second.step(100, 1);
    second.close(0.5);
    expect(second.state).toEqual({ units: 5, seconds: 4, stopped: 0 });
  });

  it('leaves out what a step took while the machine stood still', () => {
    const clock = new WorkClock(100);
    clock.start(1);
    clock.step(50, 600);
    clock.step(50, 9.9); // slow, but not beyond belief
    clock.close(1);
    expect(clock.state).toEqual({ units: 10.4, seconds: 10.4, stopped: 599.5 });
  });
});

describe('a reading of the yardstick', () => {
  it.each([
    [600, 1, true],
    [7.9, 1, false],
    [2, 1, false],
    [600, undefined, false],
  ])('of %d s after one of %s s caught a stop: %s', (reading, before, expected) => {
    expect(isStop(reading, before)).toBe(expected);
  });
});
