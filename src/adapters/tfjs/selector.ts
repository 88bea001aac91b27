// A selector that speaks tensors: indices for `tf.gather`, errors read back while training goes on. A report waits for its
// turn, a fixed number of selections after its own, however soon its numbers arrive: the same seed draws the same samples.
import { checkInteger, checkSelection, show } from '../../core/check.js';
import { ArgumentError, ResumeError } from '../../core/errors.js';
import {
  createSelector,
  delayReports,
  type Feedback,
  type NextOptions,
  type OthersName,
  type Selection,
  type Selector,
  type SelectorOptions,
  type Snapshot,
} from '../../core/index.js';
import { oneAtATime } from '../../engine/training/one-at-a-time.js';
import {
  floatsOf,
  isTensor,
  operationsOf,
  type Operations,
  type TensorFlow,
  type TfTensor,
} from './tensorflow.js';

/** Settings of {@link tfSelector} beside the strategy's. */
export interface TfSelectorOptions {
  /**
   * How many selections later a report is applied, from 0 to 63. Default 0: the next selection waits for it. With more,
   * errors are read back while the next steps run, and choosing knows a little less.
   */
  readonly lag?: number;
}

/** A selection with its tensors. They are the selector's, made when first read, and disposed of at its next `next`. */
export interface TfSelection<T extends TfTensor = TfTensor> extends Selection {
  /** The samples' positions, `[size]`, int32. */
  readonly indexTensor: T;
  /** What each sample's loss counts for, `[size]`, float32; undefined where all count for 1. */
  readonly weightTensor: T | undefined;
}

/** What a pass found, as in `Feedback`, of tensors or arrays: `[n]` or `[n, 1]`, predictions `[n, targetDim]`. */
export type TfFeedback = { readonly [Name in keyof Feedback]?: TfTensor | Float32Array };

/** Decides which samples each training step sees; a core selector whose calls may wait for tensors. */
export interface TfSelector<T extends TfTensor = TfTensor> extends Pick<
  Selector,
  'strategy' | 'size' | 'step' | 'needs'
> {
  /** The next selection, once the reports whose turn it is are in. What is wrong with one of them is thrown here. */
  next(options?: NextOptions): Promise<TfSelection<T>>;
  /**
   * Hands back what a pass found. Tensors stay the caller's and may be disposed of at once. Nothing is read of a selection
   * that wants nothing.
   * @param feedback a bare tensor or array is `errors`
   * @returns whether it will be of use: not what comes twice, or too late
   */
  report(selection: { readonly id: number }, feedback: TfFeedback | TfTensor | Float32Array): boolean;
  /** A copy of the whole state, reports in flight included: it waits for them. */
  snapshot(): Promise<Snapshot>;
  /** Goes on from a snapshot, as `Selector.restore` does. Reports in flight are dropped. */
  restore(snapshot: Snapshot): Promise<void>;
  /** Disposes of the tensors that the selector made. */
  dispose(): void;
}

/**
 * Makes a selector that gives and takes tensors.
 *
 * @param tf the user's own TensorFlow.js
 * @param from what `createSelector` takes; or a selector, which must keep `lag` + 1 selections open
 * @throws ArgumentError for a setting that cannot be, or a pool of more than 2³¹ − 1 samples, beyond int32
 * @example
 * const selector = tfSelector(tf, { strategy: 'evos-online', size, batchSize: 256 }, { lag: 2 });
 * for (let step = 1; step <= 2000; step++) {
 *   const selection = await selector.next();
 *   const errors = trainStep(selection.indexTensor); // yours: a tensor, [n]
 *   selector.report(selection, errors);
 *   errors.dispose();
 * }
 */
export function tfSelector<T extends TfTensor>(
  tf: TensorFlow<T>,
  from: Selector | SelectorOptions,
  options?: TfSelectorOptions,
): TfSelector<T>;
export function tfSelector<T extends TfTensor, const Name extends string>(
  tf: TensorFlow<T>,
  from: OthersName<Name> & SelectorOptions<string>,
  options?: TfSelectorOptions,
): TfSelector<T>;
export function tfSelector(
  tf: TensorFlow,
  from: Selector | SelectorOptions<string>,
  { lag = 0 }: TfSelectorOptions = {},
): TfSelector {
  const operations = operationsOf(tf);
  checkInteger('lag', lag, 0, 63, 'how many selections a report waits for');
  if (typeof from !== 'object' || from === null) {
    throw new ArgumentError(`tfSelector takes a selector, or what createSelector takes, got ${show(from)}.`);
  }
  const selector = isSelector(from) ? from : createSelector<string>({ open: lag + 1, ...from });
  checkOpen(selector, lag);
  checkInteger('size', selector.size, 1, 2 ** 31 - 1, 'indices must fit into an int32 tensor');
  return new TensorSelector(operations, delayReports(selector, lag), lag);
}

function isSelector(from: Selector | SelectorOptions<string>): from is Selector {
  return typeof from.next === 'function';
}

/** A selector that keeps too few selections open would take no late report, and say nothing. */
function checkOpen(selector: Selector, lag: number): void {
  if (lag === 0) return;
  const { settings } = selector.snapshot().values as { settings?: { open?: unknown } };
  const open = settings?.open;
  if (typeof open !== 'number' || open > lag) return;
  throw new ArgumentError(
    `The selector keeps ${open} selections open, but with a lag of ${lag} its reports come ${lag} selections late: make it ` +
      `with open: ${lag + 1}.`,
  );
}

