// The frame of all selectors, by a strategy that writes down what it is called for: ids and steps, open selections and what
// becomes of them, pools drawn anew, snapshots.
import { describe, expect, it } from 'vitest';
import type { Selector, Snapshot } from '../../../src/core/contracts.js';
import { ArgumentError, ResumeError } from '../../../src/core/errors.js';
import { BaseSelector, type Plan } from '../../../src/core/selectors/base.js';
import type { Draw } from '../../../src/core/selectors/draw.js';
import type { Found } from '../../../src/core/selectors/feedback.js';
import type { SelectorContext } from '../../../src/core/selectors/strategy.js';

class Probe extends BaseSelector {
  readonly log: string[] = [];
  plan: Plan = { wants: ['errors'] };
  fill: (draw: Draw) => void = (draw) => {
    draw.resize(2);
    draw.indices.set([5, 3]);
  };

  constructor(context: Partial<SelectorContext> = {}) {
    super('probe', { size: 8, seed: 1, ...context }, { colour: 'red' }, ['errors']);
  }

  get pending(): number {
    return this.waiting;
  }

  giveUp(): boolean {
    return this.closeOldest();
  }

  protected choose(draw: Draw, most: number, step: number): Plan {
    this.log.push(`choose ${most} ${step}`);
    this.fill(draw);
    return this.plan;
  }

  protected override learn({ id }: Draw, { errors }: Found): void {
    this.log.push(`learn ${id} ${errors?.join()}`);
  }

  protected override missed({ id }: Draw): void {
    this.log.push(`missed ${id}`);
  }

  protected override renewed(): void {
    this.log.push('renewed');
  }
}

const errors = Float32Array.of(1, 2);

describe('a selection', () => {
  it('has what the plan says, and else trains, wants nothing, and is its share of the pool', () => {
    const probe = new Probe();
    probe.plan = {};
    const indices = Uint32Array.of(5, 3);
    const usual = { pass: 'train', ratio: 0.25, whole: false, size: 2, wants: [], awaited: false, indices };
    const plain = probe.next();
    expect(plain).toEqual({ id: 1, step: 1, ...usual });
    for (const name of ['weights', 'terms', 'patches']) expect(plain).not.toHaveProperty(name);
    probe.plan = { pass: 'score', ratio: 0.5, wants: ['errors'], awaited: true, terms: ['term'] };
    const rest = { ratio: 0.5, wants: ['errors'], awaited: true, terms: ['term'] };
    expect(probe.next()).toEqual({ id: 2, step: 2, ...usual, ...rest, pass: 'score' });
    // A pass to score takes no step.
    expect(probe.step).toBe(1);
    expect(probe.report({ id: 2 }, errors)).toBe(true);
    probe.plan = {};
    probe.fill = (draw) => {
      draw.resize(4, true);
      draw.indices.set([0, 1, 2, 4]);
      draw.inverse.set([1, 2, 1, 2]);
      draw.weigh(1);
      draw.patches = 1;
    };
    expect(probe.next()).toEqual({
      ...{ id: 3, step: 2, ...usual, ratio: 0.5, size: 4, patches: 1 },
      ...{ weights: Float32Array.of(1, 2, 1, 2), indices: Uint32Array.of(0, 1, 2, 4) },
    });
    probe.fill = (draw) => draw.takeAll(8);
    const whole = { ratio: 1, whole: true, size: 8, indices: Uint32Array.from({ length: 8 }, (_, i) => i) };
    expect(probe.next()).toEqual({ id: 4, step: 3, ...usual, ...whole });
  });

  it('is as large as was asked for, now or when the selector was made, or as it likes', () => {
    const [probe, set] = [new Probe(), new Probe({ batchSize: 7 })];
    probe.next();
    probe.next({ batchSize: 4 });
    set.next();
    set.next({ batchSize: 9 });
    const asked = (log: readonly string[]): string[] => log.filter((line) => line.startsWith('choose'));
    expect(asked(probe.log)).toEqual(['choose Infinity 1', 'choose 4 2']);
    expect(asked(set.log)).toEqual(['choose 7 1', 'choose 9 2']);
  });

  it('that is awaited comes before the next one', () => {
    const probe = new Probe({ open: 3 });
    probe.next();
    probe.plan = { wants: ['errors', 'predictions'], awaited: true };
    const { id } = probe.next();
    expect(() => probe.next()).toThrow(
      'Selection 2 (step 2) waits for its report: call report(selection, feedback) with errors and predictions of ' +
        'every sample first.',
    );
    expect(probe.report({ id }, errors)).toBe(true);
    expect(probe.next().id).toBe(3);
  });
});

