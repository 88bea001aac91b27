// The calendar queue against a list that is sorted: what is due first comes first, and nothing is lost.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Calendar } from '../../../src/core/numeric/calendar-queue.js';
import { ResumeError } from '../../../src/core/errors.js';
import { checkState, save } from '../../../src/core/state.js';
import { createRandom } from '../../../src/core/numeric/random.js';

function take(calendar: Calendar, count: number): Uint32Array {
  const out = new Uint32Array(count);
  calendar.take(out);
  return out;
}

describe('a calendar', () => {
  it('gives every item once, in random order, before any comes back', () => {
    const calendar = new Calendar(1000, 40, 10, createRandom(1));
    const first = take(calendar, 1000);
    expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect([...first]).not.toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(take(new Calendar(1000, 40, 10, createRandom(1)), 1000)).toEqual(first);
    expect(take(new Calendar(1000, 40, 10, createRandom(2)), 1000)).not.toEqual(first);
  });

  it('keeps the order of days: who waits shorter comes sooner', () => {
    const calendar = new Calendar(6, 50, 1, createRandom(3));
    take(calendar, 6);
    for (const [item, days] of [30, 7.9, 12, 1, 0, 49].entries()) calendar.putOff(item, days);
    // Items 3 and 4 wait for the same day.
    expect(new Set(take(calendar, 2))).toEqual(new Set([3, 4]));
    expect([...take(calendar, 4)]).toEqual([1, 2, 0, 5]);
  });

  it('loses nothing and gives nothing twice, whatever is put off', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 2, max: 30 }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.double({ min: 0, max: 100, noNaN: true }))),
        (size, days, rounds) => {
          const calendar = new Calendar(size, days, 1 + (size % days), createRandom(4));
          for (const [wanted, wait] of rounds) {
            const items = take(calendar, Math.min(wanted, size));
            expect(new Set(items).size).toBe(items.length);
            items.forEach((item, i) => calendar.putOff(item, wait + i));
          }
          expect(new Set(take(calendar, size)).size).toBe(size);
        },
      ),
    );
  });

  it('goes on from its state, and refuses those in which an item waits twice or not at all', () => {
    const calendar = new Calendar(50, 20, 5, createRandom(5));
    const out = take(calendar, 10);
    const { values, arrays } = save(calendar.state(out));
    const other = new Calendar(50, 20, 5, createRandom(6));
    checkState(other.state(out), { values, arrays })();
    expect(take(other, 40)).toEqual(take(calendar, 40));
    const refuse = (changed: object, taken = out): void => {
      const snapshot = { values: { ...values, ...changed }, arrays: { ...arrays, ...changed } };
      expect(() => checkState(other.state(taken), snapshot)).toThrow(ResumeError);
    };
    refuse({}, out.slice(1));
    refuse({}, Uint32Array.of(...out, 50));
    refuse({ next: (arrays['next'] as Uint32Array).map(() => 3) });
    refuse({ first: (arrays['first'] as Uint32Array).slice(1) });
    refuse({ today: 20 });
    refuse({ today: null });
  });
});
