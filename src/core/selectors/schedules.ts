// What changes as training goes on, as pure functions of the step: the share β(t) of samples trained on, the
// steps that evaluate the whole pool, and the share α(t) that mutation draws at random. Steps count from 1 to T.
// The arithmetic keeps the order of operations of the official EVOS code (commit 3261484), so that counts, which
// round down, agree with it to the last sample. The learning rate's schedules follow PyTorch's.
import { checkChoice, checkNumber } from '../check.js';
import { ArgumentError } from '../errors.js';
import { cosPi, exp, log } from '../numeric/exact-math.js';
import type { Ramp } from '../settings.js';

/** How the share of samples trained on moves from its first value β₀; see {@link ratioAt}. */
export type RatioSchedule = 'constant' | 'step' | 'linear' | 'cosine' | 'reverse-cosine';

/** The names of the ratio schedules. */
export const ratioSchedules = ['constant', 'step', 'linear', 'cosine', 'reverse-cosine'] as const;

/** How the share of random samples moves over the run; see {@link mutationAt}. */
export type MutationKind = (typeof mutationKinds)[number];

/** The names of the mutation schedules. */
export const mutationKinds = ['constant', 'linear', 'exponential'] as const;

/** How the learning rate moves over a run; see {@link learningRateAt}. */
export type LearningRateSchedule = 'constant' | 'cooldown' | 'cosine' | 'exponential' | 'linear';

/** The names of the learning-rate schedules. */
export const learningRateSchedules = ['constant', 'cooldown', 'cosine', 'exponential', 'linear'] as const;

/** The stages of the `step` schedule (official code). */
const stages = 10;
/** The share of a run after which `cooldown` begins to fall: a fifth suffices (Hägele et al., NeurIPS 2024, Sec. 3). */
const warm = 0.8;
/** Where `reverse-cosine` ends (official code). */
const reverseEnd = 0.2;

/**
 * The share β(t) of the pool to train on at step t (EVOS, Sec. 4.1; INT, Sec. 3.3).
 * - `constant`: β₀
 * - `step`: ten stages, β₀ + ⌊10 t/T⌋ (1 − β₀)/10
 * - `linear`: β₀ + (t/T)(1 − β₀)
 * - `cosine`: 1 − ½(1 − β₀)(1 + cos πt/T), rising from β₀ to 1
 * - `reverse-cosine`: β₀ − ½(β₀ − 0.2)(1 − cos πt/T), ending at 0.2 whatever β₀ is
 * @param initial β₀ in (0, 1]
 * @param step t, from 1 to T (0 gives the value before training)
 * @param steps T
 * @returns in (0, 1]; arguments are not checked
 * @throws never
 * @example
 * console.log(ratioAt('linear', 0.5, 500, 1000)); // 0.75
 */
export function ratioAt(schedule: RatioSchedule, initial: number, step: number, steps: number): number {
  switch (schedule) {
    case 'constant':
      return initial;
    case 'step':
      return initial + Math.floor((stages * step) / steps) * ((1 - initial) / stages);
    case 'linear':
      return initial + (step / steps) * (1 - initial);
    case 'cosine':
      return 1 - 0.5 * (1 - initial) * (1 + cosPi(step / steps));
    case 'reverse-cosine':
      return initial - 0.5 * (initial - reverseEnd) * (1 - cosPi(step / steps));
  }
}

/**
 * Whether step t evaluates the whole pool: t mod I(t) = 1 with I(t) = ⌊I₀ + (I_T − I₀)·t/T⌋ (EVOS, Sec. 3.2).
 * An interval of 1 means every step; the published test alone would never fire there. The first step always
 * evaluates. With a falling interval the steps are irregular (14 in 1,000 at 100 → 50): that is the published rule.
 * @throws never
 * @example
 * console.log(evaluatesAt({ from: 100, to: 50 }, 1, 1000)); // true
 */
export function evaluatesAt(interval: Ramp, step: number, steps: number): boolean {
  const { from, to } = endsOf(interval);
  const current = Math.floor(from + ((to - from) / steps) * step);
  return current <= 1 || step % current === 1;
}

