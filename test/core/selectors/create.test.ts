// What selectors hand out: sizes, sets, distributions, memory. Expected sets come from sorting; expected
// distributions from counting, with fixed seeds and bounds of five standard deviations.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/numeric/random.js';
import { createSelector, type SelectorOptions } from '../../../src/core/selectors/registry.js';
import { countsAt, mutationAt, ratioAt, ratioSchedules } from '../../../src/core/selectors/schedules.js';
import type { Feedback, Selection, Selector } from '../../../src/core/contracts.js';
import { ranking, selectOrder, sorted, topK } from '../oracle.js';

const seed = 250512;
/** λ of the crossover. */
const usualWeight = 1e-5;
type EvosOptions = SelectorOptions<'evos'>;

function fitness(size: number, from: number): Float32Array {
  const random = createRandom(from);
  return Float32Array.from({ length: size }, () => random.float());
}

/** Runs to the end, or for `count` selections, reporting where asked. */
function play(selector: Selector, feedback: Feedback, count: number, batchSize?: number): Selection[] {
  return Array.from({ length: count }, () => {
    const selection = selector.next(batchSize === undefined ? {} : { batchSize });
    selector.report(selection, feedback);
    return { ...selection, indices: selection.indices.slice() };
  });
}

function explicit(selection: Selection): Uint32Array {
  if (selection.whole) throw new Error(`step ${selection.step} trains on everything`);
  return selection.indices;
}

/** That counts are of draws of equal chance `p`: no further than five standard deviations from their mean. */
function expectEven(counts: ArrayLike<number>, draws: number, p: number): void {
  const bound = 5 * Math.sqrt(draws * p * (1 - p));
  for (const count of Array.from(counts)) expect(Math.abs(count - draws * p)).toBeLessThanOrEqual(bound);
}

describe('every selector', () => {
  const options = fc
    .record({
      strategy: fc.constantFrom('evos' as const, 'uniform' as const, 'full' as const),
      size: fc.integer({ min: 1, max: 80 }),
      steps: fc.integer({ min: 1, max: 40 }),
      ratio: fc.double({ min: 0.01, max: 1, noNaN: true }),
      schedule: fc.constantFrom(...ratioSchedules),
      seed: fc.nat(),
      share: fc.nat(1000).map((thousandths) => thousandths / 1000),
      interval: fc.record({ from: fc.integer({ min: 1, max: 9 }), to: fc.integer({ min: 1, max: 9 }) }),
      crossover: fc.constantFrom('select' as const, 'add' as const, 'no' as const),
    })
    .map(({ strategy, size, steps, seed, ratio, schedule, share, interval, crossover }) => {
      const common = { size, steps, seed };
      const uniform = { ...common, ratio, schedule };
      const mutationShare = { from: share, to: 1 - share };
      const evos = { ...uniform, interval, crossover, mutation: 'linear', mutationShare } as const;
      const make = {
        full: () => createSelector({ strategy: 'full', ...common }),
        uniform: () => createSelector({ strategy: 'uniform', ...uniform }),
        evos: () => createSelector({ strategy: 'evos', ...evos }),
      };
      return { ...uniform, strategy, make: make[strategy] };
    });

  it(`hands out as many distinct samples as its schedule and the batch size say (seed ${seed})`, () => {
    fc.assert(
      fc.property(options, fc.option(fc.integer({ min: 1, max: 90 })), (settings, batchSize) => {
        const { size, steps, strategy, make } = settings;
        const feedback = { errors: fitness(size, 1), frequency: fitness(size, 2) };
        const selections = play(make(), feedback, steps, batchSize ?? undefined);
        selections.forEach(({ step, indices, size: count, whole, ratio, wants }, i) => {
          expect(step).toBe(i + 1);
          const share = strategy === 'full' ? 1 : ratioAt(settings.schedule, settings.ratio, step, steps);
          expect(ratio).toBe(share);
          const selected = Math.min(size, Math.max(1, Math.floor(share * size)));
          expect(count).toBe(wants.length > 0 ? size : Math.min(selected, batchSize ?? size));
          expect(whole).toBe(count === size);
          expect(indices.length).toBe(count);
          expect(new Set(indices).size).toBe(count);
          expect(indices.every((index) => index < size)).toBe(true);
        });
      }),
      { seed, numRuns: 300 },
    );
  });

  it(`goes on from a snapshot bit for bit, through JSON, with changing batch sizes (seed ${seed})`, () => {
    fc.assert(
      fc.property(options, fc.nat(), fc.integer({ min: 1, max: 90 }), (settings, any, batchSize) => {
        const { size, steps, make } = settings;
        const feedback = { errors: fitness(size, 3), frequency: fitness(size, 4) };
        const first = make();
        play(first, feedback, any % steps);
        const { values, arrays } = first.snapshot();
        const expected = play(first, feedback, steps - first.step, batchSize);
        const second = make();
        second.restore({ values: JSON.parse(JSON.stringify(values)) as typeof values, arrays });
        expect(play(second, feedback, steps - second.step, batchSize)).toEqual(expected);
      }),
      { seed, numRuns: 200 },
    );
  });

  it.each(['evos', 'uniform', 'full'] as const)(
    '%s draws the same for the same seed, and otherwise for another',
    (strategy) => {
      const run = (seed: number) =>
        play(createSelector({ strategy, size: 500, steps: 9, seed }), { errors: fitness(500, 1) }, 9, 40);
      expect(run(1)).toEqual(run(1));
      expect(run(2)).not.toEqual(run(1));
    },
  );

  it('uses one memory for all its selections', () => {
    for (const strategy of ['evos', 'uniform', 'full'] as const) {
      const selector = createSelector({
        strategy,
        size: 200,
        steps: 30,
        ...(strategy === 'full' ? {} : { ratio: 0.3 }),
      });
      const buffers = new Set<unknown>();
      for (let i = 0; i < 30; i++) {
        const selection = selector.next({ batchSize: 5 + i });
        selector.report(selection, { errors: new Float32Array(200) });
        if (!selection.whole) buffers.add(selection.indices.buffer);
      }
      expect(buffers.size).toBe(1);
    }
  });
});

