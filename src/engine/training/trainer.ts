// What an engine's trainer adds to the core's contract, whatever it trains with.
import type { Trainer } from '../../core/index.js';
import type { ModelDefinition } from '../models/index.js';
import type { Device } from './options.js';

/** A trainer with what an engine knows beside: its model, where it trains, and how it cuts a step. */
export interface EngineTrainer extends Trainer {
  readonly model: ModelDefinition;
  /** The device's name. */
  readonly device: Device;
  /** Worker threads that share a step. */
  readonly workers: number;
  /** Samples per pass over the network; 0 where passes have the size their samples need. */
  readonly microBatch: number;
  /** What is worth knowing of how it trains here, a sentence; where a device has to tell, once it is open. Default: nothing. */
  readonly note?: string | undefined;
  /**
   * Chooses the micro-batch by a measurement of about a second, for steps of so many samples. Call it before the first
   * step. The default stays unless another size is clearly faster, since results depend on the size in their last bits;
   * give `microBatch` to repeat a run to the bit on another machine. Does nothing where there is no choice.
   * @returns the size
   */
  chooseMicroBatch(batchSize: number): Promise<number>;
  /**
   * The parameters as they are now, or their average where the trainer keeps one (`averaging`), in the model's order; copies. A device is
   * asked for them, so not at every step.
   */
  parameters(): Promise<NamedParameter[]>;
}

/** A parameter's numbers. */
export interface NamedParameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A model's parameters out of all their numbers, one behind the other: copies. */
export function namedParameters(
  { parameters }: Pick<ModelDefinition, 'parameters'>,
  values: Float32Array,
): NamedParameter[] {
  let at = 0;
  return parameters.map(({ name, shape, count }) => {
    const data = values.slice(at, at + count);
    at += count;
    return { name, shape, data };
  });
}