/**
 * When INT looks at the whole pool: its sampling strategies (Zhang et al., ICML 2024, Sec. 3.3; the code that EVOS compares
 * with). Steps s count from 0 here, as there.
 * - `dense`: at every step
 * - `dense2`: at every second step
 * - `incremental`: at every step of the first quarter, then at multiples of k = 10·(1 + ⌊(s − T/4)/(0.15 T)⌋), at most 50
 * - `reverse-incremental`: at multiples of k = 100 − 10·(1 + ⌊10 s/T⌋), at least 1
 */
export const samplingSchedules = ['dense', 'dense2', 'incremental', 'reverse-incremental'] as const;

/** See {@link samplingSchedules}. */
export type SamplingSchedule = (typeof samplingSchedules)[number];

/**
 * Whether step t looks at the whole pool. The published code rounds 0.15 T and T/10 down first, and so divides by zero in
 * runs of a few steps; here they are not rounded, which is the same for all T that 20 divides.
 * @param step t, from 1 to T; arguments are not checked
 */
export function samplesAt(schedule: SamplingSchedule, step: number, steps: number): boolean {
  const s = step - 1;
  switch (schedule) {
    case 'dense':
      return true;
    case 'dense2':
      return s % 2 === 0;
    case 'incremental':
      return (
        s <= steps / 4 || s % Math.min(50, 10 * (1 + Math.floor((20 * s - 5 * steps) / (3 * steps)))) === 0
      );
    case 'reverse-incremental':
      return s % Math.max(1, 100 - 10 * (1 + Math.floor((10 * s) / steps))) === 0;
  }
}

/**
 * The share α(t) of the pool that mutation draws at random (EVOS, Sec. 3.3). It is relative to the *initial* ratio,
 * so it does not grow with β(t). linear: from → to in even steps; exponential: from·(to/from)^(t/T).
 * @param share at the start and at the end, in [0, 1]; `constant` ignores the end
 * @param ratio β₀
 * @returns in [0, β₀]; arguments are not checked
 * @throws never
 * @example
 * console.log(mutationAt('linear', { from: 0.2, to: 0 }, 0.5, 500, 1000)); // 0.1
 */
export function mutationAt(
  kind: MutationKind,
  share: Ramp,
  ratio: number,
  step: number,
  steps: number,
): number {
  const { from, to } = endsOf(share);
  switch (kind) {
    case 'constant':
      return from * ratio;
    case 'linear':
      return (from + ((to - from) / steps) * step) * ratio;
    case 'exponential':
      return from * exp((log(to / from) / steps) * step) * ratio;
  }
}

/** How many samples a step trains on, and what they are. */
export interface StepCounts {
  /** All of them: ⌊βN⌋, at least 1. */
  readonly total: number;
  /** Drawn at random from the unselected: ⌊αN⌋, at most `total`. */
  readonly mutants: number;
  /** The fittest: total − mutants. */
  readonly elite: number;
}

/**
 * Splits a step's places. The elite is what mutation leaves of ⌊βN⌋, so a step trains on exactly ⌊βN⌋ samples.
 * The official code rounds the elite by itself, ⌊(β − α)N⌋, and may so be one sample short: of N = 437 at β = 0.2
 * and α = 0.1 it trains on 43 + 43, this on 44 + 43 = ⌊87.4⌋. No count differs by more than that one.
 * @throws never
 * @example
 * const { total, elite, mutants } = countsAt(0.5, 0.1, 1000);
 * console.log(total, elite, mutants); // 500 400 100
 */
export function countsAt(ratio: number, mutation: number, size: number): StepCounts {
  const total = Math.min(size, Math.max(1, Math.floor(ratio * size)));
  const mutants = Math.min(total, Math.floor(mutation * size));
  return { total, mutants, elite: total - mutants };
}

