// What a device is: somewhere to train. Its file says everything there is to know of it; registry.ts lists them all.
import type { ModelRunner, RunnerPorts } from '../onnx/runner.js';
import type { RadianceTrainer, RadianceTrainerOptions } from '../training/rays/types.js';
import type { TrainerOptions } from '../training/options.js';
import type { EngineTrainer } from '../training/trainer.js';

/** What a device says of itself when it is opened. */
export interface DeviceFacts {
  /** Maker, kind and driver of the card, as the driver has them; left out where it does not say. */
  readonly adapter?: string;
  /** It is a program on the CPU, made for tests: `auto` never takes it. */
  readonly software?: boolean;
  /** What it can have at most, by the names of its standard. */
  readonly limits?: Readonly<Record<string, number>>;
}

/** Somewhere to train. */
export interface DeviceEntry {
  readonly name: string;
  /** One sentence for help and tables. */
  readonly summary: string;
  /** How to get it, where it is missing. */
  readonly hint: string;
  /**
   * When `auto` takes it: where a step of training is faster there than on every other one; or always, without a trial, as the
   * last resort.
   */
  readonly preferred: 'where it is faster' | 'always';
  /**
   * Opens it in this process, which drivers may end, and closes it again; nothing is compiled.
   * @throws DeviceError or PackageError where it does not work
   */
  look(): Promise<DeviceFacts>;
  /** A trainer of samples. */
  createTrainer(options: TrainerOptions): EngineTrainer;
  /** A trainer of radiance fields. */
  createRadianceTrainer(options: RadianceTrainerOptions): RadianceTrainer;
  /** Opens an exported model for inference. */
  createModelRunner(model: Uint8Array, ports: RunnerPorts): ModelRunner;
}