describe('open selections', () => {
  it('are given up for new ones, the oldest first, and then no report counts', () => {
    const probe = new Probe({ open: 3 });
    for (let id = 1; id <= 3; id++) probe.next();
    expect(probe.pending).toBe(6);
    expect(probe.report({ id: 2 }, errors)).toBe(true);
    expect(probe.report({ id: 2 }, errors)).toBe(false);
    expect(probe.pending).toBe(4);
    probe.log.length = 0;
    probe.next();
    probe.next();
    // The second was reported: its place is free.
    expect(probe.log).toEqual(['missed 1', 'choose Infinity 4', 'choose Infinity 5']);
    expect(probe.report({ id: 1 }, errors)).toBe(false);
    expect(probe.report({ id: 5 }, errors)).toBe(true);
    expect(probe.log.at(-1)).toBe('learn 5 1,2');
    probe.log.length = 0;
    expect([probe.giveUp(), probe.giveUp(), probe.giveUp()]).toEqual([true, true, false]);
    expect(probe.log).toEqual(['missed 3', 'missed 4']);
    expect(probe.pending).toBe(0);
    probe.next();
    expect(probe.log.slice(2)).toEqual(['choose Infinity 6']);
  });

  it('are given up where the pool was drawn anew, and only then', () => {
    const probe = new Probe({ open: 4 });
    probe.next();
    probe.next({ revision: 3 });
    probe.next({ revision: 3 });
    probe.next();
    expect(probe.log.filter((line) => !line.startsWith('choose'))).toEqual([]);
    const other = new Probe({ open: 4 });
    other.restore(probe.snapshot());
    for (const one of [probe, other]) {
      one.log.length = 0;
      one.next({ revision: 3 });
      one.report({ id: 3 }, errors);
      one.next({ revision: 4 });
      expect(one.log).toEqual([
        ...['missed 1', 'choose Infinity 5', 'learn 3 1,2'],
        ...['missed 2', 'missed 4', 'missed 5', 'renewed', 'choose Infinity 6'],
      ]);
    }
    const renewed = new Probe({ open: 4 });
    renewed.restore(probe.snapshot());
    renewed.next({ revision: 5 });
    expect(renewed.log).toEqual(['missed 6', 'renewed', 'choose Infinity 7']);
    // Nobody has said yet which pool it is: the first word of it is no news.
    const fresh = new Probe({ open: 4 });
    fresh.restore(new Probe({ open: 4 }).snapshot());
    fresh.next();
    fresh.next({ revision: 0 });
    expect(fresh.log).toEqual(['choose Infinity 1', 'choose Infinity 2']);
  });

  it('are those of the snapshot after a restore, oldest first, and no others', () => {
    const probe = new Probe({ open: 3 });
    for (let id = 1; id <= 6; id++) probe.next();
    probe.report({ id: 4 }, errors);
    const snapshot = probe.snapshot();
    expect(snapshot.values['open']).toMatchObject([{ id: 5 }, { id: 6 }]);
    const other = new Probe({ open: 3 });
    other.next();
    other.restore(snapshot);
    expect(other.snapshot()).toEqual(snapshot);
    expect(other.step).toBe(6);
    expect([1, 2, 3, 4, 5, 6].map((id) => other.report({ id }, errors))).toEqual([
      ...[false, false, false],
      ...[false, true, true],
    ]);
    expect(other.next()).toMatchObject({ id: 7, step: 7 });
  });
});

