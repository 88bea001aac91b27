// A worker thread of a radiance field's trainer: it draws the samples of its rays, has the field looked up and rendered in
// passes that stay in cache, and takes its part in the update. Every W-th ray is its own, so that workers have as much to do
// as one another.
import { workerData } from 'node:worker_threads';
import { EvosError } from '../../core/index.js';
import { DeviceParameters } from '../onnx/parameters/on-device.js';
import { GridEncoder } from '../onnx/kernels/grid-encoder.js';
import { CpuParameters, type ParameterStore } from '../onnx/parameters/store.js';
import { ports, type Stop } from '../onnx/protocol.js';
import { SessionCache } from '../onnx/sessions.js';
import { scalar, type Feeds } from '../onnx/tensors.js';
import { answerJobs } from '../onnx/worker-thread.js';
import { drawBackground, shownBackground } from './background.js';
import { DensityGrid } from './density-grid.js';
import { rayPorts } from './graphs.js';
import { mix } from './hash.js';
import { allocateSamples, RayMarcher } from './march.js';
import { PassTensors } from './pass-tensors.js';
import type { RadianceJob, RadianceReply, RadianceWorkerSetup, RayStepJob } from './protocol.js';
import { raysOfWorker, samplesOfWorker, viewRays, type RayMemory, type RayViews } from './ray-memory.js';

const setup = workerData as RadianceWorkerSetup;

/** Samples per pass: a level's table is brought into the cache for many of them (see hash-grid.ts). */
const passSize = 32_768;

const { index, samplesPerRay } = setup;
const updatesInGraph = setup.executionProvider !== 'cpu';
const sessions = new SessionCache(setup);
const encoder = setup.encoding === undefined ? undefined : new GridEncoder(setup, setup.encoding);
const grid = new DensityGrid(setup.grid);
const marcher = new RayMarcher(setup.space, grid, samplesPerRay);
const tensors = new PassTensors(passSize + samplesPerRay);
const lossTensor = scalar(0);
let samples = allocateSamples(0);
/** The rays of this worker that meet something, and where their samples end. */
let met = new Int32Array();
let ends = new Int32Array();
/** What is kept by sample is this worker's own part. */
let memory: RayViews | undefined;
let opened: Promise<ParameterStore> | undefined;

function attach(shared: RayMemory): void {
  const { workers } = setup.shared;
  const views = viewRays(shared);
  memory = { ...views, ...samplesOfWorker(views, index, workers) };
  const rays = raysOfWorker(shared.capacity, workers);
  samples = allocateSamples(rays * samplesPerRay);
  met = new Int32Array(rays);
  ends = new Int32Array(rays);
}

/** Opened by the first job, so that a device that fails does so as that job's error. */
function openStore(): Promise<ParameterStore> {
  opened ??=
    setup.executionProvider === 'cpu'
      ? Promise.resolve(new CpuParameters(setup))
      : DeviceParameters.open(setup);
  return opened;
}

/** Samples of all this worker's rays. @returns how many rays meet something */
function marchAll(views: RayViews, count: number, parts: number, step: number | undefined): number {
  let rays = 0;
  let at = 0;
  for (let ray = index; ray < count; ray += parts) {
    const word = step === undefined ? undefined : mix(setup.seed, step, ray);
    const found = marcher.march(views.rays, ray, word, samples, at);
    if (found === 0) continue;
    at += found;
    met[rays] = ray;
    ends[rays] = at;
    rays++;
  }
  return rays;
}

/** One pass: rays `[first, last)` of those that meet something. */
interface Pass {
  readonly first: number;
  readonly last: number;
  readonly start: number;
  readonly end: number;
}

function* cutPasses(rays: number): Generator<Pass> {
  let first = 0;
  let start = 0;
  for (let ray = 0; ray < rays; ray++) {
    const end = ends[ray] as number;
    const next = ray + 1 < rays ? (ends[ray + 1] as number) : Infinity;
    if (next - start <= passSize) continue;
    yield { first, last: ray + 1, start, end };
    first = ray + 1;
    start = end;
  }
}

