// The core beside the official EVOS code (zwx-open/EVOS-INR at commit 3261484), by the golden vectors made with it.
// Where the core rounds or cuts otherwise on purpose, the difference itself is what is asserted.
import { describe, expect, it } from 'vitest';
import { Crossover, type CrossoverMethod } from '../../src/core/selectors/crossover.js';
import { createSelector } from '../../src/core/selectors/registry.js';
import {
  countsAt,
  evaluatesAt,
  mutationAt,
  ratioAt,
  ratioSchedules,
  samplesAt,
  samplingSchedules,
  type MutationKind,
  type RatioSchedule,
} from '../../src/core/selectors/schedules.js';
import { golden } from '../support/reference-data.js';
import { at, sorted } from '../core/oracle.js';

interface Schedules {
  max_step: number;
  steps: number[];
  ratio: Record<RatioSchedule, Record<string, number[]>>;
  ratio_1000: Record<RatioSchedule, Record<string, number[]>>;
  fitness_eval: Record<string, number[]>;
  mutation_ratio: { method: string; init: number; end: number; use_ratio: number; value: number[] }[];
  int_sample_steps: Record<string, number[]>;
  evos_counts_steps: number[];
  evos_counts: {
    schedule: RatioSchedule;
    use_ratio: number;
    N: number;
    first_select_num: number[];
    mutation_num: number[];
    crossover_selected_num: number[];
    random_num: number[];
  }[];
}

interface CrossoverRun {
  use_ratio: number;
  crossover_method: CrossoverMethod;
  schedule: RatioSchedule;
  crossover_epoch: number;
  select_epoch: number;
  num_epochs: number;
  first_select_num: number;
  mutation_num: number;
  sorted_map_index: number[] | null;
  elite_set: number[];
  mask_identity_perm: number[];
  select_diag: {
    selected_num: number;
    intersection: number;
    minus_zero_slice_l2: boolean;
    minus_zero_slice_lap: boolean;
  } | null;
}

interface CrossoverCases {
  lap_coff: number;
  cases: { id: number; error_map: number[]; laplace_map: number[]; runs: CrossoverRun[] }[];
}

interface TinyTrain {
  runs: { name: string; count: number[]; selected: Record<string, number[]> }[];
}

const schedules = golden<Schedules>('schedules');
const crossover = golden<CrossoverCases>('crossover');
const tiny = golden<TinyTrain>('tiny_train');

/**
 * Doubles as Python printed them: the same operations in the same order. Only cos and exp, of another library, may
 * differ in the last bit of 1.
 */
function expectDouble(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(Number.EPSILON / 2);
}

describe('schedules.json', () => {
  const data = schedules;

  it.each(ratioSchedules)('%s ratio, 5,000 and 1,000 steps', (schedule) => {
    for (const initial of [0.2, 0.5]) {
      const long = data.ratio[schedule][initial] ?? [];
      expect(long.length).toBe(16);
      long.forEach((expected, i) => {
        expectDouble(ratioAt(schedule, initial, at(data.steps, i), data.max_step), expected);
      });
      const { steps = [], [initial]: values = [] } = data.ratio_1000[schedule];
      expect(values.length).toBe(13);
      values.forEach((expected, i) => expectDouble(ratioAt(schedule, initial, at(steps, i), 1000), expected));
    }
  });

  it.each([5000, 1000, 500])('evaluating steps of %i', (steps) => {
    const evaluated = (from: number, to: number) =>
      Array.from({ length: steps }, (_, i) => i + 1).filter((step) => evaluatesAt({ from, to }, step, steps));
    expect(evaluated(100, 100)).toEqual(data.fitness_eval[`fixed_100_50_T${steps}`]);
    expect(evaluated(100, 50)).toEqual(data.fitness_eval[`lin_dec_100_50_T${steps}`]);
  });

  it.each(samplingSchedules)('steps at which INT samples, %s', (schedule) => {
    for (const steps of [5000, 1000]) {
      const sampled = Array.from({ length: steps }, (_, s) => s).filter((s) =>
        samplesAt(schedule, s + 1, steps),
      );
      expect(sampled).toEqual(data.int_sample_steps[`${schedule}_T${steps}`]);
    }
  });

  it('mutation shares', () => {
    expect(data.mutation_ratio.length).toBe(24);
    for (const { method, init, end, use_ratio, value } of data.mutation_ratio) {
      const kind = method === 'exp' ? 'exponential' : (method as MutationKind);
      value.forEach((expected, i) => {
        const share = mutationAt(kind, { from: init, to: end }, use_ratio, at(data.steps, i), data.max_step);
        expectDouble(share, expected);
      });
    }
  });

  it('counts: all and mutants agree; the elite takes the place that the official rounding leaves empty', () => {
    let differing = 0;
    let compared = 0;
    for (const run of data.evos_counts) {
      data.evos_counts_steps.forEach((step, i) => {
        const ratio = ratioAt(run.schedule, run.use_ratio, step, data.max_step);
        const counts = countsAt(ratio, 0.5 * run.use_ratio, run.N);
        expect(counts.total).toBe(at(run.random_num, i));
        expect(counts.mutants).toBe(at(run.mutation_num, i));
        const unfilled = at(run.random_num, i) - at(run.mutation_num, i) - at(run.first_select_num, i);
        expect([0, 1]).toContain(unfilled);
        expect(counts.elite).toBe(at(run.first_select_num, i) + unfilled);
        // Its crossover rounds up instead: as many as this elite, or one more.
        expect([0, 1]).toContain(at(run.crossover_selected_num, i) - counts.elite);
        differing += unfilled;
        compared++;
      });
    }
    expect([differing, compared]).toEqual([111, 300]);
  });
});

