// The training loop: select, gather, step, report, as one stream of events that the command line, a web page and
// tests read. It keeps no state of its own, so a snapshot of selector and trainer is a snapshot of the run.
import { batchOf } from './batch-memory.js';
import { checkInteger, checkNumber } from './check.js';
import type { Batch, Feedback, Need, Pool, Selection, Selector, StepResult, Trainer } from './contracts.js';
import { diverged } from './diverged.js';
import { ArgumentError } from './errors.js';
import type { FitEvent, Timings } from './events.js';
import { present } from './present.js';
import { checkBatchSize } from './selectors/strategy.js';

/** When and how quality is measured. */
export interface QualityMeasure {
  /** Whether to measure after step t. */
  at(step: number): boolean;
  /** The metrics after step t, by name. Its time counts as `evaluate`, never as training. */
  run(step: number): Promise<Record<string, number>>;
}

/** What {@link fit} takes. The parts stay the caller's: `fit` disposes of nothing. */
export interface FitLoopOptions {
  readonly pool: Pool;
  readonly trainer: Trainer;
  /** A selector for the pool's size; a restored one goes on where it stopped. */
  readonly selector: Selector;
  /** The last step, T, counted from 1. */
  readonly steps: number;
  /** As in `Selector.next`, or what is to be asked for at each step. Default: the selector's own setting. */
  readonly batchSize?: number | (() => number);
  /**
   * The learning rate of step t, counted from 1: finite and at least 0, for example from `learningRateAt`. Handed to
   * the trainer with each step. Default: nothing is, and the trainer uses its own.
   */
  readonly learningRate?: (step: number) => number;
  /** Ends the run after the current step, its measurement included. */
  readonly signal?: AbortSignal;
  readonly measure?: QualityMeasure;
  /**
   * Lets a trainer be ahead: while a step is under way the next ones are chosen and sent, as many as the trainer's
   * `capabilities.ahead` and the selector's `lag` (`delayReports`) allow. Then events come later than their steps, and selector and trainer are further on;
   * says of a step t whether nothing shall be under way when its event comes, as a snapshot needs it. Asked right after step t was
   * sent; steps that are measured, and the last, are waited for in any case. Default: every step is.
   */
  readonly settles?: (step: number) => boolean;
  /** Seconds spent before a resume, to go on counting from. */
  readonly elapsed?: Timings;
}

/**
 * Trains from the step after `selector.step` to `steps`.
 *
 * Yields a `step` event after each step, then a `measure` event where asked for, and an `end` event last. It works
 * only while the next event is awaited: as long as the consumer holds an event nothing runs, and selector and trainer
 * may be snapshotted together (with `settles`: at the steps that it names). Leaving the loop early is fine.
 *
 * `seconds.train` counts gathering and stepping, `select` choosing, passes to score and reporting, `evaluate` measuring.
 *
 * @throws ArgumentError at the call when the parts do not fit together; DivergedError, a ConfigError, from the stream when the loss is
 * no longer finite, since a lower learning rate is the user's to set: weights are then of no more use, and the last
 * snapshot before that step is the state to go back to. What pool, trainer and selector throw comes through; a
 * learning rate out of range is an ArgumentError from the stream, before its step.
 * @example
 * const pool = createPixelPool(createImage({ width: 2, height: 2, channels: 1 }, Uint8Array.of(0, 80, 160, 255)));
 * const selector = evosOnline({ size: pool.size, batchSize: 2 });
 * for await (const event of fit({ pool, selector, trainer, steps: 100 })) {
 *   if (event.type === 'step') console.log(event.step, event.loss);
 * }
 */
export function fit(options: FitLoopOptions): AsyncGenerator<FitEvent, void, undefined> {
  const { pool, selector, trainer, steps, batchSize } = options;
  checkInteger('steps', steps, 1, Number.MAX_SAFE_INTEGER, 'the last step of the run');
  if (typeof batchSize === 'number') checkBatchSize(batchSize);
  if (pool.size !== selector.size) {
    throw new ArgumentError(
      `The pool has ${pool.size} samples, but the selector was made for ${selector.size}: give it the pool's size.`,
    );
  }
  for (const need of selector.needs) checkNeed(need, selector.strategy, trainer);
  return run(options);
}