describe("'full' and 'uniform'", () => {
  it('full training is the pool as it is, and asks for nothing back', () => {
    const selections = play(
      createSelector({ strategy: 'full', size: 7, steps: 3 }),
      { errors: new Float32Array(7) },
      3,
    );
    expect(selections).toEqual(
      [1, 2, 3].map((step) => ({
        id: step,
        step,
        pass: 'train',
        ratio: 1,
        whole: true,
        size: 7,
        wants: [],
        awaited: false,
        indices: Uint32Array.of(0, 1, 2, 3, 4, 5, 6),
      })),
    );
  });

  it('a ratio of 1 is full training', () => {
    const feedback = { errors: new Float32Array(50) };
    const full = play(createSelector({ strategy: 'full', size: 50, steps: 20 }), feedback, 20);
    expect(
      play(createSelector({ strategy: 'uniform', size: 50, steps: 20, ratio: 1 }), feedback, 20),
    ).toEqual(full);
    const evos = play(createSelector({ strategy: 'evos', size: 50, steps: 20, ratio: 1 }), feedback, 20);
    expect(evos.map((selection) => selection.indices)).toEqual(full.map((selection) => selection.indices));
    expect(evos.map((selection) => selection.size)).toEqual(full.map((selection) => selection.size));
  });

  it.each([
    ['uniform', undefined, 0.25],
    ['uniform', 3, 3 / 40],
    ['full', 6, 6 / 40],
  ] as const)('%s with batch size %s draws every sample alike (seed 9)', (strategy, batchSize, p) => {
    const steps = 4000;
    const selector = createSelector(
      strategy === 'full'
        ? { strategy, size: 40, steps, seed: 9 }
        : { strategy, size: 40, steps, seed: 9, ratio: 0.25 },
    );
    const counts = new Uint32Array(40);
    for (const selection of play(selector, { errors: new Float32Array(40) }, steps, batchSize)) {
      for (const index of explicit(selection)) (counts[index] as number)++;
    }
    expectEven(counts, steps, p);
  });
});

