// Reports that wait: each reaches the selector a fixed number of selections later, in order, as it was when it was made.
import { describe, expect, it } from 'vitest';
import type { Feedback, Selection, Selector, Snapshot } from '../../../src/core/contracts.js';
import { ArgumentError, ResumeError } from '../../../src/core/errors.js';
import { delayReports } from '../../../src/core/selectors/delayed.js';

/** A selector that writes down what reaches it. Selections numbered in `awaited` wait for their report. */
function recorder(log: unknown[], awaited: readonly number[] = []): Selector {
  let id = 0;
  return {
    strategy: 'recorder',
    size: 8,
    needs: ['errors'],
    get step() {
      return id;
    },
    next: (options) => {
      id++;
      log.push(options === undefined ? `next ${id}` : [`next ${id}`, options]);
      const rest = { pass: 'train', ratio: 1, whole: false, size: 1, indices: Uint32Array.of(0) } as const;
      return { ...rest, id, step: id, wants: ['errors'], awaited: awaited.includes(id) };
    },
    report: (selection, feedback) => {
      log.push([`report ${selection.id}`, feedback]);
      return true;
    },
    snapshot: (): Snapshot => ({ values: { own: id }, arrays: { mine: Uint32Array.of(id) } }),
    restore: ({ values }) => {
      log.push(`restore ${Number(values['own'])}`);
      id = Number(values['own']);
    },
  };
}

const one = (value: number): Float32Array => Float32Array.of(value);

