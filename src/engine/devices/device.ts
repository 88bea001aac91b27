// What a device is: somewhere to train. Its file says everything there is to know of it; registry.ts lists them all.
import type { ModelRunner, RunnerPorts } from '../onnx/runner.js';
import type { RadianceTrainer, RadianceTrainerOptions } from '../training/rays/types.js';
import type { TrainerOptions } from '../training/options.js';
import type { EngineTrainer } from '../training/trainer.js';

/** Somewhere to train. */
export interface DeviceEntry {
  readonly name: string;
  /** One sentence for help and tables. */
  readonly summary: string;
  /** How to get it, where it is missing. */
  readonly hint: string;
  /**
   * When `auto` takes it: wherever it works; where it also beats what is always there, in a short measurement; or always,
   * without a trial, as the last resort.
   */
  readonly preferred: 'where it works' | 'where it is faster' | 'always';
  /** Tries it in this process, which drivers may end. @returns milliseconds for a 1024×256×256 matrix product */
  trial(): Promise<number>;
  /** A trainer of samples. */
  createTrainer(options: TrainerOptions): EngineTrainer;
  /** A trainer of radiance fields. */
  createRadianceTrainer(options: RadianceTrainerOptions): RadianceTrainer;
  /** Opens an exported model for inference. */
  createModelRunner(model: Uint8Array, ports: RunnerPorts): ModelRunner;
}
