// What all connections of a process may hold together, so that no client can ask for all memory.
import { ArgumentError } from '../../core/errors.js';

/** How much is taken at most. */
export interface Limits {
  /** Bytes of a frame. */
  readonly frame: number;
  /** Samples of all selectors together. */
  readonly samples: number;
  /** Selectors of all connections together. */
  readonly selectors: number;
}

/** 256 MiB carry the errors of 67 million samples; a hundred million samples take some gigabytes with the strategies that note most. */
export const defaultLimits: Limits = { frame: 2 ** 28, samples: 1e8, selectors: 64 };

/** Counts what is held. */
export class Usage {
  readonly limits: Limits;
  #samples = 0;
  #selectors = 0;

  constructor(limits: Limits = defaultLimits) {
    this.limits = limits;
  }

  /** A selector is about to be made. @throws ArgumentError when there is no room for it */
  take(samples: number): void {
    const { limits } = this;
    if (this.#selectors >= limits.selectors) {
      throw new ArgumentError(
        `There are ${this.#selectors} selectors, the most there may be: close one, or raise --max-selectors.`,
      );
    }
    if (this.#samples + samples > limits.samples) {
      throw new ArgumentError(
        `${samples} samples and the ${this.#samples} of other selectors are more than ${limits.samples}: close a selector, ` +
          'or raise --max-samples.',
      );
    }
    this.#samples += samples;
    this.#selectors += 1;
  }

  /** A selector is gone. */
  give(samples: number): void {
    this.#samples -= samples;
    this.#selectors -= 1;
  }
}