describe("'evos'", () => {
  const size = 60;
  const base = { strategy: 'evos', size, steps: 6000, interval: 6000, seed: 12 } as const;
  const errors = fitness(size, 21);
  const frequency = fitness(size, 22).map((x) => x * 1e5);

  function afterEvaluation(options: Partial<EvosOptions>, feedback: Feedback): Selector {
    const selector = createSelector({ ...base, ...options });
    selector.report(selector.next(), feedback);
    return selector;
  }

  it('evaluates everything first, then trains on the fittest and on random others', () => {
    const selector = createSelector(base);
    expect(selector.next()).toMatchObject({ step: 1, whole: true, size, wants: ['errors'], awaited: true });
    selector.report({ id: 1 }, errors);
    const { elite, mutants } = countsAt(0.5, 0.25, size);
    for (const selection of play(selector, { errors }, 20)) {
      const indices = explicit(selection);
      expect(selection.wants).toEqual([]);
      expect(sorted(indices.subarray(0, elite))).toEqual(topK(errors, elite));
      expect(indices.length).toBe(elite + mutants);
    }
  });

  it.each(['select', 'add', 'no'] as const)("takes its elite by crossover '%s'", (crossover) => {
    const selector = afterEvaluation({ crossover, mutationShare: 0 }, { errors, frequency });
    const weighted = errors.map((error, i) => error + usualWeight * (frequency[i] ?? NaN));
    const k = 30;
    const expected = {
      select: sorted(selectOrder(errors, frequency, usualWeight, k).slice(size - k)),
      add: topK(weighted, k),
      no: topK(errors, k),
    };
    expect(new Set(Object.values(expected).map(String)).size).toBe(3);
    expect(sorted(explicit(selector.next()))).toEqual(expected[crossover]);
  });

  it('mutation draws every unselected sample alike, afresh at each step (seed 12)', () => {
    const selector = afterEvaluation({}, { errors });
    const elite = new Set(topK(errors, 15));
    const counts = new Map(ranking(errors).map((index) => [index, 0]));
    const draws = 4000;
    for (const selection of play(selector, { errors }, draws)) {
      for (const index of explicit(selection)) counts.set(index, (counts.get(index) ?? 0) + 1);
    }
    const others = [...counts].filter(([index]) => !elite.has(index)).map(([, count]) => count);
    expect(others.length).toBe(45);
    expectEven(others, draws, 15 / 45);
    for (const index of elite) expect(counts.get(index)).toBe(draws);
  });

  it('pairs of mutants are as likely as without repeats they should be (seed 12)', () => {
    const selector = afterEvaluation({ size: 8, ratio: 0.5 }, { errors: fitness(8, 2) });
    const elite = new Set(topK(fitness(8, 2), 2));
    const pairs = new Map<string, number>();
    const draws = 5000;
    for (const selection of play(selector, { errors: fitness(8, 2) }, draws)) {
      const pair = sorted(explicit(selection).filter((index) => !elite.has(index))).join();
      pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
    }
    expect(pairs.size).toBe(15);
    expectEven([...pairs.values()], draws, 1 / 15);
  });

  it('mini-batches are uniform over the selected set: elite and mutants alike (seed 12)', () => {
    const selector = afterEvaluation({}, { errors });
    const elite = new Set(topK(errors, 15));
    const counts = new Uint32Array(size);
    const mutantsPerBatch = new Map<number, number>();
    const draws = 5000;
    for (const selection of play(selector, { errors }, draws, 4)) {
      const indices = explicit(selection);
      for (const index of indices) (counts[index] as number)++;
      const mutants = indices.filter((index) => !elite.has(index)).length;
      mutantsPerBatch.set(mutants, (mutantsPerBatch.get(mutants) ?? 0) + 1);
    }
    const inElite = Array.from(counts).filter((_, index) => elite.has(index));
    const others = Array.from(counts).filter((_, index) => !elite.has(index));
    expectEven(inElite, draws, 4 / 30);
    expectEven(others, draws, (4 / 30) * (15 / 45));
    // Hypergeometric: choose(15, m) · choose(15, 4 − m) / choose(30, 4), with choose(30, 4) = 27405.
    const ways = [1365, 15 * 455, 105 * 105, 455 * 15, 1365];
    ways.forEach((way, m) => expectEven([mutantsPerBatch.get(m) ?? 0], draws, way / 27405));
  });

  it('evaluating steps are whole whatever the batch size', () => {
    const selection = createSelector({ ...base, batchSize: 3 }).next({ batchSize: 2 });
    expect(selection).toMatchObject({ whole: true, size, wants: ['errors'] });
  });

  it('next replaces the batch size of the settings for one call', () => {
    const selector = afterEvaluation({ batchSize: 3 }, { errors });
    expect([selector.next().size, selector.next({ batchSize: 7 }).size, selector.next().size]).toEqual([
      3, 7, 3,
    ]);
  });

  it('a ratio that has grown since the evaluation reaches into the others by error', () => {
    const steps = 100;
    const mutationShare = 0;
    const selector = afterEvaluation(
      { steps, schedule: 'step', ratio: 0.2, mutationShare, interval: 1000 },
      { errors, frequency },
    );
    const order = selectOrder(errors, frequency, usualWeight, 12);
    for (const { step, indices, size: count, whole, ratio } of play(selector, { errors }, steps - 1)) {
      expect(count).toBe(Math.floor(ratio * size));
      if (whole) expect(step).toBe(100);
      else expect(sorted(indices)).toEqual(sorted(order.slice(size - count)));
    }
  });

  it('mutants follow their own schedule, relative to the initial ratio', () => {
    const steps = 50;
    const mutation = 'exponential';
    const mutationShare = { from: 0.2, to: 0.8 };
    const interval = 1000;
    const selector = afterEvaluation({ steps, mutation, mutationShare, interval }, { errors });
    for (const selection of play(selector, { errors }, steps - 1)) {
      const { mutants, elite } = countsAt(
        0.5,
        mutationAt(mutation, mutationShare, 0.5, selection.step, steps),
        size,
      );
      const fittest = new Set(topK(errors, elite));
      expect(explicit(selection).filter((index) => !fittest.has(index)).length).toBe(mutants);
    }
  });

  it('works errors and frequency fitness out of predictions', () => {
    const targets = Float32Array.from({ length: size * 2 }, (_, i) => i / 100);
    const predictions = targets.map((target, i) => target + Math.sin(i));
    // An operator that owns its answer, as operators may.
    const answer = new Float32Array(size);
    const operator = {
      response: (values: Float32Array) => {
        for (let i = 0; i < size; i++)
          answer[i] = 500 * ((values[2 * i] ?? NaN) - (values[2 * i + 1] ?? NaN));
        return answer;
      },
    };
    const mutationShare = 0;
    const weight = 1e-6;
    const byPredictions = afterEvaluation(
      { targets, operator, frequencyWeight: weight, mutationShare },
      { predictions },
    );
    const squares = { errors: new Float32Array(size), frequency: new Float32Array(size) };
    for (let i = 0; i < size; i++) {
      const a = Math.fround(predictions[2 * i] ?? NaN) - (targets[2 * i] ?? NaN);
      const b = Math.fround(predictions[2 * i + 1] ?? NaN) - (targets[2 * i + 1] ?? NaN);
      squares.errors[i] = (a * a + b * b) / 2;
      squares.frequency[i] = (500 * (a - b)) ** 2;
    }
    const order = selectOrder(squares.errors, squares.frequency, weight, 30);
    expect(sorted(explicit(byPredictions.next()))).toEqual(sorted(order.slice(30)));
    const byErrors = afterEvaluation({ frequencyWeight: weight, mutationShare }, squares);
    expect(sorted(explicit(byErrors.next()))).toEqual(sorted(order.slice(30)));
    expect(sorted(order.slice(30))).not.toEqual(topK(squares.errors, 30));
  });

  it('predictions without an operator, and errors without frequency, rank by error alone', () => {
    const targets = new Float32Array(size);
    const predictions = errors.map(Math.sqrt);
    const mutationShare = 0;
    const selector = afterEvaluation({ targets, mutationShare }, { predictions });
    expect(sorted(explicit(selector.next()))).toEqual(topK(errors, 30));
  });

  it('drawing leaves the order alone', () => {
    const selector = afterEvaluation({}, { errors });
    const before = selector.snapshot().arrays['order'];
    play(selector, { errors }, 5);
    play(selector, { errors }, 5, 7);
    expect(selector.snapshot().arrays['order']).toEqual(before);
  });
});