it.each([0, 6, 1.5, '1'])('the id %o of no selection is refused', (id) => {
  const probe = new Probe();
  for (let i = 0; i < 5; i++) probe.next();
  const report = (): boolean => probe.report({ id: id as number }, errors);
  expect(report).toThrow(ArgumentError);
  expect(report).toThrow('The id of the selection must be an integer from 1 to 5, got');
  expect(report).toThrow('report what `next` gave');
});

it.each([undefined, null, 7, {}])('%o is no selection that could be reported', (selection) => {
  const probe = new Probe();
  probe.next();
  const report = (): boolean => probe.report(selection as never, errors);
  expect(report).toThrow(ArgumentError);
  expect(report).toThrow('The id of the selection must be an integer from 1 to 1, got undefined');
});

describe('a snapshot', () => {
  const saved = (probe: Selector, more: object): Snapshot => {
    const snapshot = probe.snapshot();
    return { ...snapshot, values: { ...snapshot.values, ...more } };
  };

  it('has the settings, the counts and the random state', () => {
    const probe = new Probe({ steps: 9, open: 2 });
    probe.next({ revision: 5 });
    const settings = {
      strategy: 'probe',
      size: 8,
      steps: 9,
      seed: 1,
      batchSize: null,
      open: 2,
      colour: 'red',
    };
    expect(probe.snapshot().values).toMatchObject({ settings, step: 1, id: 1, revision: 5 });
    expect(new Probe().snapshot().values['revision']).toBeNull();
    expect(probe.snapshot().arrays['random']).toHaveLength(4);
  });

  it.each([
    ['a step below 0', { step: -1 }, -1, 1],
    ['half a step', { step: 0.5 }, 0.5, 1],
    ['a step beyond the last', { step: 6, id: 9 }, 6, 9],
    ['a step by name', { step: '1' }, "'1'", 1],
    ['fewer selections than steps', { step: 2 }, 2, 1],
    ['selections that cannot be counted', { id: 2 ** 53 }, 1, 2 ** 53],
    ['selections below 0', { step: 0, id: -1 }, 0, -1],
  ])('is refused with %s', (_, wrong, step, id) => {
    const probe = new Probe({ steps: 5 });
    probe.next();
    const before = probe.snapshot();
    const restore = (): void => probe.restore(saved(probe, wrong));
    expect(restore).toThrow(ResumeError);
    expect(restore).toThrow(
      `expected a step from 0 to 5, and at least as many selections, got ${step} and ${id}.`,
    );
    expect(probe.snapshot()).toEqual(before);
  });

  it('goes on at any step up to the last, of however many selections', () => {
    for (const [step, id] of [
      [5, 5],
      [0, 3],
    ] as const) {
      const probe = new Probe({ steps: 5 });
      probe.restore(saved(new Probe({ steps: 5 }), { step, id }));
      expect(probe.step).toBe(step);
      if (step < 5) expect(probe.next()).toMatchObject({ id: id + 1, step: step + 1 });
      else expect(() => probe.next()).toThrow('All 5 steps are handed out: make the selector with more');
    }
  });

  it("of anything else is no selector's", () => {
    const probe = new Probe();
    for (const settings of [null, [], 'probe', 5]) {
      expect(() => probe.restore(saved(probe, { settings }))).toThrow(
        'The snapshot is not of a selector: it has no settings. Was it taken from a trainer?',
      );
    }
  });

  it('may have a random state with a word of 0', () => {
    const probe = new Probe();
    const { values, arrays } = probe.snapshot();
    const random = Uint32Array.of(1, 0, 2, 3);
    probe.restore({ values, arrays: { ...arrays, random } });
    expect(probe.snapshot().arrays['random']).toEqual(random);
  });

  it.each([
    new Uint32Array(3).fill(1),
    new Uint32Array(4),
    new Float32Array(4).fill(1),
    new Uint32Array(5).fill(1),
  ])('is refused with the random state %o', (random) => {
    const probe = new Probe();
    const { values, arrays } = probe.snapshot();
    const restore = (): void => probe.restore({ values, arrays: { ...arrays, random } });
    expect(restore).toThrow('expected four words of random state, not all zero');
  });
});
