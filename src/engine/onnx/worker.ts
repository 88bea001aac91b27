// A worker thread that trains on samples: it works through its part of each step in micro-batches small enough to stay in
// cache. ONNX Runtime's binding does not take tensors over shared memory, so the numbers of a job are copied in and out; that
// is under 1 % of a step.
import { workerData } from 'node:worker_threads';
import { EvosError } from '../../core/errors.js';
import { perArray, widthsOf, type BatchArray } from './batch-arrays.js';
import { TileLoader } from './cross-frequency/tile-loader.js';
import type { ParameterStore } from './parameters/store.js';
import {
  ports,
  type BatchBuffers,
  type PassJob,
  type Reply,
  type SampleJob,
  type SampleSetup,
} from './protocol.js';
import { ResidentPool } from './resident-pool.js';
import { scalar, TensorPool, type Feeds, type TensorsOf } from './tensors.js';
import { WorkerFrame } from './worker-frame.js';

const setup = workerData as SampleSetup;

const frame = new WorkerFrame(setup);
const widths = widthsOf(setup);
const pool = new TensorPool(widths);
const tiles = setup.frequency === undefined ? undefined : new TileLoader(setup, setup.frequency, pool);
const errorScale = scalar(0);
let shared = perArray((): Float32Array => new Float32Array());
let indices: Int32Array = new Int32Array();
let resident: ResidentPool | undefined;

function attach(buffers: BatchBuffers): void {
  shared = perArray((name) => new Float32Array(buffers[name]));
  indices = new Int32Array(buffers.indices);
}

/** This worker's passes: its part of the gradient, and of the update. @returns its part of the loss */
async function runPasses(store: ParameterStore, job: PassJob): Promise<number> {
  const { update } = job;
  store.load?.();
  if (update !== undefined) store.clearGradient();
  errorScale.data[0] = job.errorScale;
  const passes = job.tiles === undefined ? job.ranges.length : job.tiles.length;
  let loss = 0;
  for (let pass = 0; pass < passes; pass++) loss += await runPass(store, job, pass, pass === passes - 1);
  if (update !== undefined) store.finish?.(setup.index, job.parts, update);
  return loss;
}

async function runPass(store: ParameterStore, job: PassJob, pass: number, last: boolean): Promise<number> {
  const feeds: Feeds = { [ports.errorScale]: errorScale };
  const tile = job.tiles?.[pass];
  const [start, end] = job.ranges[pass] ?? [0, 0];
  let tensors: TensorsOf<BatchArray>;
  if (tile !== undefined && tiles !== undefined) {
    tensors = tiles.load(tile, shared, job.whole === true);
    tiles.feed(feeds);
    feeds[ports.frequencyScale] = scalar(job.frequencyScale ?? 0);
  } else {
    tensors = pool.take(end - start);
    loadSamples(tensors, start, job.weighted);
  }
  if (setup.byIndex) feeds[ports.indices] = tensors.indices;
  else Object.assign(feeds, { inputs: tensors.inputs, targets: tensors.targets });
  if (job.weighted || tile !== undefined) feeds['weights'] = tensors.weights;
  resident?.feed(feeds);
  const fetches: Feeds = {};
  for (const name of job.outputs) fetches[name] = tensors[name];
  const loss = await frame.pass(store, job, { feeds, fetches, last });
  for (const name of job.outputs) {
    const { data } = tensors[name];
    if (tile !== undefined && tiles !== undefined) tiles.scatter(data, shared[name], widths[name]);
    else shared[name].set(data, start * widths[name]);
  }
  return loss;
}

/** Brings the samples from a row on: the numbers, or where they lie on the device. */
function loadSamples(tensors: TensorsOf<BatchArray>, start: number, weighted: boolean): void {
  const end = start + tensors.indices.data.length;
  const bring = (name: BatchArray): void =>
    tensors[name].data.set(shared[name].subarray(start * widths[name], end * widths[name]));
  if (weighted) bring('weights');
  if (setup.byIndex) {
    tensors.indices.data.set(indices.subarray(start, end));
    return;
  }
  bring('inputs');
  bring('targets');
  if (weighted) blankWithoutWeight(tensors);
}

/** Samples without weight may hold anything: the network sees zeros. */
function blankWithoutWeight({ inputs, weights }: TensorsOf<BatchArray>): void {
  const width = widths.inputs;
  weights.data.forEach((weight, i) => {
    if (weight === 0) inputs.data.fill(0, i * width, (i + 1) * width);
  });
}

async function runPredict(
  store: ParameterStore,
  { graph, start, end, microBatch }: Extract<SampleJob, { type: 'predict' }>,
): Promise<void> {
  store.load?.();
  for (let from = start; from < end; from += microBatch) {
    const to = Math.min(end, from + microBatch);
    const { inputs, predictions } = pool.take(to - from);
    inputs.data.set(shared.inputs.subarray(from * widths.inputs, to * widths.inputs));
    await frame.forward(store, graph, { inputs }, { predictions });
    shared.predictions.set(predictions.data, from * widths.predictions);
  }
}

async function runGrid(
  store: ParameterStore,
  { graph, size }: Extract<SampleJob, { type: 'grid' }>,
): Promise<void> {
  store.load?.();
  const { predictions } = pool.take(size);
  await frame.forward(store, graph, {}, { predictions });
  shared.predictions.set(predictions.data);
}

/** Times gradient passes over samples of no meaning: what a pass costs does not depend on them. */
async function measure(
  store: ParameterStore,
  { graph, sizes, samples, rounds }: Extract<SampleJob, { type: 'measure' }>,
): Promise<number[]> {
  store.load?.();
  store.clearGradient();
  const times = sizes.map((): number[] => []);
  // One round more: the first warms up and does not count. Sizes take turns, so that a slow moment falls on all.
  for (let round = 0; round <= rounds; round++) {
    for (const [i, size] of sizes.entries()) {
      const passes = Math.max(1, Math.round(samples / size));
      const start = performance.now();
      for (let pass = 0; pass < passes; pass++) {
        const { inputs, targets } = pool.take(size);
        const feeds: Feeds = { inputs, targets, [ports.errorScale]: scalar(1 / size) };
        await frame.gradient(store, graph, feeds, {});
      }
      if (round > 0) times[i]?.push((performance.now() - start) / (passes * size));
    }
  }
  return times.map((list) => list.sort((a, b) => a - b)[list.length >> 1] ?? 0);
}

frame.serve<SampleJob>(
  async (store, job): Promise<Reply> => {
    switch (job.type) {
      case 'buffers':
        attach(job.buffers);
        return { loss: 0 };
      case 'pool':
        // One that was drawn anew comes in place of what it was.
        await resident?.release();
        resident = await ResidentPool.open(setup, job);
        return { loss: 0 };
      case 'pass':
        return { loss: await runPasses(store, job) };
      case 'predict':
        await runPredict(store, job);
        return { loss: 0 };
      case 'grid':
        await runGrid(store, job);
        return { loss: 0 };
      case 'measure':
        return { loss: 0, milliseconds: await measure(store, job) };
      default:
        throw new EvosError('internal', 'a training worker was given a job that it does not know');
    }
  },
  async () => resident?.release(),
);
