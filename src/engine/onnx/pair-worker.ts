// The thread behind `openPairNetwork`: one session, one pair of pictures at a time.
import { parentPort, workerData } from 'node:worker_threads';
import * as ort from 'onnxruntime-node';
import { EvosError } from '../../core/errors.js';
import type { PairJob, PairReply, PairSetup, PicturePlanes } from './pair-network.js';
import type { Failed } from './protocol.js';
import { sessionOptions } from './sessions.js';

const { model } = workerData as PairSetup;
const port = parentPort;
if (port === null)
  throw new EvosError('internal', 'the thread that compares pictures was started outside a worker thread');
const session = ort.InferenceSession.create(model, sessionOptions({ provider: 'cpu' }, 0, true));
// A network that is refused is told by the jobs, the first of which may not have come yet.
session.catch(() => undefined);

async function answer(job: PairJob): Promise<PairReply> {
  const opened = await session;
  const count = opened.inputNames.length;
  if (count !== 1 && count !== 2) return { unfit: `got ${count} inputs` };
  const { width, height } = job.pictures ?? {};
  const shape = [3 - count, 3, height, width];
  for (const input of opened.inputMetadata) {
    const why = unfitInput(input, shape);
    if (why !== undefined) return { unfit: why };
  }
  return job.pictures === undefined ? { fit: true } : compare(opened, job.pictures);
}

async function compare(
  opened: ort.InferenceSession,
  { width, height, reference, result }: PicturePlanes,
): Promise<PairReply> {
  const count = opened.inputNames.length;
  const shape = [3 - count, 3, height, width];
  const [first = '', second] = opened.inputNames;
  const whole = new Float32Array(count === 1 ? 2 * reference.length : 0);
  if (count === 1) whole.set(reference);
  if (count === 1) whole.set(result, reference.length);
  const feeds: Record<string, ort.Tensor> = {
    [first]: new ort.Tensor('float32', count === 1 ? whole : reference, shape),
    ...(second === undefined ? {} : { [second]: new ort.Tensor('float32', result, shape) }),
  };
  const outputs = Object.entries(await opened.run(feeds));
  const [found] = outputs;
  if (found === undefined || outputs.length !== 1) return { unfit: `got ${outputs.length} outputs` };
  const [name, { data, dims }] = found;
  if (!(data instanceof Float32Array)) return { unfit: `its output ${name} is not of 32-bit floats` };
  const [value] = data;
  if (value === undefined || data.length !== 1)
    return { unfit: `its output ${name} has the shape [${dims.join(', ')}]` };
  return Number.isFinite(value) ? { value } : { unfit: `it answers with ${value}` };
}

/** Why an input does not take pictures of a shape, as far as that is known. Extents that have names take any. */
function unfitInput(
  input: ort.InferenceSession.ValueMetadata,
  shape: readonly (number | undefined)[],
): string | undefined {
  if (!input.isTensor || input.type !== 'float32')
    return `its input ${input.name} is of ${input.isTensor ? input.type : 'no tensors'}`;
  const own = input.shape;
  const fits =
    own.length === shape.length &&
    own.every((extent, i) => [undefined, extent].includes(shape[i]) || typeof extent === 'string');
  const [batch, channels, height = 'height', width = 'width'] = shape;
  return fits
    ? undefined
    : `its input ${input.name} takes [${own.join(', ')}], and the pictures are [${[batch, channels, height, width].join(', ')}]`;
}

port.on('message', (job: PairJob) => {
  answer(job).then(
    (reply) => port.postMessage(reply),
    (cause: unknown) =>
      port.postMessage({
        error: cause instanceof Error ? cause.message : String(cause),
      } satisfies Failed),
  );
});