describe('crossover.json', () => {
  const data = crossover;
  const runs = data.cases.flatMap(({ id, error_map, laplace_map, runs }) =>
    runs.map((run, index) => ({
      ...run,
      name: `case ${id} run ${index}: ${run.crossover_method}, ${run.schedule} ${run.use_ratio}`,
      errors: Float32Array.from(error_map),
      frequency: Float32Array.from(laplace_map),
    })),
  );

  it.each(runs)('$name', (run) => {
    const { errors, frequency, select_diag: diag, first_select_num: elite } = run;
    const size = errors.length;
    const ranked = new Crossover(size, true);
    ranked.update(run.crossover_method, errors, frequency, data.lap_coff, diag?.selected_num ?? elite);
    const order = [...ranked.order];
    const tail = sorted(order.slice(size - elite));
    if (diag?.minus_zero_slice_l2 === true) {
      // Official: error has no place, takes all of its side, and so keeps frequency out. Here: frequency only.
      const errorAlone = new Crossover(size, true);
      errorAlone.update('no', errors, undefined, 0, elite);
      expect(run.elite_set).toEqual(sorted(errorAlone.order.subarray(size - elite)));
      const shared = tail.filter((index) => run.elite_set.includes(index));
      expect(shared.length).toBe(diag.intersection);
      return;
    }
    expect(diag?.minus_zero_slice_lap ?? false).toBe(false);
    expect(tail).toEqual(run.elite_set);
    if (run.sorted_map_index !== null) expect(order).toEqual(run.sorted_map_index);
    // The official mask with a permutation that changes nothing: mutants from the head of the order.
    expect(sorted([...order.slice(0, run.mutation_num), ...tail])).toEqual(run.mask_identity_perm);
  });

  it('a crossover that rounds its survivors as the selector does: the same elite but for at most one sample', () => {
    let differing = 0;
    for (const run of runs) {
      const { errors, frequency, select_diag: diag, first_select_num: elite } = run;
      if (diag === null || diag.minus_zero_slice_l2) continue;
      const size = errors.length;
      const ratio = ratioAt(run.schedule, run.use_ratio, run.crossover_epoch, run.num_epochs);
      const survivors = countsAt(ratio, 0.5 * run.use_ratio, size).elite;
      expect([0, 1]).toContain(diag.selected_num - survivors);
      const ranked = new Crossover(size, true);
      ranked.update('select', errors, frequency, data.lap_coff, survivors);
      const missing = run.elite_set.filter(
        (index) => !ranked.order.subarray(size - elite).includes(index),
      ).length;
      expect(missing).toBeLessThanOrEqual(diag.selected_num - survivors);
      differing += diag.selected_num - survivors;
    }
    expect(differing).toBe(1);
  });

  it('the minus-zero slice occurs once, so the difference above is really tested', () => {
    expect(runs.filter((run) => run.select_diag?.minus_zero_slice_l2 === true).length).toBe(1);
  });
});

describe('tiny_train.json', () => {
  // What follows from the settings alone, whatever the network predicts.
  const common = { size: 480, steps: 60 } as const;
  const evos = { ...common, strategy: 'evos', mutationShare: 0 } as const;
  const settings = {
    full: { ...common, strategy: 'full' },
    evos_select: { ...evos, interval: 10 },
    evos_no_cfs_no_crossover: { ...evos, interval: 10, crossover: 'no' },
    evos_step: { ...evos, interval: { from: 10, to: 5 }, schedule: 'step', ratio: 0.2 },
  } as const;

  it.each(Object.keys(settings) as (keyof typeof settings)[])('samples per step: %s', (name) => {
    const expected = tiny.runs.find((run) => run.name === name);
    const selector = createSelector(settings[name]);
    const errors = Float32Array.from({ length: 480 }, (_, i) => (i * 7919) % 480);
    const counts: number[] = [];
    for (let step = 1; step <= 60; step++) {
      const selection = selector.next();
      selector.report(selection, { errors });
      counts.push(selection.size);
      const selected = expected?.selected[step];
      if (selection.whole && selected !== undefined) {
        expect(selected).toEqual(Array.from({ length: 480 }, (_, i) => i));
      }
    }
    expect(counts).toEqual(expected?.count);
  });
});
