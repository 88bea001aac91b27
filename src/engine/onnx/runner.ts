// Runs an exported model in a worker thread, in passes of bounded size.
import { Worker } from 'node:worker_threads';
import { EvosError } from '../../core/index.js';
import type { Execution } from './execution.js';

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
export type RunnerReply = { readonly values: Float32Array } | { readonly error: string };

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
  const worker = new Worker(new URL('./runner-worker.js', import.meta.url), { workerData: setup });
  worker.unref();
  const pass = execution.microBatch * 8;

  const ask = (inputs: Float32Array): Promise<Float32Array> =>
    new Promise((resolve, reject) => {
      const finish = (): void => {
        worker.off('message', answered).off('error', failed);
        worker.unref();
      };
      const answered = (reply: RunnerReply): void => {
        finish();
        if ('values' in reply) resolve(reply.values);
        else reject(new EvosError('internal', `ONNX Runtime could not run the model: ${reply.error}`));
      };
      const failed = (cause: Error): void => {
        finish();
        reject(new EvosError('internal', 'the thread that runs the model failed', { cause }));
      };
      worker.on('message', answered).on('error', failed);
      worker.ref();
      worker.postMessage({ inputs, inputDim } satisfies RunnerJob, [inputs.buffer as ArrayBuffer]);
    });

  return {
    async run(inputs) {
      const size = inputs.length / inputDim;
      const values = new Float32Array(size * outputDim);
      for (let from = 0; from < size; from += pass) {
        const to = Math.min(size, from + pass);
        values.set(await ask(inputs.slice(from * inputDim, to * inputDim)), from * outputDim);
      }
      return values;
    },
    async dispose() {
      await worker.terminate();
    },
  };
}
