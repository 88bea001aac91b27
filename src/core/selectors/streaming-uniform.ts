// The baseline of open selectors: uniform draws, either in shuffled passes over the pool, every sample once before any
// comes again, or afresh at every draw.
import { Passes } from '../numeric/permutation.js';
import { BaseOpenSelector, damaged, type OpenDraw, type OpenSelector } from './streaming.js';
import type { Snapshot } from '../contracts.js';

/** The settings of {@link createOpenUniform}, all of them needed. */
export interface OpenUniformSettings {
  /** N, from 1 to 2³² − 1. */
  readonly size: number;
  readonly seed: number;
  /** Whether samples come in shuffled passes; otherwise each draw is independent, as NeRF trainers draw. */
  readonly passes: boolean;
}

/** Makes the uniform open selector. No memory of the pool's size, either way. Settings are not checked. */
export function createOpenUniform(settings: OpenUniformSettings): OpenSelector {
  return new OpenUniform(settings);
}

class OpenUniform extends BaseOpenSelector {
  readonly #passes: Passes | undefined;

  constructor({ size, seed, passes }: OpenUniformSettings) {
    super({ strategy: 'uniform', size, seed }, { passes });
    if (passes) {
      this.#passes = new Passes();
      this.#passes.start(size, this.random);
    }
  }

  draw(out: OpenDraw): void {
    const { indices, individuals, inverse } = out;
    const [passes, random, size] = [this.#passes, this.random, this.size];
    for (let i = 0; i < indices.length; i++) {
      indices[i] = passes === undefined ? random.below(size) : passes.next(random);
    }
    individuals.fill(0);
    inverse.fill(1);
    out.patches = 0;
  }

  learn(): void {
    // Uniform draws pay no heed to errors.
  }

  protected state(): Snapshot {
    return { values: this.#passes === undefined ? {} : { passes: [...this.#passes.state] }, arrays: {} };
  }

  protected restoreState({ values }: Snapshot): void {
    if (this.#passes === undefined) return;
    const { passes } = values;
    if (!Passes.isState(passes, this.size)) throw damaged(`a place in a pass over ${this.size} samples`);
    this.#passes.state = passes;
  }
}
