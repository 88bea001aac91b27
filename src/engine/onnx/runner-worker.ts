// The thread behind `createModelRunner`: one session, one pass at a time.
import { parentPort, workerData } from 'node:worker_threads';
import * as ort from 'onnxruntime-node';
import { EvosError } from '../../core/errors.js';
import type { Failed } from './protocol.js';
import type { RunnerJob, RunnerReply, RunnerSetup } from './runner.js';
import { sessionOptions } from './sessions.js';

const setup = workerData as RunnerSetup;
const port = parentPort;
if (port === null)
  throw new EvosError('internal', 'the inference worker was started outside a worker thread');
const session = (async () =>
  ort.InferenceSession.create(setup.model, sessionOptions(setup.execution, setup.threads)))();
// A model that is refused is told by the jobs, the first of which may not have come yet.
session.catch(() => undefined);

async function run({ inputs, inputDim }: RunnerJob): Promise<Float32Array> {
  const opened = await session;
  const [input] = opened.inputNames;
  const [output] = opened.outputNames;
  if (input === undefined || output === undefined)
    throw new EvosError('input', 'the model has no input or output');
  const tensor = new ort.Tensor('float32', inputs, [inputs.length / inputDim, inputDim]);
  const result = (await opened.run({ [input]: tensor }))[output];
  if (result === undefined || !(result.data instanceof Float32Array)) {
    throw new EvosError('input', 'the model does not answer with 32-bit floats');
  }
  return result.data.slice();
}

port.on('message', (job: RunnerJob) => {
  run(job).then(
    (values) => port.postMessage({ values } satisfies RunnerReply, [values.buffer as ArrayBuffer]),
    (cause: unknown) =>
      port.postMessage({
        error: cause instanceof Error ? cause.message : String(cause),
      } satisfies Failed),
  );
});
