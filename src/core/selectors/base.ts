// What all selectors share: numbers and order of selections, those whose report is still to come, batch sizes, the random
// state, checks of feedback, and snapshots. A strategy adds what it chooses and what it learns.
import { checkSelection, show } from '../check.js';
import type { Feedback, Need, NextOptions, Samples, Selection, Selector, Snapshot } from '../contracts.js';
import { ArgumentError } from '../errors.js';
import { createRandom, type Random } from '../numeric/random.js';
import { allOf } from '../samples.js';
import { checkState, damaged, save, type State } from '../state.js';
import { Draw } from './draw.js';
import { FeedbackReader, type Found } from './feedback.js';
import { restoreDraws, saveDraws } from './open-draws.js';
import { checkSnapshotSettings, fingerprintOf, type Fingerprint } from './snapshot.js';
import { checkBatchSize, type SelectorContext } from './strategy.js';

/**
 * What a strategy says of a selection, beside its samples. By default it trains, wants nothing, waits for nothing, and
 * its ratio is the samples' share of the pool.
 */
export type Plan = Partial<Pick<Selection, 'pass' | 'ratio' | 'wants' | 'awaited' | 'terms'>>;

type Mutable<Values> = { -readonly [Name in keyof Values]: Values[Name] };

/**
 * The frame of a selector. A strategy's class says in `choose` which samples come next, in `learn` what it makes of a
 * report, and in `state` what a snapshot holds of it.
 *
 * @example
 * class Hardest extends BaseSelector {
 *   protected choose(draw: Draw, most: number): Plan {
 *     draw.resize(Math.min(most, 64));
 *     for (let i = 0; i < draw.size; i++) draw.indices[i] = this.random.below(this.size);
 *     return { wants: ['errors'] };
 *   }
 * }
 */
export abstract class BaseSelector implements Selector {
  readonly strategy: string;
  readonly size: number;
  readonly needs: readonly Need[];
  protected readonly random: Random;
  protected readonly context: SelectorContext;
  readonly #fingerprint: Fingerprint;
  readonly #draws: Draw[];
  readonly #feedback: FeedbackReader;
  readonly #all: Samples;
  #step = 0;
  #id = 0;
  #revision: number | undefined;

  /**
   * @param settings a snapshot is restored only onto the same ones
   * @param needs what it may want of a trainer
   */
  constructor(strategy: string, context: SelectorContext, settings: object, needs: readonly Need[] = []) {
    const { size, seed, steps, batchSize, open = 1 } = context;
    this.strategy = strategy;
    this.size = size;
    this.needs = needs;
    this.context = context;
    this.random = createRandom(seed);
    this.#fingerprint = fingerprintOf({ strategy, size, steps, seed, batchSize, open, ...settings });
    this.#draws = Array.from({ length: open }, () => new Draw());
    this.#feedback = new FeedbackReader(context);
    this.#all = allOf(size);
  }

  get step(): number {
    return this.#step;
  }

