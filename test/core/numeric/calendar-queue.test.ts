// The calendar queue against a list that is sorted: what is due first comes first, and nothing is lost.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Calendar } from '../../../src/core/numeric/calendar-queue.js';
import { ResumeError } from '../../../src/core/errors.js';
import { checkState, save } from '../../../src/core/state.js';
import { createRandom } from '../../../src/core/numeric/random.js';

function take(calendar: Calendar, count: number): Uint32Array {
  const items = new Uint32Array(count);
  calendar.take({ items, notes: new Float32Array(count) });
  return items;
}

function create(size: number, days: number, spread: number, seed: number): Calendar {
  return new Calendar(size, days, spread, createRandom(seed), NaN, (note) => !(note < 0));
}

describe('a calendar', () => {
  it('gives every item once, in random order, before any comes back', () => {
    const calendar = create(1000, 40, 10, 1);
    const first = take(calendar, 1000);
    expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect([...first]).not.toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(take(create(1000, 40, 10, 1), 1000)).toEqual(first);
    expect(take(create(1000, 40, 10, 2), 1000)).not.toEqual(first);
  });

  it('keeps the order of days: who waits shorter comes sooner', () => {
    const calendar = create(6, 50, 1, 3);
    take(calendar, 6);
    for (const [item, days] of [30, 7.9, 12, 1, 0, 49].entries()) calendar.putOff(item, days, 0);
    // Items 3 and 4 wait for the same day.
    expect(new Set(take(calendar, 2))).toEqual(new Set([3, 4]));
    expect([...take(calendar, 4)]).toEqual([1, 2, 0, 5]);
  });

  it('gives the last that came first, of as many as a day may have', () => {
    const calendar = create(100, 4, 1, 3);
    const items = take(calendar, 100);
    for (const item of items) calendar.putOff(item, 2, -item);
    const notes = new Float32Array(100);
    const again = new Uint32Array(100);
    calendar.take({ items: again, notes });
    expect(again).toEqual(items.reverse());
    expect(notes).toEqual(Float32Array.from(again, (item) => -item));
  });

  it('spreads its items evenly over the first days', () => {
    const calendar = create(100, 40, 10, 3);
    const today = take(calendar, 10);
    calendar.putOff(today[4]!, 1, 0);
    // Tomorrow's last comes first; what else was for today would come before it.
    expect(take(calendar, 1)[0]).toBe(today[4]);
  });

  it('lets only its members take part, in snapshots too', () => {
    const members = Uint32Array.of(2, 3, 5, 7, 11);
    const of = (seed: number): Calendar =>
      new Calendar(12, 9, 3, createRandom(seed), NaN, () => true, members);
    const calendar = of(1);
    expect(members).toEqual(Uint32Array.of(2, 3, 5, 7, 11));
    const out = take(calendar, 2);
    const { values, arrays } = save(calendar.state(out));
    const kept = arrays['counts']!.slice();
    const [other, third] = [of(2), of(3)];
    checkState(other.state(out), { values, arrays })();
    const rest = take(calendar, 3);
    expect([...rest, ...out].sort((a, b) => a - b)).toEqual([...members]);
    expect(take(other, 3)).toEqual(rest);
    // A snapshot does not change with what it is of.
    expect(arrays['counts']).toEqual(kept);
    const foreign = { ...arrays, waiting: arrays['waiting']!.map((item, i) => (i === 0 ? 4 : item)) };
    expect(() => checkState(third.state(out), { values, arrays: foreign })).toThrow(ResumeError);
    const beyond = { ...arrays, waiting: arrays['waiting']!.map((item, i) => (i === 0 ? 12 : item)) };
    expect(() => checkState(third.state(out), { values, arrays: beyond })).toThrow(ResumeError);
  });

  it('loses nothing and gives nothing twice, whatever is put off', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 2, max: 30 }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.double({ min: 0, max: 100, noNaN: true }))),
        (size, days, rounds) => {
          const calendar = create(size, days, 1 + (size % days), 4);
          for (const [wanted, wait] of rounds) {
            const items = take(calendar, Math.min(wanted, size));
            expect(new Set(items).size).toBe(items.length);
            items.forEach((item, i) => calendar.putOff(item, wait + i, 0));
          }
          expect(new Set(take(calendar, size)).size).toBe(size);
        },
      ),
    );
  });

  it('gives each item with what was noted last, however many wait and for how long', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 2, max: 9 }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 0, max: 12 }))),
        (size, days, rounds) => {
          const calendar = create(size, days, 1, 4);
          const noted = new Float32Array(size).fill(NaN);
          rounds.forEach(([wanted, wait], round) => {
            const count = Math.min(wanted, size);
            const [items, notes] = [new Uint32Array(count), new Float32Array(count)];
            calendar.take({ items, notes });
            expect(notes).toEqual(Float32Array.from(items, (item) => noted[item]!));
            items.forEach((item, i) => {
              noted[item] = round * size + item;
              calendar.putOff(item, wait + (i % 3), noted[item]);
            });
          });
        },
      ),
    );
  });

  it('goes on from its state, and refuses those in which an item waits twice or not at all', () => {
    const calendar = create(50, 20, 2, 5);
    const taken = take(calendar, 30);
    const out = taken.subarray(20);
    for (const item of taken.subarray(0, 20)) calendar.putOff(item, 1 + (item % 2), item);
    const { values, arrays } = save(calendar.state(out));
    const other = create(50, 20, 5, 6);
    checkState(other.state(out), { values, arrays })();
    expect(save(other.state(out))).toEqual({ values, arrays });
    expect(take(other, 40)).toEqual(take(calendar, 40));
    const refuse = (changed: object, gone = out): void => {
      const snapshot = { values: { ...values, ...changed }, arrays: { ...arrays, ...changed } };
      expect(() => checkState(other.state(gone), snapshot)).toThrow(ResumeError);
    };
    refuse({}, out.slice(1));
    refuse({}, Uint32Array.of(...out, 50));
    const { waiting, counts } = arrays as Record<'waiting' | 'counts', Uint32Array>;
    refuse({ waiting: waiting.map(() => 3) });
    refuse({ waiting: waiting.map((item, i) => (i === 7 ? 50 : item)) });
    refuse({ waiting: waiting.slice(1) });
    refuse({ waiting: Float32Array.from(waiting) });
    refuse({ counts: Float32Array.from(counts) });
    const doubled = out.slice();
    doubled[3] = waiting[0]!;
    refuse({}, doubled);
    refuse({ counts: counts.slice(1) });
    refuse({ counts: counts.map((count, day) => count + +(day === 3)) });
    refuse({ notes: waiting });
    refuse({ notes: arrays['notes']!.map(() => -1) });
    refuse({ notes: arrays['notes']!.map((note, i) => (i === 5 ? -1 : note)) });
    refuse({ today: 20 });
    refuse({ today: null });
  });
});
