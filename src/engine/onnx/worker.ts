// A worker thread: it owns ONNX Runtime sessions and this thread's copy of the weights (on a GPU the weights
// themselves), and works through its part of each step in micro-batches small enough to stay in cache. ONNX Runtime's
// binding does not take tensors over shared memory, so the numbers of a job are copied in and out; that is under 1 % of
// a step.
import { workerData } from 'node:worker_threads';
import {
  ports,
  type BatchBuffers,
  type Job,
  type Reply,
  type Stop,
  type StepJob,
  type WorkerSetup,
} from './protocol.js';
import { DeviceParameters } from './parameters/on-device.js';
import { GridEncoder } from './kernels/grid-encoder.js';
import { CpuParameters, type ParameterStore } from './parameters/store.js';
import { ResidentPool } from './resident-pool.js';
import type { UpdateScalars } from './parameters/shared.js';
import { SessionCache } from './sessions.js';
import { TileLoader } from './cross-frequency/tile-loader.js';
import { scalar, TensorPool, type Feeds } from './tensors.js';
import { answerJobs } from './worker-thread.js';

const setup = workerData as WorkerSetup;

const sessions = new SessionCache(setup);
const updatesInGraph = setup.executionProvider !== 'cpu';
const pool = new TensorPool(setup.inputDim, setup.outputDim);
const encoder = setup.encoding === undefined ? undefined : new GridEncoder(setup, setup.encoding);
const tiles = setup.frequency === undefined ? undefined : new TileLoader(setup, setup.frequency);
let inputs: Float32Array = new Float32Array();
let targets: Float32Array = new Float32Array();
let predictions: Float32Array = new Float32Array();
let indices: Int32Array = new Int32Array();
let opened: Promise<ParameterStore> | undefined;
let resident: ResidentPool | undefined;
const lossTensor = scalar(0);

function attach(buffers: BatchBuffers): void {
  inputs = new Float32Array(buffers.inputs);
  targets = new Float32Array(buffers.targets);
  predictions = new Float32Array(buffers.predictions);
  indices = new Int32Array(buffers.indices);
}

/** Opened by the first job, so that a device that fails does so as that job's error. */
function openStore(): Promise<ParameterStore> {
  opened ??=
    setup.executionProvider === 'cpu'
      ? Promise.resolve(new CpuParameters(setup))
      : DeviceParameters.open(setup);
  return opened;
}

/** Gradient over this worker's micro-batches, and its share of the update. */
async function runStep(store: ParameterStore, job: StepJob): Promise<number> {
  store.load();
  store.clearGradient();
  const passes = job.tiles === undefined ? job.ranges.length : job.tiles.length;
  let loss = 0;
  for (let pass = 0; pass < passes; pass++) {
    const last = pass === passes - 1;
    loss += await runPass(store, job, pass, last && updatesInGraph ? job.update : undefined);
  }
  store.finish(setup.index, job.parts, job.update);
  return loss;
}

async function runPass(
  store: ParameterStore,
  job: StepJob,
  pass: number,
  update: UpdateScalars | undefined,
): Promise<number> {
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
    if (setup.byIndex === true) {
      slot.indices.set(indices.subarray(from, to));
      feeds[ports.indices] = slot.indexTensor;
    } else {
      slot.inputs.set(inputs.subarray(from * inputDim, to * inputDim));
      slot.targets.set(targets.subarray(from * outputDim, to * outputDim));
      feeds[ports.inputs] = slot.inputTensor;
      feeds[ports.targets] = slot.targetTensor;
    }
  }
  resident?.feed(feeds);
  const fetches: Feeds = { [ports.loss]: lossTensor };
  store.feedPass(feeds, fetches, update);
  encoder?.beforePass(feeds, fetches);
  if (update !== undefined) {
    feeds[ports.stepSize] = scalar(update.stepSize);
    feeds[ports.sqrtBiasCorrection2] = scalar(update.sqrtBiasCorrection2);
  }
  const output = pool.take(count).predictionTensor;
  if (job.predictions) fetches[ports.predictions] = output;

  const kind =
    tile === undefined ? (update ? 'step' : 'gradient') : update ? 'frequencyStep' : 'frequencyGradient';
  await sessions.run(kind, feeds, fetches);
  encoder?.afterPass();
  store.turn(update !== undefined);
  if (job.predictions) {
    const values = output.data as Float32Array;
    if (tile !== undefined && tiles !== undefined) tiles.scatter(values, predictions);
    else predictions.set(values, start * outputDim);
  }
  return lossTensor.data[0] ?? Number.NaN;
}

async function runPredict(
  store: ParameterStore,
  start: number,
  end: number,
  microBatch: number,
): Promise<void> {
  const { inputDim, outputDim } = setup;
  store.load();
  for (let from = start; from < end; from += microBatch) {
    const to = Math.min(end, from + microBatch);
    const slot = pool.take(to - from);
    slot.inputs.set(inputs.subarray(from * inputDim, to * inputDim));
    const feeds: Feeds = { [ports.inputs]: slot.inputTensor };
    store.feedWeights(feeds);
    encoder?.encode(feeds);
    await sessions.run('forward', feeds, { [ports.predictions]: slot.predictionTensor });
    predictions.set(slot.predictionTensor.data as Float32Array, from * outputDim);
  }
}

/** Times gradient passes over samples of no meaning: what a pass costs does not depend on them. */
async function measure(
  store: ParameterStore,
  sizes: readonly number[],
  samples: number,
  rounds: number,
): Promise<number[]> {
  store.load();
  store.clearGradient();
  const times = sizes.map((): number[] => []);
  // One round more: the first warms up and does not count. Sizes take turns, so that a slow moment falls on all.
  for (let round = 0; round <= rounds; round++) {
    for (const [i, size] of sizes.entries()) {
      const passes = Math.max(1, Math.round(samples / size));
      const start = performance.now();
      for (let pass = 0; pass < passes; pass++) {
        const { inputTensor, targetTensor } = pool.take(size);
        const feeds: Feeds = {
          [ports.inputs]: inputTensor,
          [ports.targets]: targetTensor,
          [ports.errorScale]: scalar(1 / size),
        };
        const fetches: Feeds = { [ports.loss]: lossTensor };
        store.feedPass(feeds, fetches, undefined);
        encoder?.beforePass(feeds, fetches);
        await sessions.run('gradient', feeds, fetches);
        encoder?.afterPass();
      }
      if (round > 0) times[i]?.push((performance.now() - start) / (passes * size));
    }
  }
  return times.map((list) => list.sort((a, b) => a - b)[list.length >> 1] ?? 0);
}

async function work(job: Job | Stop): Promise<Reply> {
  const done = { type: 'done', loss: 0 } as const;
  switch (job.type) {
    case 'buffers':
      attach(job.buffers);
      return done;
    case 'pool':
      resident = await ResidentPool.open(setup, job);
      return done;
    case 'stop':
      await (await opened)?.release();
      await resident?.release();
      await sessions.release();
      return done;
  }
  const store = await openStore();
  switch (job.type) {
    case 'step':
      return { type: 'done', loss: await runStep(store, job) };
    case 'predict':
      await runPredict(store, job.start, job.end, job.microBatch);
      return done;
    case 'measure':
      return { type: 'measured', milliseconds: await measure(store, job.sizes, job.samples, job.rounds) };
    case 'publish':
      await store.publish();
      return done;
    case 'restore':
      await store.restore();
      return done;
  }
}

answerJobs<Job>(setup.barrier, work);