function fillPass(views: RayViews, { first, last, start, end }: Pass): void {
  tensors.resize(end - start, last - first);
  tensors.positions.set(samples.positions.subarray(3 * start, 3 * end));
  tensors.lengths.set(samples.lengths.subarray(start, end));
  tensors.distances.set(samples.distances.subarray(start, end));
  let at = 0;
  for (let i = first; i < last; i++) {
    const ray = met[i] as number;
    const local = i - first;
    tensors.weights[local] = views.weights[ray] as number;
    for (let axis = 0; axis < 3; axis++) {
      tensors.directions[3 * local + axis] = views.rays[6 * ray + 3 + axis] as number;
      tensors.backgrounds[3 * local + axis] = views.colours[3 * ray + axis] as number;
      tensors.targets[3 * local + axis] = views.targets[3 * ray + axis] as number;
    }
    const count = (ends[i] as number) - start - at;
    for (let slot = 0; slot < count; slot++) {
      tensors.places[2 * at] = local;
      tensors.places[2 * at + 1] = slot;
      at++;
    }
  }
}

/**
 * What rays see that meet nothing: the background lies where colours come. The passes take it from there, and write what
 * the others see over it.
 */
function fillBackground(views: RayViews, count: number, parts: number, step: number | undefined): void {
  const { background, seed, space } = setup;
  const random = background === 'random' && step !== undefined;
  const shown = shownBackground(background);
  for (let ray = index; ray < count; ray += parts) {
    views.opacities[ray] = 0;
    views.depths[ray] = space.far;
    if (random) drawBackground(mix(seed, step, ray), views.colours, ray);
    else for (let axis = 0; axis < 3; axis++) views.colours[3 * ray + axis] = shown[axis] as number;
  }
}

async function runStep(store: ParameterStore, job: RayStepJob, views: RayViews): Promise<RadianceReply> {
  const { count, parts, update, errorScale } = job;
  grid.threshold = job.threshold;
  store.load();
  store.clearGradient();
  const rays = marchAll(views, count, parts, job.step);
  fillBackground(views, count, parts, job.step);
  const passes = [...cutPasses(rays)];
  let loss = emptyLoss(views, count, parts, rays) * errorScale;
  if (passes.length === 0 && updatesInGraph) passes.push(nothing());
  for (const [i, pass] of passes.entries()) {
    const last = updatesInGraph && i === passes.length - 1;
    fillPass(views, pass);
    const feeds: Feeds = {
      [ports.inputs]: tensors.positionTensor,
      [rayPorts.directions]: tensors.directionTensor,
      [rayPorts.places]: tensors.placeTensor,
      [rayPorts.lengths]: tensors.lengthTensor,
      [rayPorts.backgrounds]: tensors.backgroundTensor,
      [ports.targets]: tensors.targetTensor,
      [rayPorts.weights]: tensors.weightTensor,
      [ports.errorScale]: scalar(errorScale),
    };
    const fetches: Feeds = {
      [ports.loss]: lossTensor,
      [ports.predictions]: tensors.colourTensor,
      [rayPorts.densities]: tensors.densityTensor,
    };
    store.feedPass(feeds, fetches, last ? update : undefined);
    encoder?.beforePass(feeds, fetches);
    if (last) {
      feeds[ports.stepSize] = scalar(update.stepSize);
      feeds[ports.sqrtBiasCorrection2] = scalar(update.sqrtBiasCorrection2);
    }
    await sessions.run(last ? 'step' : 'gradient', feeds, fetches);
    encoder?.afterPass();
    store.turn(last);
    // Where no ray meets anything, the pass is no ray's: what they show is counted already.
    if (rays > 0) loss += lossTensor.data[0] ?? Number.NaN;
    views.densities.set(tensors.densities, pass.start);
    for (let r = pass.first; r < pass.last; r++) {
      const ray = met[r] as number;
      for (let axis = 0; axis < 3; axis++) {
        views.colours[3 * ray + axis] = tensors.colours[3 * (r - pass.first) + axis] as number;
      }
    }
  }
  const found = rays === 0 ? 0 : (ends[rays - 1] as number);
  views.cells.set(samples.cells.subarray(0, found));
  store.finish(index, parts, update);
  return { type: 'done', loss, samples: found };
}

/** A pass over a sample of no length: a graph that updates must run, even where no ray meets anything. */
function nothing(): Pass {
  samples.positions.fill(0, 0, 3);
  samples.lengths[0] = 0;
  samples.distances[0] = 0;
  met[0] = 0;
  ends[0] = 1;
  return { first: 0, last: 1, start: 0, end: 1 };
}

