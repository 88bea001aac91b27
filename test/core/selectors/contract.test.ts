// What every registered strategy keeps to, over samples and over tiles: the same draws for the same seed, snapshots that go
// on bit for bit with reports outstanding, late reports, any size of pool and batch, excluded samples, bad feedback.
import { describe, expect, it } from 'vitest';
import type { Feedback, GridSize, Selection, Selector, Snapshot } from '../../../src/core/contracts.js';
import { ArgumentError, ResumeError } from '../../../src/core/errors.js';
import { delayReports } from '../../../src/core/selectors/delayed.js';
import { strategies } from '../../../src/core/selectors/registry.js';
import { makeSelector, type ContextOptions, type Strategy } from '../../../src/core/selectors/strategy.js';
import { rayTiles } from '../../../src/nerf/rays/tiles.js';

const steps = 60;
const grid = { width: 30, height: 20 };
const over = {
  samples: {},
  tiles: { layout: rayTiles([grid], 5) },
} as const;
const cases = strategies().flatMap((strategy) =>
  (['samples', 'tiles'] as const).map((individuals) => [strategy.name, individuals, strategy] as const),
);

const place = (i: number, count: number): number => (2 * i + 1) / count - 1;
const nearest = (at: number, count: number): number =>
  Math.min(count - 1, Math.floor(((at + 1) / 2) * count));

/** What a pool of a picture knows: where its samples lie, and what is to be seen there. */
function known({ width, height }: GridSize): Partial<ContextOptions> {
  const prior = Float32Array.from({ length: width * height }, (_, i) => (((i % width) * i) >> 3) & 255);
  return {
    shape: [height, width],
    inputDim: 2,
    prior: () => prior,
    locate: (index, out) => out.set([place(Math.floor(index / width), height), place(index % width, width)]),
    nearest: ({ 0: row = 0, 1: column = 0 }) => nearest(row, height) * width + nearest(column, width),
  };
}

function maker(strategy: Strategy, individuals: keyof typeof over) {
  return (more: Partial<ContextOptions> & Record<string, unknown> = {}): Selector =>
    makeSelector(strategy, {
      size: grid.width * grid.height,
      steps,
      seed: 7,
      batchSize: 24,
      views: [grid],
      ...known(grid),
      ...over[individuals],
      ...more,
    });
}

/** Everything that a selection may want, the same whenever it is asked for. */
function found({ indices, step }: Selection): Feedback {
  const errors = Float32Array.from(indices, (index) => ((index * 7919 + step * 31) % 101) / 101);
  return {
    errors,
    absolute: errors,
    tangents: errors,
    inputGradients: Float32Array.from({ length: 2 * errors.length }, (_, i) => (i % 5) / 50 - 0.04),
    predictions: errors,
    targets: errors,
  };
}

interface Seen {
  readonly selection: Selection;
  readonly feedback: Feedback;
}

/** Takes steps, each report so many selections late; awaited ones at once. */
function play(selector: Selector, count: number, lag = 0, waiting: Seen[] = []): object[] {
  return Array.from({ length: count }, () => {
    const selection = selector.next();
    const copy: Selection = { ...selection, indices: selection.indices.slice() };
    waiting.push({ selection: copy, feedback: found(copy) });
    while (waiting.length > (selection.awaited ? 0 : lag)) {
      const { selection: due, feedback } = waiting.shift()!;
      selector.report(due, feedback);
    }
    return copy;
  });
}

function throughJson({ values, arrays }: Snapshot): Snapshot {
  return { values: JSON.parse(JSON.stringify(values)) as Snapshot['values'], arrays };
}