  next(options: NextOptions = {}): Selection {
    const { steps } = this.context;
    const asked =
      options.batchSize === undefined ? this.context.batchSize : checkBatchSize(options.batchSize);
    const awaited = this.#draws.find((draw) => draw.open && draw.awaited);
    if (awaited !== undefined) {
      throw new ArgumentError(
        `Selection ${awaited.id} (step ${awaited.step}) waits for its report: call report(selection, feedback) with ` +
          `${awaited.wants.join(' and ')} of every sample first.`,
      );
    }
    if (steps !== undefined && this.#step >= steps) {
      throw new ArgumentError(`All ${steps} steps are handed out: make the selector with more.`);
    }
    this.#renew(options.revision);
    const draw = this.#drawOf(this.#id + 1);
    this.#close(draw);
    draw.clear();
    const plan = this.choose(draw, asked ?? Infinity, this.#step + 1);
    return this.#handOut(draw, plan);
  }

  report(selection: { readonly id: number }, feedback: Feedback | Float32Array): boolean {
    const id = checkSelection(selection, this.#id);
    const draw = this.#drawOf(id);
    if (draw.id !== id || !draw.open) return false;
    this.learn(draw, this.#feedback.read(draw, feedback));
    draw.open = false;
    return true;
  }

  snapshot(): Snapshot {
    const open = this.#open;
    const own = save(this.state(open));
    const draws = saveDraws(open);
    return {
      values: {
        settings: { ...this.#fingerprint },
        step: this.#step,
        id: this.#id,
        revision: this.#revision ?? null,
        ...draws.values,
        ...own.values,
      },
      arrays: { random: this.random.state, ...draws.arrays, ...own.arrays },
    };
  }

  restore(snapshot: Snapshot): void {
    const { settings, step, id, revision } = snapshot.values;
    // A run may be made longer on the way: its schedules then go on as the new number of steps lays them out.
    checkSnapshotSettings(settings, this.#fingerprint, ['steps']);
    const { random } = snapshot.arrays;
    const { steps = Number.MAX_SAFE_INTEGER } = this.context;
    if (!isCount(step, steps) || !isCount(id, Number.MAX_SAFE_INTEGER) || id < step) {
      throw damaged(
        `a step from 0 to ${steps}, and at least as many selections, got ${show(step)} and ${show(id)}`,
      );
    }
    if (!(random instanceof Uint32Array) || random.length !== 4 || random.every((word) => word === 0)) {
      throw damaged('four words of random state, not all zero');
    }
    const draws = restoreDraws(snapshot, this.size, this.#draws.length, id);
    const takeState = checkState(this.state(draws), snapshot);
    takeState();
    [this.#step, this.#id, this.random.state] = [step, id, random];
    this.#draws.forEach((draw) => draw.clear());
    for (const draw of draws) this.#draws[draw.id % this.#draws.length] = draw;
    this.#revision = typeof revision === 'number' ? revision : undefined;
  }

  /**
   * Chooses the next samples and writes them into `draw`. Must leave no trace when it throws.
   * @param most draw no more; Infinity where nobody said
   * @param step of the training step that this is, or that follows
   */
  protected abstract choose(draw: Draw, most: number, step: number): Plan;

  /** Takes a report in: what was wanted, checked. Not called for selections that want nothing. */
  protected learn(_draw: Draw, _found: Found): void {
    // Nothing to learn.
  }

  /** A selection is given up without its report. */
  protected missed(_draw: Draw): void {
    // Nothing to put back.
  }

  /** The pool's samples were drawn anew: what was learnt is of others. */
  protected renewed(): void {
    // Nothing to forget.
  }

  /** The strategy's own state. @param open the selections whose report is still to come */
  protected state(_open: readonly Draw[]): State {
    return {};
  }

  /** Samples of the selections whose report is still to come. */
  protected get waiting(): number {
    return this.#open.reduce((sum, { size }) => sum + size, 0);
  }

  /** Gives up the oldest open selection. @returns whether there was one */
  protected closeOldest(): boolean {
    const [oldest] = this.#open;
    if (oldest !== undefined) this.#close(oldest);
    return oldest !== undefined;
  }

  /** Those whose report is still to come, oldest first. */
  get #open(): Draw[] {
    return this.#draws.filter((draw) => draw.open).sort((a, b) => a.id - b.id);
  }

  #drawOf(id: number): Draw {
    // The ring has `open` places, at least one.
    return this.#draws[id % this.#draws.length] as Draw;
  }

  #close(draw: Draw): void {
    if (!draw.open) return;
    draw.open = false;
    this.missed(draw);
  }

  #renew(revision: number | undefined): void {
    if (revision === undefined || revision === this.#revision) return;
    if (this.#revision !== undefined) {
      while (this.closeOldest());
      this.renewed();
    }
    this.#revision = revision;
  }

  #handOut(draw: Draw, plan: Plan): Selection {
    const { pass = 'train', ratio = draw.size / this.size, wants = [], awaited = false, terms } = plan;
    const { size, whole, weights, patches } = draw;
    const step = this.#step + 1;
    this.#id += 1;
    if (pass === 'train') this.#step = step;
    draw.id = this.#id;
    draw.step = step;
    draw.wants = wants;
    draw.awaited = awaited;
    draw.open = wants.length > 0;
    const { id, indices } = draw;
    const selection: Mutable<Selection> = { id, step, pass, ratio, whole, size, wants, awaited, indices };
    if (weights !== undefined) selection.weights = weights;
    if (terms !== undefined) selection.terms = terms;
    if (patches > 0) selection.patches = patches;
    if (!whole) return selection;
    const all = this.#all;
    // Nobody may ask for the indices of all.
    return Object.defineProperty(selection, 'indices', { get: () => all.indices });
  }
}

function isCount(value: unknown, most: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most;
}