/** The ratio of a step, and its counts, of `size` individuals. */
export function countsOf(
  settings: EvolutionSettings,
  step: number,
  steps: number,
  size: number,
): StepCounts & { readonly ratio: number } {
  const { ratio: initial, schedule, mutation, mutationShare } = settings;
  const ratio = ratioAt(schedule, initial, step, steps);
  return { ratio, ...countsAt(ratio, mutationAt(mutation, mutationShare, initial, step, steps), size) };
}

interface EvolutionSettings {
  readonly ratio: number;
  readonly schedule: RatioSchedule;
  readonly mutation: MutationKind;
  readonly mutationShare: Ramp;
}

/**
 * The learning rate η(t) of step t. The first step has the initial rate η₀; the final one, η_T, is what a step after
 * the last would have, as with PyTorch's schedulers stepped once per optimiser step: u = (t − 1)/T of the way is done
 * before step t.
 * - `constant`: η₀
 * - `cooldown`: η₀ for the first four fifths, then along a cosine to η_T (a constant rate with cooldown, Hägele et al.,
 *   "Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations", NeurIPS 2024, who fall along other curves)
 * - `cosine`: η₀ − ½(η₀ − η_T)(1 − cos πu), PyTorch's `CosineAnnealingLR` with T_max = T and eta_min = η_T
 * - `exponential`: η₀(η_T/η₀)^u, its `ExponentialLR` with gamma = (η_T/η₀)^(1/T)
 * - `linear`: η₀ + (η_T − η₀)u, its `LinearLR` from 1 to η_T/η₀ in T iterations
 * @param initial η₀, above 0
 * @param final η_T, at least 0; above 0 for `exponential`; `constant` ignores it
 * @param step t, from 1 to T
 * @param steps T, at least 1
 * @returns between the two; the same bits in every JavaScript engine
 * @throws ArgumentError when the name is unknown or a rate out of range
 * @example
 * console.log(learningRateAt('cosine', 1e-3, 1e-5, 500, 1000));
 */
export function learningRateAt(
  schedule: LearningRateSchedule,
  initial: number,
  final: number,
  step: number,
  steps: number,
): number {
  const hint = 'the learning rate of the first step';
  checkNumber('initial', initial, { low: 0, high: Number.MAX_VALUE, open: true }, hint);
  checkChoice('schedule', schedule, learningRateSchedules);
  if (schedule === 'constant') return initial;
  const open = schedule === 'exponential';
  const end = open ? "the rate it falls to; use 'linear' or 'cosine' to reach 0" : 'the rate it falls to';
  checkNumber('final', final, { low: 0, high: Number.MAX_VALUE, open }, end);
  const done = (step - 1) / steps;
  switch (schedule) {
    case 'cooldown':
      return alongCosine(initial, final, Math.max(0, (done - warm) / (1 - warm)));
    case 'cosine':
      return alongCosine(initial, final, done);
    case 'exponential':
      return initial * exp((log(final) - log(initial)) * done);
    case 'linear':
      return initial + (final - initial) * done;
  }
}

/** @param done from 0 to 1 */
function alongCosine(initial: number, final: number, done: number): number {
  return initial - 0.5 * (initial - final) * (1 - cosPi(done));
}

/** Both ends of a number that may move. */
export function endsOf(value: Ramp): { readonly from: number; readonly to: number } {
  return typeof value === 'number' ? { from: value, to: value } : value;
}

/**
 * T, which schedules are laid out over.
 * @param needed whether something moves over the run; otherwise any number does
 * @throws ArgumentError when it is needed and not known
 */
export function stepsFor(strategy: string, steps: number | undefined, needed: boolean): number {
  if (steps !== undefined) return steps;
  if (!needed) return 1;
  throw new ArgumentError(
    `The '${strategy}' selector has settings that move over the run, but no number of steps: give it steps.`,
  );
}

/** @throws ArgumentError when an exponential share starts or ends at 0 */
export function checkMutation(kind: MutationKind, share: Ramp): void {
  const { from, to } = endsOf(share);
  if (kind !== 'exponential' || (from > 0 && to > 0)) return;
  throw new ArgumentError(
    `An exponential mutation needs both shares above 0, got ${from} → ${to}: use 'linear' to reach 0.`,
  );
}