function checkFeedback(id: number, given: TfFeedback): void {
  if (typeof given !== 'object' || given === null) {
    throw new ArgumentError(
      `Selection ${id} waits for its report, got ${show(given)}: report a tensor of errors.`,
    );
  }
  for (const [name, values] of Object.entries(given)) {
    if (values === undefined || values instanceof Float32Array) continue;
    if (isTensor(values) && !values.isDisposed) continue;
    const got = isTensor(values) ? 'a tensor that was disposed of' : show(values);
    throw new ArgumentError(`feedback.${name} must be a tensor or a Float32Array, got ${got}.`);
  }
}

type Outcome = { readonly feedback: Feedback } | { readonly error: unknown };

class TensorSelector implements TfSelector {
  readonly #tf: Operations;
  readonly #selector: Selector;
  readonly #lag: number;
  readonly #alone = oneAtATime();
  /** The selections whose report is still to come: whether it is awaited. */
  readonly #open = new Map<number, boolean>();
  /** Reports that are being read, by selection. */
  readonly #reading = new Map<number, Promise<Outcome>>();
  #tensors: TfTensor[] = [];
  #last = 0;

  constructor(tf: Operations, selector: Selector, lag: number) {
    this.#tf = tf;
    this.#selector = selector;
    this.#lag = lag;
  }

  get strategy(): string {
    return this.#selector.strategy;
  }

  get size(): number {
    return this.#selector.size;
  }

  get step(): number {
    return this.#selector.step;
  }

  get needs(): Selector['needs'] {
    return this.#selector.needs;
  }

  next(options?: NextOptions): Promise<TfSelection> {
    return this.#alone(async () => {
      this.dispose();
      const due = this.#last - this.#lag;
      await this.#settle((id, awaited) => id <= due || awaited);
      const selection = this.#selector.next(options);
      this.#last = selection.id;
      for (const id of this.#open.keys()) if (id < selection.id - this.#lag) this.#open.delete(id);
      if (selection.wants.length > 0) this.#open.set(selection.id, selection.awaited);
      return this.#withTensors(selection);
    });
  }

  report(selection: { readonly id: number }, feedback: TfFeedback | TfTensor | Float32Array): boolean {
    const id = checkSelection(selection, this.#last);
    if (!this.#open.has(id) || this.#reading.has(id)) return false;
    const bare = isTensor(feedback) || feedback instanceof Float32Array;
    const given: TfFeedback = bare ? { errors: feedback } : feedback;
    checkFeedback(id, given);
    const reading = Promise.all(
      Object.entries(given).map(async ([name, values]) => [name, await this.#read(values)] as const),
    );
    // Nobody may be waiting yet when reading fails.
    this.#reading.set(
      id,
      reading.then(
        (read) => ({ feedback: Object.fromEntries(read) }),
        (error: unknown) => ({ error }),
      ),
    );
    return true;
  }

  snapshot(): Promise<Snapshot> {
    return this.#alone(async () => {
      await this.#settle(() => true);
      const { values, arrays } = this.#selector.snapshot();
      const open = [...this.#open].map(([id, awaited]) => [id, awaited]);
      return { values: { ...values, reportsOpen: open, last: this.#last }, arrays };
    });
  }

  restore(snapshot: Snapshot): Promise<void> {
    return this.#alone(async () => {
      const { reportsOpen, last } = snapshot.values;
      if (typeof last !== 'number' || !Array.isArray(reportsOpen)) {
        throw new ResumeError(
          'The snapshot is of no tfSelector: start a new run, or restore the selector it is of.',
        );
      }
      this.#selector.restore(snapshot);
      await Promise.all(this.#reading.values());
      this.dispose();
      this.#reading.clear();
      this.#open.clear();
      this.#last = last;
      for (const [id, awaited] of reportsOpen as [number, boolean][]) this.#open.set(id, awaited);
    });
  }

  dispose(): void {
    for (const tensor of this.#tensors.splice(0)) tensor.dispose();
  }

  /** Hands over the reports that are due, in the order of their selections. */
  async #settle(due: (id: number, awaited: boolean) => boolean): Promise<void> {
    const ids = [...this.#reading.keys()].sort((a, b) => a - b);
    for (const id of ids) {
      if (!due(id, this.#open.get(id) === true)) continue;
      const outcome = await this.#reading.get(id);
      this.#reading.delete(id);
      if (outcome === undefined) continue;
      if ('error' in outcome) throw outcome.error;
      this.#selector.report({ id }, outcome.feedback);
      this.#open.delete(id);
    }
  }

  /** Reads a tensor, through a handle of our own: the caller may dispose of theirs. */
  async #read(values: TfTensor | Float32Array | undefined): Promise<Float32Array | undefined> {
    if (!isTensor(values)) return values?.slice();
    const own = this.#tf.keep(this.#tf.clone(values));
    try {
      return await floatsOf(own);
    } finally {
      own.dispose();
    }
  }

  #withTensors(selection: Selection): TfSelection {
    const { id, weights } = selection;
    const lazily = (make: () => TfTensor): PropertyDescriptor => {
      let made: TfTensor | undefined;
      const get = (): TfTensor => {
        if (this.#last !== id) {
          throw new ArgumentError(
            `The tensors of selection ${id} are gone: read them before the next next().`,
          );
        }
        if (made === undefined) this.#tensors.push((made = this.#tf.keep(make())));
        return made;
      };
      return { get };
    };
    const indices = (): TfTensor =>
      this.#tf.tensor(Int32Array.from(selection.indices), [selection.size], 'int32');
    return Object.defineProperties({} as TfSelection, {
      ...Object.getOwnPropertyDescriptors(selection),
      indexTensor: lazily(indices),
      weightTensor:
        weights === undefined
          ? { value: undefined }
          : lazily(() => this.#tf.tensor(weights.slice(), [selection.size])),
    });
  }
}