describe('cross-frequency supervision', () => {
  const targets = new Float32Array(10);
  const operator = { response: () => new Float32Array(10) };
  const base = { strategy: 'evos', size: 10, steps: 100, interval: 10, targets } as const;

  function flagged(options: Partial<EvosOptions>): number[] {
    const selector = createSelector({ ...base, ...options });
    const selections = play(selector, { errors: targets, predictions: targets, frequency: targets }, 100);
    return selections
      .filter((selection) => selection.terms?.includes('cross-frequency'))
      .map((selection) => selection.step);
  }
  const evaluations = [1, 11, 21, 31, 41, 51, 61, 71, 81, 91];
  const first = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

  it('applies for the first 30 % and at every evaluation, where there is an operator', () => {
    expect(flagged({ operator })).toEqual([...first(30), ...evaluations.filter((t) => t > 30)]);
  });

  it('ends where it is told to, and at evaluations alone with a share of 0', () => {
    expect(flagged({ operator, crossFrequencyUntil: 0.29 })).toEqual([
      ...first(29),
      ...evaluations.filter((t) => t > 29),
    ]);
    expect(flagged({ operator, crossFrequencyUntil: 0 })).toEqual(evaluations);
  });

  it('is off without an operator and where it is switched off', () => {
    expect(flagged({})).toEqual([]);
    expect(flagged({ operator, crossFrequency: false })).toEqual([]);
  });
});