describe.each(cases)('%s over %s', (_, individuals, strategy) => {
  const make = maker(strategy, individuals);

  it('goes by its name, wants what it said that it needs, and needs a number of steps where its schedule moves', () => {
    const { name, settings } = strategy;
    const selector = make();
    expect([selector.strategy, selector.size]).toEqual([name, 600]);
    for (const { wants, pass } of play(selector, 5) as Selection[]) {
      expect(selector.needs).toEqual(
        expect.arrayContaining([...wants, ...(pass === 'score' ? ['score'] : [])]),
      );
    }
    if (!('schedule' in settings) || individuals === 'tiles') return;
    const moving = { ...known(grid), size: 600, views: [grid], schedule: 'linear' };
    expect(() => makeSelector(strategy, moving)).toThrow(
      new RegExp(`^The '${name}' selector (has settings that move over the run|needs steps)`),
    );
    expect(makeSelector(strategy, { ...moving, steps }).step).toBe(0);
  });

  it('snapshots are copies: neither the selector taken from nor the one restored to writes them', () => {
    const selector = make();
    play(selector, 5);
    const snapshot = selector.snapshot();
    const copy = structuredClone(snapshot);
    play(selector, 10);
    expect(snapshot).toEqual(copy);
    const other = make();
    other.restore(snapshot);
    play(other, 10);
    expect(snapshot).toEqual(copy);
    expect(other.snapshot()).toEqual(selector.snapshot());
  });

  it('draws the same for the same seed, and otherwise for another', () => {
    expect(play(make(), steps)).toEqual(play(make(), steps));
    expect(play(make({ seed: 8 }), steps)).not.toEqual(play(make(), steps));
  });

  it.each([0, 1, 2, 4])(
    'goes on from a snapshot bit for bit at any step, reports %i selections late',
    (lag) => {
      const whole = play(make({ open: lag + 1 }), steps, lag);
      for (const at of [0, 1, 2, 7, 30, 59]) {
        const waiting: Seen[] = [];
        const first = make({ open: lag + 1 });
        play(first, at, lag, waiting);
        const second = make({ open: lag + 1 });
        second.restore(throughJson(first.snapshot()));
        expect(second.snapshot()).toEqual(first.snapshot());
        expect(play(second, steps - at, lag, waiting)).toEqual(whole.slice(at));
      }
    },
  );

  it.each([0, 1, 4])(
    'takes reports at a fixed lag of %i, those that wait being part of the snapshot',
    (lag) => {
      const delayed = (): Selector => delayReports(make({ open: lag + 1 }), lag);
      const whole = play(delayed(), steps);
      // A report applied `lag` selections late by hand comes to the same.
      expect(whole).toEqual(play(make({ open: lag + 1 }), steps, lag));
      const first = delayed();
      play(first, 23);
      const second = delayed();
      second.restore(throughJson(first.snapshot()));
      expect(play(second, steps - 23)).toEqual(whole.slice(23));
      expect(() => delayReports(make({ open: lag + 1 }), lag + 1).restore(first.snapshot())).toThrow(
        ResumeError,
      );
    },
  );

  it('hands out a pool of one sample, batches larger than the pool, and small pools with many open selections', () => {
    const one = {
      size: 1,
      views: [{ width: 1, height: 1 }],
      ...known({ width: 1, height: 1 }),
      ...(individuals === 'tiles' ? { layout: rayTiles([{ width: 1, height: 1 }], 2) } : {}),
    };
    for (const more of [{ ...one }, { ...one, open: 4 }, { batchSize: 1000 }, { batchSize: 500, open: 8 }]) {
      const selector = make(more);
      for (const lag of [0, 3]) {
        const seen = play(selector, 20, lag) as Selection[];
        for (const { indices, size } of seen) {
          expect(indices.length).toBe(size);
          expect(size).toBeGreaterThan(0);
          expect(indices.every((index) => index < selector.size)).toBe(true);
        }
      }
    }
  });

  it('never draws an excluded sample, and comes to every other one', () => {
    const excluded = (index: number): boolean => index % 3 === 0 || index < 60;
    const selector = make({
      excluded,
      batchSize: 60,
      steps: 400,
      ...('ratio' in strategy.settings ? { ratio: 1 } : {}),
    });
    const counts = new Uint32Array(selector.size);
    for (const { indices } of play(selector, 400) as Selection[])
      for (const index of indices) counts[index]!++;
    const wrong = [...counts.keys()].filter((index) => (counts[index] === 0) !== excluded(index));
    expect(wrong).toEqual([]);
    expect(() => {
      make({ excluded: () => true }).next();
    }).toThrow('All samples are excluded');
  });

  it('is told that the pool was drawn anew, and gives up what is open', () => {
    const selector = make({ open: 2 });
    const first = selector.next({ revision: 3 });
    if (first.awaited) selector.report(first, found(first));
    const second = selector.next({ revision: 4 });
    if (!first.awaited) expect(selector.report(first, found(first))).toBe(false);
    if (second.wants.length > 0) expect(selector.report(second, found(second))).toBe(true);
    if (!second.awaited) expect(selector.next({ revision: 4 }).size).toBeGreaterThan(0);
  });

  it('refuses feedback that cannot be used, and learns nothing from it', () => {
    const selector = make();
    const selection = selector.next();
    const { size } = selection;
    const before = selector.snapshot();
    for (const errors of [
      new Float32Array(size + 1),
      new Float32Array(size).fill(NaN, size - 1),
      new Float32Array(size).fill(Infinity, 0, 1),
      new Float32Array(size).fill(-1, 0, 1),
    ]) {
      const report = (): boolean => selector.report(selection, errors);
      if (selection.wants.length === 0) expect(report()).toBe(false);
      else expect(report).toThrow(ArgumentError);
    }
    expect(selector.snapshot()).toEqual(before);
    expect(() => selector.report({ id: 2 }, {})).toThrow(
      'The id of the selection must be an integer from 1 to 1',
    );
    expect(selector.report(selection, found(selection))).toBe(selection.wants.length > 0);
    expect(selector.report(selection, found(selection))).toBe(false);
  });

  it('keeps using its memory', () => {
    const selector = make();
    const buffers = new Set<unknown>();
    for (const { indices, whole } of Array.from({ length: 50 }, () => {
      const selection = selector.next();
      selector.report(selection, found(selection));
      return selection;
    })) {
      if (!whole) buffers.add(indices.buffer);
    }
    expect(buffers.size).toBeLessThanOrEqual(2);
  });

  it('refuses snapshots of other settings, and damaged ones, and stays as it was', () => {
    const selector = make();
    play(selector, 9);
    const before = selector.snapshot();
    expect(() => make({ seed: 1 }).restore(before)).toThrow("its seed is 7, this selector's is 1");
    for (const name of Object.keys(before.arrays)) {
      const arrays = { ...before.arrays, [name]: Int32Array.of(1) };
      expect(() => selector.restore({ ...before, arrays }), name).toThrow(ResumeError);
      expect(selector.snapshot(), name).toEqual(before);
    }
  });
});