/** A step whose result is still to come, or there already. */
interface Sent {
  readonly selection: Selection;
  readonly rate: number | undefined;
  readonly targets: Float32Array;
  readonly measures: boolean;
  /** Whether its loss was asked for. */
  readonly tells: boolean;
  /** Its samples, where the selector's memory has others when the event comes. */
  readonly indices: Uint32Array | undefined;
  readonly result: Promise<StepResult>;
}

async function* run(options: FitLoopOptions): AsyncGenerator<FitEvent, void, undefined> {
  const { pool, trainer, selector, steps, signal, measure, learningRate, batchSize, settles } = options;
  const seconds = { ...(options.elapsed ?? { train: 0, select: 0, evaluate: 0 }) };
  const most = settles === undefined ? 0 : stepsAhead(trainer, selector);
  /** Steps under way, oldest first. */
  const sent: Sent[] = [];
  let loss = NaN;
  let asked = false;

  /** Waits until no more than so many steps are under way, and tells of the others. */
  async function* settle(left: number): AsyncGenerator<FitEvent, void, undefined> {
    for (let oldest = sent[0]; oldest !== undefined && sent.length > left; oldest = sent[0]) {
      const { selection, rate, measures, tells, indices } = oldest;
      const { step, ratio, wants, awaited, size: samples, whole } = selection;
      const start = performance.now();
      const result = await oldest.result;
      const stepped = performance.now();
      sent.shift();
      if (tells && !Number.isFinite(result.loss))
        throw diverged({ what: `the loss is ${result.loss}`, step, steps, rate });
      if (tells) loss = result.loss;
      report(selector, selection, result, oldest.targets);
      seconds.select += (performance.now() - stepped) / 1000;
      seconds.train += (stepped - start) / 1000;

      const common = { step, steps, loss, ratio };
      yield {
        type: 'step',
        ...common,
        ...{ samples, wants, awaited, whole, seconds: { ...seconds } },
        get indices() {
          return indices ?? selection.indices;
        },
      };

      if (measure === undefined || !measures) continue;
      const before = performance.now();
      const metrics = await measure.run(step);
      seconds.evaluate += (performance.now() - before) / 1000;
      yield { type: 'measure', ...common, metrics, seconds: { ...seconds } };
    }
  }

  try {
    while (selector.step < steps && signal?.aborted !== true) {
      const rate = learningRate === undefined ? undefined : rateAt(learningRate, selector.step + 1);
      const start = performance.now();
      const largest = typeof batchSize === 'function' ? batchSize() : batchSize;
      const selection = selector.next(present({ batchSize: largest, revision: pool.revision }));
      const chosen = performance.now();
      seconds.select += (chosen - start) / 1000;
      if (selection.pass === 'score') {
        yield* settle(0);
        const before = performance.now();
        const batch = await gather(pool, trainer, selection);
        report(selector, selection, await score(trainer, batch, selection), batch.targets);
        seconds.select += (performance.now() - before) / 1000;
        continue;
      }
      const { step, wants, awaited } = selection;
      checkTerms(selection, selector.strategy, trainer);
      const measures = measure?.at(step) === true;
      const still = most === 0 || awaited || measures || step === steps || settles?.(step) === true;
      const tells = still || wants.length > 0 || !asked;
      asked = true;
      const indices = still || selection.whole ? undefined : selection.indices.slice();
      sent.push({
        selection,
        rate,
        measures,
        tells,
        indices,
        ...(await send(options, selection, rate, most, tells)),
      });
      seconds.train += (performance.now() - chosen) / 1000;
      yield* settle(still ? 0 : most);
    }
    yield* settle(0);
  } finally {
    // Whoever leaves early finds nothing under way.
    await Promise.allSettled(sent.map(({ result }) => result));
  }
  const reason = selector.step < steps ? 'aborted' : 'finished';
  yield { type: 'end', reason, step: selector.step, steps, seconds: { ...seconds } };
}

