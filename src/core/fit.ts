// The training loop: select, gather, step, report, as one stream of events that the command line, a web page and
// tests read. It keeps no state of its own, so a snapshot of selector and trainer is a snapshot of the run.
import { checkInteger, checkNumber } from './check.js';
import { ArgumentError, ConfigError } from './errors.js';
import type { FitEvent, Timings } from './events.js';
import { checkBatchSize } from './selectors/options.js';
import type { Batch, Generation, SamplePool, Selector, StepResult, Trainer } from './contracts.js';

/** When and how quality is measured. */
export interface Measure {
  /** Whether to measure after step t. */
  at(step: number): boolean;
  /** The figures, by name. Its time counts as `evaluate`, never as training. */
  run(): Promise<Record<string, number>>;
}

/** What {@link fit} takes. The parts stay the caller's: `fit` disposes of nothing. */
export interface FitOptions {
  readonly pool: SamplePool;
  readonly trainer: Trainer;
  /** A selector for the pool's size; a restored one goes on where it stopped. */
  readonly selector: Selector;
  /** The last step, T, counted from 1. */
  readonly steps: number;
  /** As in `Selector.next`; default: the selector's own setting. */
  readonly batchSize?: number;
  /**
   * The learning rate of step t, counted from 1: finite and at least 0, for example from `learningRateAt`. Handed to
   * the trainer with each step. Default: nothing is, and the trainer uses its own.
   */
  readonly learningRate?: (step: number) => number;
  /** Ends the run after the current step, its measurement included. */
  readonly signal?: AbortSignal;
  readonly measure?: Measure;
  /** Seconds spent before a resume, to go on counting from. */
  readonly elapsed?: Timings;
}

/**
 * Trains from the step after `selector.step` to `steps`.
 *
 * Yields a `step` event after each step, then a `measure` event where asked for, and an `end` event last. It works
 * only while the next event is awaited: as long as the consumer holds an event nothing runs, and selector and trainer
 * may be snapshotted together. Leaving the loop early is fine.
 *
 * `seconds.train` counts gathering and stepping, `select` choosing and reporting, `evaluate` measuring.
 *
 * @throws ArgumentError at the call when the parts do not fit together; ConfigError from the stream when the loss is
 * no longer finite, since a lower learning rate is the user's to set: weights are then of no more use, and the last
 * snapshot before that step is the state to go back to. What pool, trainer and selector throw comes through; a
 * learning rate out of range is an ArgumentError from the stream, before its step.
 */
export function fit(options: FitOptions): AsyncGenerator<FitEvent, void, undefined> {
  const { pool, selector, steps, batchSize } = options;
  checkInteger('steps', steps, 1, Number.MAX_SAFE_INTEGER, 'the last step of the run');
  if (batchSize !== undefined) checkBatchSize(batchSize);
  if (pool.size !== selector.size) {
    throw new ArgumentError(
      `The pool has ${pool.size} samples, but the selector was made for ${selector.size}: give it the pool's size.`,
    );
  }
  return run(options);
}

async function* run(options: FitOptions): AsyncGenerator<FitEvent, void, undefined> {
  const { pool, trainer, selector, steps, signal, measure, learningRate } = options;
  const nextOptions = options.batchSize === undefined ? undefined : { batchSize: options.batchSize };
  let { train, select, evaluate } = options.elapsed ?? { train: 0, select: 0, evaluate: 0 };

  while (selector.step < steps && signal?.aborted !== true) {
    const rate = learningRate === undefined ? undefined : rateAt(learningRate, selector.step + 1);
    const start = performance.now();
    const generation = selector.next(nextOptions);
    const chosen = performance.now();
    const { step, evaluates, crossFrequency, ratio } = generation;
    const batch = trainer.takesIndices === true ? named(generation) : pool.gather(generation.indices);
    const result = await trainer.step(batch, {
      predictions: evaluates,
      crossFrequency,
      ...(rate === undefined ? {} : { learningRate: rate }),
    });
    const stepped = performance.now();
    checkLoss(result.loss, step, steps);
    report(selector, generation, result);
    select += (chosen - start + performance.now() - stepped) / 1000;
    train += (stepped - chosen) / 1000;

    const common = { step, steps, loss: result.loss, ratio };
    const { count: samples, indices } = generation;
    yield { type: 'step', ...common, samples, evaluates, indices, seconds: { train, select, evaluate } };

    if (measure?.at(step) === true) {
      const before = performance.now();
      const metrics = await measure.run();
      evaluate += (performance.now() - before) / 1000;
      yield { type: 'measure', ...common, metrics, seconds: { train, select, evaluate } };
    }
  }
  const reason = selector.step < steps ? 'aborted' : 'finished';
  yield { type: 'end', reason, step: selector.step, steps, seconds: { train, select, evaluate } };
}

const none = new Float32Array(0);

/** A batch for a trainer that has the samples itself. */
function named({ indices, count }: Generation): Batch {
  return { indices, size: count, inputs: none, targets: none };
}

function rateAt(learningRate: (step: number) => number, step: number): number {
  const hint = `the rate that the learningRate function gave for step ${step}`;
  return checkNumber('learningRate', learningRate(step), { low: 0, high: Number.MAX_VALUE }, hint);
}

function checkLoss(loss: number, step: number, steps: number): void {
  if (Number.isFinite(loss)) return;
  throw new ConfigError(
    `Training diverged: the loss is ${loss} at step ${step} of ${steps}, expected a finite number. ` +
      'Lower the learning rate and start again, or resume from a checkpoint before that step.',
  );
}

function report(selector: Selector, generation: Generation, result: StepResult): void {
  const { predictions } = result;
  if (predictions !== undefined) {
    selector.report(generation, { predictions });
  } else if (generation.evaluates) {
    throw new ArgumentError(
      `The trainer returned no predictions for step ${generation.step}, which evaluates its samples: ` +
        'a trainer must return them when asked with { predictions: true }.',
    );
  } else {
    selector.report(generation);
  }
}
