// A worker thread: it owns ONNX Runtime sessions and this thread's copy of the weights, and works through its
// part of each step in micro-batches small enough to stay in cache. ONNX Runtime's binding does not take
// tensors over shared memory, so the numbers of a job are copied in and out; that is under 1 % of a step.
import { parentPort, workerData } from 'node:worker_threads';
import { EvosError } from '../../core/index.js';
import {
  ports,
  type BatchBuffers,
  type Job,
  type Reply,
  type StepJob,
  type WorkerSetup,
} from './protocol.js';
import { ParameterStore } from './parameter-store.js';
import { SessionCache, type Feeds } from './sessions.js';
import { TileLoader } from './tile-loader.js';
import { scalar, TensorPool } from './tensors.js';

const setup = workerData as WorkerSetup;
const port = parentPort;
if (port === null) throw new EvosError('internal', 'the training worker was started outside a worker thread');

const sessions = new SessionCache(setup);
const store = new ParameterStore(setup);
const pool = new TensorPool(setup.inputDim, setup.outputDim);
const tiles = setup.frequency === undefined ? undefined : new TileLoader(setup, setup.frequency);
const sharedGradient = new Float32Array(setup.gradients[setup.index] ?? new SharedArrayBuffer(0));
let inputs: Float32Array = new Float32Array();
let targets: Float32Array = new Float32Array();
let predictions: Float32Array = new Float32Array();
const lossTensor = scalar(0);

function attach(buffers: BatchBuffers): void {
  inputs = new Float32Array(buffers.inputs);
  targets = new Float32Array(buffers.targets);
  predictions = new Float32Array(buffers.predictions);
}

/** Gradient over this worker's micro-batches; the last one also updates when the job says so. */
async function runStep(job: StepJob): Promise<number> {
  store.load();
  store.clearGradient();
  const passes = job.tiles === undefined ? job.ranges.length : job.tiles.length;
  let loss = 0;
  for (let pass = 0; pass < passes; pass++) {
    const last = pass === passes - 1;
    loss += await runPass(job, pass, last ? job.update : undefined);
  }
  if (job.update === undefined) sharedGradient.set(store.gradient);
  else store.publish();
  return loss;
}

async function runPass(job: StepJob, pass: number, update: StepJob['update']): Promise<number> {
  const { inputDim, outputDim } = setup;
  const feeds: Feeds = { [ports.errorScale]: scalar(job.errorScale) };
  let count: number;
  let start = 0;
  const tile = job.tiles?.[pass];
  if (tile !== undefined && tiles !== undefined) {
    count = tiles.load(tile, inputs, targets, job.whole === true);
    tiles.feed(feeds);
    feeds[ports.frequencyScale] = scalar(job.frequencyScale ?? 0);
  } else {
    const [from, to] = job.ranges[pass] ?? [0, 0];
    start = from;
    count = to - from;
    const slot = pool.take(count);
    slot.inputs.set(inputs.subarray(from * inputDim, to * inputDim));
    slot.targets.set(targets.subarray(from * outputDim, to * outputDim));
    feeds[ports.inputs] = slot.inputTensor;
    feeds[ports.targets] = slot.targetTensor;
  }
  store.feedParameters(feeds);
  store.feedAccumulated(feeds);
  const fetches: Feeds = { [ports.loss]: lossTensor };
  if (update === undefined) {
    store.fetchGradient(fetches);
  } else {
    feeds[ports.stepSize] = scalar(update.stepSize);
    feeds[ports.sqrtBiasCorrection2] = scalar(update.sqrtBiasCorrection2);
    store.feedMoments(feeds);
    store.fetchUpdate(fetches);
  }
  const output = pool.take(count).predictionTensor;
  if (job.predictions) fetches[ports.predictions] = output;

  const kind =
    tile === undefined ? (update ? 'step' : 'gradient') : update ? 'frequencyStep' : 'frequencyGradient';
  await sessions.run(kind, feeds, fetches);
  if (update === undefined) store.turnGradient();
  else store.turnParameters();
  if (job.predictions) {
    const values = output.data as Float32Array;
    if (tile !== undefined && tiles !== undefined) tiles.scatter(values, predictions);
    else predictions.set(values, start * outputDim);
  }
  return lossTensor.data[0] ?? Number.NaN;
}

/** Sums every worker's gradient in a fixed order and takes Adam's step. */
async function runUpdate(stepSize: number, sqrtBiasCorrection2: number): Promise<void> {
  store.load();
  store.sumGradients(setup.gradients);
  const feeds: Feeds = {
    [ports.stepSize]: scalar(stepSize),
    [ports.sqrtBiasCorrection2]: scalar(sqrtBiasCorrection2),
  };
  const fetches: Feeds = {};
  store.feedParameters(feeds);
  store.feedAccumulated(feeds);
  store.feedMoments(feeds);
  store.fetchUpdate(fetches);
  await sessions.run('update', feeds, fetches);
  store.turnParameters();
  store.publish();
}

async function runPredict(start: number, end: number, microBatch: number): Promise<void> {
  const { inputDim, outputDim } = setup;
  store.load();
  for (let from = start; from < end; from += microBatch) {
    const to = Math.min(end, from + microBatch);
    const slot = pool.take(to - from);
    slot.inputs.set(inputs.subarray(from * inputDim, to * inputDim));
    const feeds: Feeds = { [ports.inputs]: slot.inputTensor };
    store.feedParameters(feeds);
    await sessions.run('forward', feeds, { [ports.predictions]: slot.predictionTensor });
    predictions.set(slot.predictionTensor.data as Float32Array, from * outputDim);
  }
}

async function work(job: Job): Promise<Reply> {
  switch (job.type) {
    case 'buffers':
      attach(job.buffers);
      return { type: 'done', loss: 0 };
    case 'step':
      return { type: 'done', loss: await runStep(job) };
    case 'update':
      await runUpdate(job.stepSize, job.sqrtBiasCorrection2);
      return { type: 'done', loss: 0 };
    case 'predict':
      await runPredict(job.start, job.end, job.microBatch);
      return { type: 'done', loss: 0 };
    case 'moments':
      return { type: 'moments', m: store.m.slice(), v: store.v.slice() };
    case 'restore':
      store.m.set(job.m);
      store.v.set(job.v);
      return { type: 'done', loss: 0 };
    case 'stop':
      await sessions.release();
      return { type: 'done', loss: 0 };
  }
}

port.on('message', (job: Job) => {
  work(job).then(
    (reply) => {
      port.postMessage(reply);
      if (job.type === 'stop') port.close();
    },
    (cause: unknown) => {
      const message = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
      port.postMessage({ type: 'error', message } satisfies Reply);
    },
  );
});