it('sequences of draws are those of version 0.1', () => {
  // Recorded at commit deb5ae0 with the same settings: FNV-1a over all indices.
  const run = (name: string, more: object, batchOf?: (step: number) => number | undefined): number => {
    const strategy = strategies().find((one) => one.name === name)!;
    const selector = makeSelector(strategy, { size: 3001, steps: 400, seed: 5, ...more });
    let hash = 0x811c9dc5;
    for (let step = 1; step <= 400; step++) {
      const batchSize = batchOf?.(step);
      const selection = selector.next(batchSize === undefined ? {} : { batchSize });
      const { indices } = selection;
      for (const index of indices) hash = Math.imul(hash ^ index, 0x01000193) >>> 0;
      const errorOf = (index: number): number => Math.fround(((index * 7919) % 101) / 101 + (step % 7) / 10);
      const errors = Float32Array.from(indices, errorOf);
      const frequency = Float32Array.from(indices, (index) => errorOf(3 * index + 1) * 1e4);
      selector.report(selection, name === 'evos' ? { errors, frequency } : { errors });
    }
    return hash;
  };
  const moving = { ratio: 0.2, schedule: 'step', mutation: 'linear', mutationShare: { from: 0.9, to: 0.1 } };
  expect([
    run('uniform', {}),
    run('uniform', { ratio: 0.01, schedule: 'cosine' }),
    run('evos', {}),
    run('evos', moving, (step) => (step % 3 > 0 ? 100 : undefined)),
    run('evos-online', {}),
    run('evos-online', { batchSize: 60, mutationShare: 0.1 }, (step) => (step % 5 > 0 ? undefined : 200)),
    run('evos-tiles', { tile: 50 }),
    run('evos-tiles', { tile: 50, batchSize: 300, schedule: 'linear', ratio: 0.3 }),
  ]).toEqual([2854907920, 1342540027, 1010731397, 693917471, 1718556332, 599207865, 3477911955, 1454697251]);
});
