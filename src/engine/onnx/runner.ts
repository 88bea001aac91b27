// Runs an exported model in a worker thread, in passes of bounded size.
import type { Execution } from './execution.js';
import { WorkerHandle } from './workers.js';

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
   */
  run(inputs: Float32Array): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** Opens a model's bytes for inference. */
export function createModelRunner(
  model: Uint8Array,
  { inputDim, outputDim }: { readonly inputDim: number; readonly outputDim: number },
  execution: Execution,
): ModelRunner {
  const setup: RunnerSetup = { model, execution, threads: 0 };
  const script = new URL('./runner-worker.js', import.meta.url);
  const worker = new WorkerHandle<RunnerJob, RunnerReply>('the inference worker', script, setup);
  const pass = execution.microBatch * 8;
  return {
    async run(inputs) {
      const size = inputs.length / inputDim;
      const result = new Float32Array(size * outputDim);
      for (let from = 0; from < size; from += pass) {
        const part = inputs.slice(from * inputDim, Math.min(size, from + pass) * inputDim);
        const { values } = await worker.run({ inputs: part, inputDim }, [part.buffer]);
        result.set(values, from * outputDim);
      }
      return result;
    },
    dispose: () => worker.stop(),
  };
}
