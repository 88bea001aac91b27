// What all selectors share: counting steps, the order of calls, batch sizes, the random state, and snapshots that
// refuse to be restored onto other settings. A strategy adds what it selects and what it learns from feedback.
import { ArgumentError, ResumeError } from '../errors.js';
import { createRandom, type Random } from '../numeric/random.js';
import { checkBatchSize, type CommonSettings } from './options.js';
import { checkSnapshotSettings, type Fingerprint } from './snapshot-settings.js';
import type { Feedback, Generation, Selector, Snapshot, StateArray } from '../contracts.js';

/** The frame of a selector. */
export abstract class BaseSelector implements Selector {
  readonly strategy: string;
  readonly size: number;
  protected readonly steps: number;
  protected readonly random: Random;
  readonly #batchSize: number | undefined;
  readonly #fingerprint: Fingerprint;
  #step = 0;
  /** Whether the generation handed out last evaluates and has not been reported yet. */
  #pending = false;

  constructor(settings: CommonSettings, fingerprint: Fingerprint) {
    const { strategy, size, steps, seed, batchSize } = settings;
    this.strategy = strategy;
    this.size = size;
    this.steps = steps;
    this.random = createRandom(seed);
    this.#batchSize = batchSize;
    this.#fingerprint = { strategy, size, steps, seed, batchSize: batchSize ?? null, ...fingerprint };
  }

  get step(): number {
    return this.#step;
  }

  next(options?: { readonly batchSize?: number }): Generation {
    const batchSize = options?.batchSize === undefined ? this.#batchSize : checkBatchSize(options.batchSize);
    if (this.#pending) {
      throw new ArgumentError(
        `Step ${this.#step} evaluates and was not reported: call report(generation, feedback) with ` +
          'predictions or errors for every sample of it before the next next().',
      );
    }
    if (this.#step >= this.steps) {
      throw new ArgumentError(
        `All ${this.steps} steps have been handed out: make the selector with more steps to train longer.`,
      );
    }
    const generation = this.generate(this.#step + 1, batchSize ?? this.size);
    this.#step += 1;
    this.#pending = generation.evaluates;
    return generation;
  }

  report(generation: Generation, feedback?: Feedback): void {
    if (!generation.evaluates) return;
    if (!this.#pending || generation.step !== this.#step) {
      const state = this.#pending ? 'has not been reported' : 'needs no report (any more)';
      throw new ArgumentError(
        `The report is of step ${generation.step}, but the selector is at step ${this.#step}, which ${state}: ` +
          'report each evaluating generation once, before the next next().',
      );
    }
    if (feedback === undefined) {
      throw new ArgumentError(
        `Step ${generation.step} evaluates, got no feedback: report { predictions } or { errors }.`,
      );
    }
    this.learn(generation.step, feedback);
    this.#pending = false;
  }

  snapshot(): Snapshot {
    return {
      values: { settings: { ...this.#fingerprint }, step: this.#step, pending: this.#pending },
      arrays: { random: this.random.state, ...this.stateArrays() },
    };
  }

  restore(snapshot: Snapshot): void {
    const { settings, step, pending } = snapshot.values;
    // A run may be made longer on the way: its schedules then go on as the new number of steps lays them out.
    checkSnapshotSettings(settings, this.#fingerprint, ['steps']);
    const { random } = snapshot.arrays;
    if (
      typeof step !== 'number' ||
      !Number.isInteger(step) ||
      step < 0 ||
      step > this.steps ||
      typeof pending !== 'boolean' ||
      !(random instanceof Uint32Array) ||
      random.length !== 4 ||
      random.every((word) => word === 0)
    ) {
      throw new ResumeError(
        `The selector snapshot is damaged: expected a step from 0 to ${this.steps}, whether a report is pending and ` +
          'four words of random state, not all zero. Start again, or resume from another checkpoint.',
      );
    }
    this.restoreArrays(snapshot.arrays);
    this.random.state = random;
    this.#step = step;
    this.#pending = pending;
  }

  /** The generation of a step; `batchSize` is N where none was asked for. Must leave no trace when it throws. */
  protected abstract generate(step: number, batchSize: number): Generation;

  /** Takes an evaluating step's feedback. Must leave no trace when it throws. */
  protected abstract learn(step: number, feedback: Feedback): void;

  /** Copies of the strategy's own arrays. */
  protected abstract stateArrays(): Record<string, StateArray>;

  /** Takes them back. @throws ResumeError, before changing anything, when they are damaged. */
  protected abstract restoreArrays(arrays: Readonly<Record<string, StateArray>>): void;
}