/** The weighed squared errors of the rays that meet nothing, which show their backgrounds. */
function emptyLoss(views: RayViews, count: number, parts: number, rays: number): number {
  const { colours, targets, weights } = views;
  let sum = 0;
  let next = 0;
  for (let ray = index; ray < count; ray += parts) {
    if (next < rays && met[next] === ray) {
      next++;
      continue;
    }
    for (let i = 3 * ray; i < 3 * ray + 3; i++) {
      const difference = (colours[i] as number) - (targets[i] as number);
      sum += (weights[ray] as number) * difference * difference;
    }
  }
  return sum;
}

async function runRender(
  store: ParameterStore,
  count: number,
  parts: number,
  views: RayViews,
): Promise<RadianceReply> {
  store.load();
  const rays = marchAll(views, count, parts, undefined);
  fillBackground(views, count, parts, undefined);
  for (const pass of cutPasses(rays)) {
    fillPass(views, pass);
    const feeds: Feeds = {
      [ports.inputs]: tensors.positionTensor,
      [rayPorts.directions]: tensors.directionTensor,
      [rayPorts.places]: tensors.placeTensor,
      [rayPorts.lengths]: tensors.lengthTensor,
      [rayPorts.distances]: tensors.distanceTensor,
      [rayPorts.backgrounds]: tensors.backgroundTensor,
    };
    store.feedWeights(feeds);
    encoder?.encode(feeds);
    await sessions.run('forward', feeds, {
      [rayPorts.colours]: tensors.colourTensor,
      [rayPorts.opacities]: tensors.opacityTensor,
      [rayPorts.depths]: tensors.depthTensor,
    });
    for (let r = pass.first; r < pass.last; r++) {
      const ray = met[r] as number;
      const local = r - pass.first;
      const opacity = tensors.opacities[local] as number;
      views.opacities[ray] = opacity;
      views.depths[ray] = (tensors.depths[local] as number) + (1 - opacity) * setup.space.far;
      for (let axis = 0; axis < 3; axis++) {
        views.colours[3 * ray + axis] = tensors.colours[3 * local + axis] as number;
      }
    }
  }
  return { type: 'done', loss: 0, samples: rays === 0 ? 0 : (ends[rays - 1] as number) };
}

async function runPoints(
  store: ParameterStore,
  kind: 'density' | 'field',
  from: number,
  to: number,
  views: RayViews,
): Promise<RadianceReply> {
  store.load();
  for (let start = from; start < to; start += passSize) {
    const end = Math.min(to, start + passSize);
    tensors.resize(end - start, kind === 'field' ? end - start : 0);
    tensors.positions.set(views.rays.subarray(3 * start, 3 * end));
    const feeds: Feeds = { [ports.inputs]: tensors.positionTensor };
    const fetches: Feeds = { [rayPorts.densities]: tensors.densityTensor };
    if (kind === 'field') {
      tensors.directions.set(views.targets.subarray(3 * start, 3 * end));
      feeds[rayPorts.directions] = tensors.directionTensor;
      fetches[rayPorts.colours] = tensors.colourTensor;
    }
    store.feedWeights(feeds);
    encoder?.encode(feeds);
    await sessions.run(kind, feeds, fetches);
    views.opacities.set(tensors.densities, start);
    if (kind === 'field') views.colours.set(tensors.colours, 3 * start);
  }
  return { type: 'done', loss: 0, samples: to - from };
}

async function work(job: RadianceJob | Stop): Promise<RadianceReply> {
  const done = { type: 'done', loss: 0, samples: 0 } as const;
  switch (job.type) {
    case 'memory':
      attach(job.memory);
      return done;
    case 'stop':
      await (await opened)?.release();
      await sessions.release();
      return done;
  }
  const store = await openStore();
  if (job.type === 'publish' || job.type === 'restore') {
    await store[job.type]();
    return done;
  }
  if (memory === undefined) throw new EvosError('internal', 'the rendering worker was given no memory');
  switch (job.type) {
    case 'step':
      return runStep(store, job, memory);
    case 'render':
      grid.threshold = job.threshold;
      return runRender(store, job.count, job.parts, memory);
    default:
      return runPoints(store, job.type, job.from, job.to, memory);
  }
}

answerJobs<RadianceJob>(setup.barrier, work);