describe('reports with a lag of 2', () => {
  it('are applied before the third selection after theirs, in the order of selections', () => {
    const log: unknown[] = [];
    const selector = delayReports(recorder(log), 2);
    const [first, second, third] = [selector.next(), selector.next(), selector.next()];
    expect(selector.report(third, one(3))).toBe(true);
    expect(selector.report(first, one(1))).toBe(true);
    expect(selector.report(first, one(9))).toBe(false);
    expect(selector.report(second, { errors: one(2) })).toBe(true);
    selector.next({ batchSize: 4 });
    selector.next();
    expect(log).toEqual([
      ...['next 1', 'next 2', 'next 3', ['report 1', { errors: one(1) }], ['next 4', { batchSize: 4 }]],
      ...[['report 2', { errors: one(2) }], 'next 5'],
    ]);
    // Of the five, 3 waits; 4 and 5 may still come; 2 is through.
    expect(selector.report(second, one(2))).toBe(false);
    expect(selector.report({ id: 4 }, one(4))).toBe(true);
    log.length = 0;
    for (let i = 0; i < 4; i++) selector.next();
    expect(log).toEqual([
      ['report 3', { errors: one(3) }],
      'next 6',
      ['report 4', { errors: one(4) }],
      'next 7',
      'next 8',
      'next 9',
    ]);
    // Six selections on it is too late for 6, and just in time for 7.
    expect(selector.report({ id: 6 }, one(6))).toBe(false);
    expect(selector.report({ id: 7 }, one(7))).toBe(true);
  });

  it.each([undefined, {}, { id: 2 }])('are refused at once for what was not handed out: %o', (selection) => {
    const selector = delayReports(recorder([]), 2);
    selector.next();
    const report = (): boolean => selector.report(selection as never, one(1));
    expect(report).toThrow(ArgumentError);
    expect(report).toThrow('The id of the selection must be an integer from 1 to 1, got');
  });

  it('are copies, of what a report may hold', () => {
    const log: unknown[] = [];
    const selector = delayReports(recorder(log), 1);
    const kinds = [
      ...(['errors', 'absolute', 'predictions', 'targets'] as const),
      ...(['inputGradients', 'tangents', 'frequency'] as const),
    ];
    const feedback: Feedback = Object.fromEntries(kinds.map((kind, i) => [kind, one(i)]));
    const selection = selector.next();
    selector.report(selection, feedback);
    feedback.errors!.fill(NaN);
    selector.next();
    selector.next();
    const expected = Object.fromEntries(kinds.map((kind, i) => [kind, one(i)]));
    expect(log).toEqual(['next 1', 'next 2', ['report 1', expected], 'next 3']);
  });

  it('go straight through where the selection is awaited, and with a lag of 0', () => {
    const log: unknown[] = [];
    const selector = delayReports(recorder(log, [2]), 3);
    const [first, second] = [selector.next(), selector.next()];
    selector.report(first, one(1));
    selector.report(second, one(2));
    expect(log).toEqual(['next 1', 'next 2', ['report 2', one(2)]]);
    const straight: unknown[] = [];
    const without = delayReports(recorder(straight), 0);
    without.report(without.next(), one(1));
    expect(straight).toEqual(['next 1', ['report 1', one(1)]]);
  });

  it('are part of snapshots', () => {
    const selector = delayReports(recorder([], [2]), 2);
    const seen: Selection[] = [selector.next(), selector.next()];
    selector.report(seen[0]!, { errors: one(1), tangents: one(5) });
    const snapshot = selector.snapshot();
    expect(snapshot).toEqual({
      values: { own: 2, lag: 2, reports: [1], handedOut: 2, awaited: true },
      arrays: { mine: Uint32Array.of(2), 'report1.errors': one(1), 'report1.tangents': one(5) },
    });
    const log: unknown[] = [];
    const other = delayReports(recorder(log), 2);
    other.restore(snapshot);
    // Copies again.
    snapshot.arrays['report1.errors']!.fill(7);
    expect(other.snapshot().arrays['report1.errors']).toEqual(one(1));
    expect(other.report({ id: 2 }, one(2))).toBe(true);
    expect(other.report({ id: 1 }, one(1))).toBe(false);
    other.next();
    other.next();
    expect(log).toEqual([
      ...['restore 2', ['report 2', one(2)], 'next 3'],
      ...[['report 1', { errors: one(1), tangents: one(5) }], 'next 4'],
    ]);
  });

  it('wait after a restore too', () => {
    const first = delayReports(recorder([]), 1);
    const selection = first.next();
    const log: unknown[] = [];
    const second = delayReports(recorder(log), 1);
    second.restore(first.snapshot());
    expect(second.report(selection, one(1))).toBe(true);
    second.next();
    expect(log).toEqual(['restore 1', 'next 2']);
  });

  it('are not taken from a snapshot of another lag, or of a selector without one', () => {
    const log: unknown[] = [];
    const selector = delayReports(recorder(log), 1);
    const snapshot = delayReports(recorder([]), 2).snapshot();
    const others: [Snapshot, string][] = [
      [snapshot, "The snapshot's reports wait for 2 selections, this selector's for 1: make it with the lag"],
      [recorder([]).snapshot(), "reports wait for undefined selections, this selector's for 1"],
      [{ ...snapshot, values: { lag: 1, handedOut: 0 } }, 'or start a new run'],
      [{ ...snapshot, values: { lag: 1, reports: [] } }, 'or start a new run'],
    ];
    for (const [other, message] of others) {
      expect(() => selector.restore(other)).toThrow(ResumeError);
      expect(() => selector.restore(other)).toThrow(message);
    }
    expect(log).toEqual([]);
  });
});

it('a delayed selector is told apart by nothing but its lag, a whole number from 0 to 63', () => {
  const selector = delayReports(recorder([]), 63);
  selector.next();
  const { strategy, size, needs, step } = selector;
  expect({ strategy, size, needs, step }).toEqual({
    strategy: 'recorder',
    size: 8,
    needs: ['errors'],
    step: 1,
  });
  for (const lag of [-1, 64, 1.5]) {
    const make = (): Selector => delayReports(recorder([]), lag);
    expect(make).toThrow(ArgumentError);
    expect(make).toThrow(
      `lag must be an integer from 0 to 63, got ${lag}: how many selections a report waits for.`,
    );
  }
});
