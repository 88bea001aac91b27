// Selection for pools that can never be evaluated whole, and for trainers that belong to somebody else: no number of
// steps, no evaluating steps, any batch size at any time, and feedback that may come late or not at all. What is shared
// by such selectors: the contract, the random state, and snapshots that refuse to be restored onto other settings.
import { ResumeError } from '../errors.js';
import { createRandom, type Random } from '../numeric/random.js';
import { checkSnapshotSettings, type Fingerprint } from './snapshot-settings.js';
import type { Snapshot } from '../contracts.js';

/** Room for a step's samples, n of them. It is the caller's, who may keep as many as reports are late. */
export interface OpenDraw {
  /** `[n]`: the samples. */
  readonly indices: Uint32Array;
  /** `[n]`: what each sample's error counts for, in the selector's own numbering (a tile, a view). */
  readonly individuals: Uint32Array;
  /**
   * `[n]`: 1/(N·qᵢ), where qᵢ is the expected share that sample i has in a batch, so that the mean of these times any
   * function of the samples has the function's mean over the pool as its expectation. A caller may set one to 0 between
   * `draw` and `learn`: that sample's error is then left out.
   */
  readonly inverse: Float32Array;
  /** The first 4·`patches` samples are patches of 2×2 neighbours, row by row. Written by `draw`. */
  patches: number;
}

/** Decides which samples a step sees, on what it has been told so far. */
export interface OpenSelector {
  /** The name of the strategy, as reports show it. */
  readonly strategy: string;
  /** Number of samples in the pool, N. */
  readonly size: number;
  /** Fills the room given. O(n) on average, whatever N. */
  draw(out: OpenDraw): void;
  /**
   * Takes what a step found. In any order, each draw at most once, or never.
   * @param draw as `draw` filled it
   * @param errors `[n]`, squared errors, finite and at least 0: checked by whoever takes them from the user
   * @param frequency `[patches]`, frequency fitness of each patch, likewise; none if it is not known
   */
  learn(draw: Readonly<OpenDraw>, errors: Float32Array, frequency?: Float32Array): void;
  /** A copy of the whole state, random generator included. */
  snapshot(): Snapshot;
  /** Goes on from a snapshot of a selector with the same settings. @throws ResumeError otherwise, unchanged. */
  restore(snapshot: Snapshot): void;
}

/** The frame of an open selector. */
export abstract class BaseOpenSelector implements OpenSelector {
  readonly strategy: string;
  readonly size: number;
  protected readonly random: Random;
  readonly #settings: Fingerprint;

  /** @param settings what a snapshot must agree in, beside strategy and size */
  constructor(
    common: { readonly strategy: string; readonly size: number; readonly seed: number },
    settings: Fingerprint,
  ) {
    const { strategy, size, seed } = common;
    this.strategy = strategy;
    this.size = size;
    this.random = createRandom(seed);
    this.#settings = { strategy, size, seed, ...settings };
  }

  abstract draw(out: OpenDraw): void;
  abstract learn(draw: Readonly<OpenDraw>, errors: Float32Array, frequency?: Float32Array): void;

  snapshot(): Snapshot {
    const { values, arrays } = this.state();
    return {
      values: { settings: { ...this.#settings }, ...values },
      arrays: { random: this.random.state, ...arrays },
    };
  }

  restore(snapshot: Snapshot): void {
    checkSnapshotSettings(snapshot.values['settings'], this.#settings);
    const { random } = snapshot.arrays;
    if (!(random instanceof Uint32Array) || random.length !== 4 || random.every((word) => word === 0)) {
      throw damaged('four words of random state, not all zero');
    }
    this.restoreState(snapshot);
    this.random.state = random;
  }

  /** Copies of the strategy's own state. */
  protected abstract state(): Snapshot;

  /** Takes it back. @throws ResumeError, before changing anything, when it is damaged. */
  protected abstract restoreState(snapshot: Snapshot): void;
}

/** @param expected what the snapshot lacks */
export function damaged(expected: string): ResumeError {
  return new ResumeError(
    `The selector snapshot is damaged: expected ${expected}. Start again, or resume from another checkpoint.`,
  );
}
