import { workerData } from 'node:worker_threads';
import { EvosError } from '../../core/errors.js';
import type { ParameterStore } from '../onnx/parameters/store.js';
import { ports, type Reply } from '../onnx/protocol.js';
import { scalar, type Feeds } from '../onnx/tensors.js';
import { WorkerFrame } from '../onnx/worker-frame.js';
import { drawBackground, shownBackground } from './background.js';
import { DensityGrid } from './density-grid.js';
import { rayPorts } from './graphs.js';
import { mix } from './hash.js';
import { allocateSamples, RayMarcher } from './march.js';
import { PassTensors, type PassSet } from './pass-tensors.js';
import type { RayJob, RayPassJob, RaySetup } from './protocol.js';
import { raysOfWorker, samplesOfWorker, viewRays, type RayMemory, type RayViews } from './ray-memory.js';

const setup = workerData as RaySetup;

/** Samples per pass: a level's table is brought into the cache for many of them (see models/hash-grid). */
const passSize = 32_768;

const { index, samplesPerRay } = setup;
const frame = new WorkerFrame(setup);
const grid = new DensityGrid(setup.grid);
const marcher = new RayMarcher(setup.space, grid, samplesPerRay);
const memory = new PassTensors(passSize + samplesPerRay);
let samples = allocateSamples(0);
/** The rays of this worker that meet something, and where their samples end. */
let met = new Int32Array();
let ends = new Int32Array();
/** What is kept by sample is this worker's own part. */
let views: RayViews | undefined;

function attach(shared: RayMemory): void {
  const { workers } = setup.shared;
  const all = viewRays(shared);
  views = { ...all, ...samplesOfWorker(all, index, workers) };
  const rays = raysOfWorker(shared.capacity, workers);
  samples = allocateSamples(rays * samplesPerRay);
  met = new Int32Array(rays);
  ends = new Int32Array(rays);
}

