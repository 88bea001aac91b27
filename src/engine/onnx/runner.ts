// Runs an exported model in a worker thread, in passes of bounded size.
import { InputError } from '../../core/errors.js';
import type { ModelPorts } from '../models/backbone.js';
import type { Execution } from './execution.js';
import { RuntimeFailure, WorkerHandle } from './workers.js';

/** What a runner's worker is given. */
export interface RunnerSetup {
  readonly model: Uint8Array;
  readonly execution: Execution;
  /** 0: one per core. */
  readonly threads: number;
}

/** One pass, and its answer. */
export interface RunnerJob {
  readonly inputs: Float32Array;
  readonly inputDim: number;
}
export interface RunnerReply {
  readonly values: Float32Array;
}

/** An exported model, ready to be asked. */
export interface ModelRunner {
  /**
   * Values at coordinates.
   * @param inputs `[n, inputDim]`, not modified.
   * @returns `[n, outputDim]`, the caller's to keep.
   * @throws InputError when ONNX Runtime refuses the model, or it answers with another number of values, or with values that
   *   are not finite
   */
  run(inputs: Float32Array): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** What goes into a model and comes out of it, and how errors call it. */
export interface RunnerPorts extends ModelPorts {
  /** The model's file. Default: "the model". */
  readonly name?: string;
}

/** Opens a model's bytes for inference. */
export function createModelRunner(
  model: Uint8Array,
  { inputDim, outputDim, name = 'the model' }: RunnerPorts,
  execution: Execution,
): ModelRunner {
  const setup: RunnerSetup = { model, execution, threads: 0 };
  const script = new URL('./runner-worker.js', import.meta.url);
  const worker = new WorkerHandle<RunnerJob, RunnerReply>('the inference worker', script, setup);
  const pass = execution.microBatch * 8;
  const fitAgain = 'the file is damaged or was changed: fit it again';
  const refused = (cause: unknown): never => {
    if (!(cause instanceof RuntimeFailure)) throw cause;
    throw new InputError(`${name} cannot be run: ${cause.reason}; ${fitAgain}`, { cause });
  };
  return {
    async run(inputs) {
      const size = inputs.length / inputDim;
      const result = new Float32Array(size * outputDim);
      for (let from = 0; from < size; from += pass) {
        const part = inputs.slice(from * inputDim, Math.min(size, from + pass) * inputDim);
        const expected = (part.length / inputDim) * outputDim;
        const { values } = await worker.run({ inputs: part, inputDim }, [part.buffer]).catch(refused);
        if (values.length !== expected) {
          throw new InputError(
            `${name} answers ${part.length / inputDim} points with ${values.length} numbers, expected ${expected}; ${fitAgain}`,
          );
        }
        if (!values.every(Number.isFinite)) {
          throw new InputError(`${name} answers with numbers that are not finite; ${fitAgain}`);
        }
        result.set(values, from * outputDim);
      }
      return result;
    },
    dispose: () => worker.stop(),
  };
}
