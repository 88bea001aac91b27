// The two plain strategies that every other one is measured against: everything, and a uniform share.
// Both keep no state but the step and the random generator.
import { copiedUpTo } from '../numeric/draw.js';
import { grown } from '../numeric/growable-array.js';
import { countsAt, ratioAt } from './schedules.js';
import { BaseSelector } from './base.js';
import type { UniformSettings } from './options.js';
import { shuffleHead, SparseShuffle } from '../numeric/sparse-draw.js';
import type { Generation, StateArray } from '../contracts.js';

/** `uniform`, and `full` as its ratio of 1. Its memory grows with what is drawn, to 4 bytes a sample of the pool. */
export class UniformSelector extends BaseSelector {
  readonly #settings: UniformSettings;
  readonly #shuffle = new SparseShuffle();
  #drawn = new Uint32Array(0);

  constructor(settings: UniformSettings) {
    super(settings, { ratio: settings.ratio, schedule: settings.schedule });
    this.#settings = settings;
  }

  protected generate(step: number, batchSize: number): Generation {
    const { ratio: initial, schedule } = this.#settings;
    const ratio = ratioAt(schedule, initial, step, this.steps);
    const count = Math.min(batchSize, countsAt(ratio, 0, this.size).total);
    const generation = { step, count, ratio, evaluates: false, crossFrequency: false };
    if (count === this.size) return { ...generation, indices: 'all' };
    return { ...generation, indices: this.#draw(count) };
  }

  protected learn(): void {
    // Never asks for feedback.
  }

  protected stateArrays(): Record<string, StateArray> {
    return {};
  }

  protected restoreArrays(): void {
    // Every draw is from the pool as it is.
  }

  /** The same samples either way: the head of one and the same shuffle of 0 … N − 1. */
  #draw(count: number): Uint32Array {
    if (this.size <= copiedUpTo * count) {
      this.#drawn = grown(this.#drawn, this.size, this.size);
      for (let i = 0; i < this.size; i++) this.#drawn[i] = i;
      shuffleHead(this.#drawn.subarray(0, this.size), count, this.random);
    } else {
      this.#drawn = grown(this.#drawn, count, this.size);
      const shuffle = this.#shuffle;
      shuffle.start(this.size, count);
      for (let i = 0; i < count; i++) this.#drawn[i] = shuffle.next(this.random);
    }
    return this.#drawn.subarray(0, count);
  }
}
