// The two plain strategies that every other one is measured against: everything, and a uniform share.
// Both keep no state but the step and the random generator.
import { Draw } from './draw.js';
import { countsAt, ratioAt } from './schedules.js';
import { BaseSelector } from './selector-base.js';
import type { UniformSettings } from './selector-options.js';
import type { Generation, StateArray } from './types.js';

/** `uniform`, and `full` as its ratio of 1. */
export class UniformSelector extends BaseSelector {
  readonly #settings: UniformSettings;
  // Full training without mini-batches never draws, so it should not pay for three arrays of size N.
  #memory: { readonly order: Uint32Array; readonly draw: Draw } | undefined;

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
    this.#memory ??= {
      order: Uint32Array.from({ length: this.size }, (_, i) => i),
      draw: new Draw(this.size),
    };
    const { order, draw } = this.#memory;
    draw.clear();
    draw.uniform(order, 0, this.size, count, this.random);
    return { ...generation, indices: draw.indices };
  }

  protected learn(): void {
    // Never asks for feedback.
  }

  protected stateArrays(): Record<string, StateArray> {
    return {};
  }

  protected restoreArrays(): void {
    // The order is the identity between draws.
  }
}