/** How many steps may be under way while the next is chosen. */
const stepsAhead = (trainer: Trainer, { lag = 0 }: Selector): number =>
  trainer.send === undefined ? 0 : Math.min(trainer.capabilities.ahead ?? 0, lag);

/** Hands a selection to the trainer. @param ahead how many steps may be under way @param loss whether it is wanted */
async function send(
  { pool, trainer }: FitLoopOptions,
  selection: Selection,
  learningRate: number | undefined,
  ahead: number,
  loss: boolean,
): Promise<Pick<Sent, 'targets' | 'result'>> {
  const { wants, terms } = selection;
  const batch = await gather(pool, trainer, selection);
  const asked = present({ wants, terms, learningRate });
  if (ahead === 0 || trainer.send === undefined) {
    return { targets: batch.targets, result: Promise.resolve(await trainer.step(batch, asked)) };
  }
  // The pool's memory has other samples when the result comes.
  const targets = wants.includes('predictions') ? batch.targets.slice() : batch.targets;
  const { result } = await trainer.send(batch, { ...asked, loss });
  // Somebody waits for it later, unless the run ends before.
  result.catch(() => undefined);
  return { targets, result };
}

const none = new Float32Array(0);

/** The batch of a selection; without arrays for a trainer that has the samples itself. */
async function gather(pool: Pool, trainer: Trainer, selection: Selection): Promise<Batch> {
  const { weights } = selection;
  if (trainer.capabilities.resident) return batchOf(selection, none, none, weights);
  if (pool.ready !== undefined) await pool.ready(selection);
  const batch = pool.gather(selection);
  return weights === undefined ? batch : batchOf(selection, batch.inputs, batch.targets, weights);
}

function score(trainer: Trainer, batch: Batch, { wants }: Selection): Promise<StepResult> {
  if (trainer.score !== undefined) return trainer.score(batch, { wants });
  throw new ArgumentError('The trainer says that it scores, but has no method score(batch, options).');
}

/** Tells the selector what it wants of a pass, if anything. */
function report(selector: Selector, selection: Selection, result: StepResult, targets: Float32Array): void {
  const { wants, step } = selection;
  if (wants.length === 0) return;
  for (const want of wants) {
    if (result[want] !== undefined) continue;
    throw new ArgumentError(
      `The trainer returned no ${want} for step ${step}, although it was asked for ${wants.join(', ')}: ` +
        'a trainer must return what its capabilities say that it gives.',
    );
  }
  const compares = wants.includes('predictions') && targets.length > 0;
  const feedback: Feedback = compares ? { ...result, targets } : result;
  selector.report(selection, feedback);
}

function checkNeed(need: Need, strategy: string, { capabilities }: Trainer): void {
  const { gives, scores, weights } = capabilities;
  const has: readonly Need[] = [
    ...gives,
    ...(scores ? (['score'] as const) : []),
    ...(weights ? (['weights'] as const) : []),
  ];
  // What is needed of pool and run is the selector's own affair, when it is made.
  if (has.includes(need) || ['views', 'layout', 'prior', 'nearest', 'steps'].includes(need)) return;
  throw new ArgumentError(
    `Strategy '${strategy}' wants ${need}, which this trainer does not give: it has ${has.join(', ') || 'none of these'}. ` +
      'Choose another strategy, or a trainer that gives it.',
  );
}

function checkTerms({ terms = [] }: Selection, strategy: string, { capabilities }: Trainer): void {
  const missing = terms.find((term) => !capabilities.terms.includes(term));
  if (missing === undefined) return;
  throw new ArgumentError(
    `Strategy '${strategy}' asks for the loss term '${missing}', which this trainer was not made with: make the ` +
      'trainer with it, or switch the term off in the settings of the strategy.',
  );
}

function rateAt(learningRate: (step: number) => number, step: number): number {
  const hint = `the rate that the learningRate function gave for step ${step}`;
  return checkNumber('learningRate', learningRate(step), { low: 0, high: Number.MAX_VALUE }, hint);
}
