// What strategies share that look at the whole pool without training on it: a pass to score, sets of the highest scores that
// stay until the next such pass, and random others beside them.
import type { Want } from '../../contracts.js';
import { createTopK, type TopK } from '../../numeric/top-k.js';
import { fields, permutation, type State } from '../../state.js';
import { BaseSelector, type Plan } from '../base.js';
import type { Draw } from '../draw.js';
import type { Found } from '../feedback.js';
import { KeptPlaces } from './kept-places.js';
import type { SelectorContext } from '../strategy.js';

/** What a step trains on, when nothing caps it. */
export interface StepParts {
  /** The share of the pool that this is, by the schedule. */
  readonly ratio: number;
  /** How many random samples come to those that are kept. */
  readonly random: number;
}

/** Scores, and how many of the highest are kept that no earlier ones have taken. */
export interface Ranking {
  /** `[individuals]`, not negative. Left out, in the first ranking alone: those stay that its like kept last time. */
  readonly scores?: Float32Array;
  readonly count: number;
}

/**
 * Before some steps it hands out a pass to score over the whole pool, whatever the batch size; the step that follows, and
 * those up to the next pass, train on what was kept then. A pool drawn anew is scored before its first step.
 * Holds 17 bytes a sample.
 */
export abstract class ScoringSelector extends BaseSelector {
  /** How many samples may be drawn. */
  protected readonly count: number;
  readonly #places: KeptPlaces;
  readonly #topK: TopK;
  readonly #taken: Uint8Array;
  readonly #open: Float32Array;
  /** How many are kept, and the step that they were last scored before; 0: not yet. */
  readonly #now = { kept: 0, scored: 0 };

  constructor(strategy: string, context: SelectorContext, settings: object, wants: readonly Want[]) {
    super(strategy, context, settings, ['score', ...wants]);
    this.#places = new KeptPlaces(context);
    this.count = this.#places.count;
    this.#topK = createTopK(this.count);
    this.#taken = new Uint8Array(this.count);
    this.#open = new Float32Array(this.count);
  }

  /** What the pass before a step wants; empty where the step needs none. @param known whether anything is known yet */
  protected abstract wantsBefore(step: number, known: boolean): readonly Want[];

  /** What is kept of a pass's scores. @param known whether anything was known before */
  protected abstract rank(found: Found, step: number, known: boolean): readonly Ranking[];

  /** What a step trains on. @param kept how many are kept */
  protected abstract partsOf(step: number, kept: number): StepParts;

  protected choose(draw: Draw, most: number, step: number): Plan {
    if (this.#now.scored !== step) {
      const wants = this.wantsBefore(step, this.#now.scored > 0);
      if (wants.length > 0) {
        const { members } = this.#places;
        if (members === undefined) draw.takeAll(this.size);
        else draw.take(members);
        return { pass: 'score', ratio: 1, wants, awaited: true };
      }
    }
    const { kept } = this.#now;
    const { ratio, random } = this.partsOf(step, kept);
    draw.take(this.#places.draw(kept, random, most, this.random));
    return { ratio };
  }

  protected override learn({ step }: Draw, found: Found): void {
    const rankings = this.rank(found, step, this.#now.scored > 0);
    const [{ order }, taken, open, length] = [this.#places, this.#taken, this.#open, this.count];
    taken.fill(0);
    let end = length;
    for (const { scores, count } of rankings) {
      end -= count;
      if (scores === undefined) {
        for (let i = end; i < length; i++) taken[order[i]!] = 1;
        continue;
      }
      // What an earlier ranking has taken is below everything else.
      for (let i = 0; i < length; i++) open[i] = taken[i] === 1 ? -1 : (scores[i] as number);
      const best = this.#topK.select(open, count);
      order.set(best, end);
      for (let i = 0; i < count; i++) taken[best[i]!] = 1;
    }
    for (let i = 0, at = 0; i < length; i++) if (taken[i] === 0) order[at++] = i;
    this.#now.kept = length - end;
    this.#now.scored = step;
  }

  protected override renewed(): void {
    this.#now.kept = this.#now.scored = 0;
  }

  protected override state(): State {
    return {
      order: permutation(this.#places.order, 'samples'),
      ...fields(this.#now, (value, name) => value >= 0 && (name !== 'kept' || value <= this.count)),
    };
  }
}