/** Samples of all this worker's rays but those without weight. @returns how many rays meet something */
function marchAll(views: RayViews, count: number, parts: number, step: number | undefined): number {
  let rays = 0;
  let at = 0;
  for (let ray = index; ray < count; ray += parts) {
    if (step !== undefined && views.weights[ray] === 0) continue;
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

/** The tensors of a pass, with its samples and rays. */
function fillPass(views: RayViews, { first, last, start, end }: Pass): PassSet {
  const tensors = memory.take(end - start, last - first);
  tensors.positions.data.set(samples.positions.subarray(3 * start, 3 * end));
  tensors.lengths.data.set(samples.lengths.subarray(start, end));
  tensors.distances.data.set(samples.distances.subarray(start, end));
  const { weights, directions, backgrounds, targets, places } = tensors;
  let at = 0;
  for (let i = first; i < last; i++) {
    const ray = met[i] as number;
    const local = i - first;
    weights.data[local] = views.weights[ray] as number;
    const weighs = weights.data[local] !== 0;
    for (let axis = 0; axis < 3; axis++) {
      directions.data[3 * local + axis] = views.rays[6 * ray + 3 + axis] as number;
      backgrounds.data[3 * local + axis] = views.colours[3 * ray + axis] as number;
      // Nothing is read of a ray without weight: its target may be no number.
      targets.data[3 * local + axis] = weighs ? (views.targets[3 * ray + axis] as number) : 0;
    }
    const count = (ends[i] as number) - start - at;
    for (let slot = 0; slot < count; slot++) {
      places.data[2 * at] = local;
      places.data[2 * at + 1] = slot;
      at++;
    }
  }
  return tensors;
}

/** Writes what a pass found of its rays, so many numbers a ray, to the rays' rows. */
function scatter(found: Float32Array, { first, last }: Pass, width: number, rows: Float32Array): void {
  for (let i = first; i < last; i++) {
    const from = width * (i - first);
    const to = width * (met[i] as number);
    for (let k = 0; k < width; k++) rows[to + k] = found[from + k] as number;
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

async function runPasses(store: ParameterStore, job: RayPassJob, views: RayViews): Promise<Reply> {
  const { count, parts, update, errorScale } = job;
  grid.threshold = job.threshold;
  store.load?.();
  if (update !== undefined) store.clearGradient();
  const rays = marchAll(views, count, parts, job.step);
  fillBackground(views, count, parts, job.step);
  const passes = [...cutPasses(rays)];
  let loss = emptyLoss(views, count, parts, rays) * errorScale;
  if (passes.length === 0 && update !== undefined && frame.updatesInGraph) passes.push(nothing());
  for (const [i, pass] of passes.entries()) {
    const tensors = fillPass(views, pass);
    const { directions, places, lengths, backgrounds, targets, weights } = tensors;
    const feeds: Feeds = {
      inputs: tensors.positions,
      ...{ targets, weights },
      [rayPorts.directions]: directions,
      [rayPorts.places]: places,
      [rayPorts.lengths]: lengths,
      [rayPorts.backgrounds]: backgrounds,
      [ports.errorScale]: scalar(errorScale),
    };
    const { colours, densities, errors, absolute } = tensors;
    const fetches: Feeds = { predictions: colours, [rayPorts.densities]: densities, errors, absolute };
    const found = await frame.pass(store, job, { feeds, fetches, last: i === passes.length - 1 });
    // Where no ray meets anything, the pass is no ray's: what they show is counted already.
    if (rays === 0) break;
    loss += found;
    views.densities.set(densities.data, pass.start);
    scatter(colours.data, pass, 3, views.colours);
    scatter(errors.data, pass, 1, views.errors);
    scatter(absolute.data, pass, 1, views.absolute);
  }
  const found = rays === 0 ? 0 : (ends[rays - 1] as number);
  views.cells.set(samples.cells.subarray(0, found));
  if (update !== undefined) store.finish?.(index, parts, update);
  return { loss, samples: found };
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

/**
 * How wrong the rays are that meet nothing, and so show their backgrounds; of rays without weight nothing is read.
 * @returns the sum of their weighed squared errors
 */
function emptyLoss(views: RayViews, count: number, parts: number, rays: number): number {
  const { colours, targets, weights, errors, absolute } = views;
  let sum = 0;
  let next = 0;
  for (let ray = index; ray < count; ray += parts) {
    if (next < rays && met[next] === ray) {
      next++;
      continue;
    }
    const weight = weights[ray] as number;
    let squares = 0;
    let magnitudes = 0;
    for (let i = 3 * ray; i < 3 * ray + 3 && weight > 0; i++) {
      const difference = (colours[i] as number) - (targets[i] as number);
      sum += weight * difference * difference;
      squares += difference * difference;
      magnitudes += Math.abs(difference);
    }
    errors[ray] = squares / 3;
    absolute[ray] = magnitudes;
  }
  return sum;
}

async function runRender(
  store: ParameterStore,
  { graph, count, parts }: Extract<RayJob, { type: 'render' }>,
  views: RayViews,
): Promise<void> {
  store.load?.();
  const rays = marchAll(views, count, parts, undefined);
  fillBackground(views, count, parts, undefined);
  for (const pass of cutPasses(rays)) {
    const tensors = fillPass(views, pass);
    const { colours, opacities, depths } = tensors;
    const feeds: Feeds = {
      inputs: tensors.positions,
      [rayPorts.directions]: tensors.directions,
      [rayPorts.places]: tensors.places,
      [rayPorts.lengths]: tensors.lengths,
      [rayPorts.distances]: tensors.distances,
      [rayPorts.backgrounds]: tensors.backgrounds,
    };
    await frame.forward(store, graph, feeds, {
      [rayPorts.colours]: colours,
      [rayPorts.opacities]: opacities,
      [rayPorts.depths]: depths,
    });
    depths.data.forEach((depth, i) => {
      depths.data[i] = depth + (1 - (opacities.data[i] as number)) * setup.space.far;
    });
    scatter(colours.data, pass, 3, views.colours);
    scatter(opacities.data, pass, 1, views.opacities);
    scatter(depths.data, pass, 1, views.depths);
  }
}

async function runPoints(
  store: ParameterStore,
  { graph, colours, from, to }: Extract<RayJob, { type: 'points' }>,
  views: RayViews,
): Promise<void> {
  store.load?.();
  for (let start = from; start < to; start += passSize) {
    const end = Math.min(to, start + passSize);
    const tensors = memory.take(end - start, colours ? end - start : 0);
    tensors.positions.data.set(views.rays.subarray(3 * start, 3 * end));
    const feeds: Feeds = { inputs: tensors.positions };
    const fetches: Feeds = { [rayPorts.densities]: tensors.densities };
    if (colours) {
      tensors.directions.data.set(views.targets.subarray(3 * start, 3 * end));
      feeds[rayPorts.directions] = tensors.directions;
      fetches[rayPorts.colours] = tensors.colours;
    }
    await frame.forward(store, graph, feeds, fetches);
    views.opacities.set(tensors.densities.data, start);
    if (colours) views.colours.set(tensors.colours.data, 3 * start);
  }
}

frame.serve<RayJob>(async (store, job): Promise<Reply> => {
  if (job.type === 'memory') {
    attach(job.memory);
    return { loss: 0 };
  }
  if (views === undefined) throw new EvosError('internal', 'the rendering worker was given no memory');
  switch (job.type) {
    case 'pass':
      return runPasses(store, job, views);
    case 'render':
      grid.threshold = job.threshold;
      await runRender(store, job, views);
      return { loss: 0 };
    case 'points':
      await runPoints(store, job, views);
      return { loss: 0 };
  }
});
