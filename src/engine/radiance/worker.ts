import { workerData } from 'node:worker_threads';
import { EvosError } from '../../core/errors.js';
import type { ParameterStore } from '../onnx/parameters/store.js';
import { ports, type Reply } from '../onnx/protocol.js';
import { scalar, type Feeds } from '../onnx/tensors.js';
import { WorkerFrame } from '../onnx/worker-frame.js';
import { fillBackground, RayBatch, type RayPass } from '../training/rays/batch.js';
import { DensityGrid } from '../training/rays/density-grid.js';
import { PassTensors, type PassSet } from './pass-tensors.js';
import { rayPorts, type RayJob, type RayPassJob, type RaySetup } from './protocol.js';
import { renderedSamples } from '../training/rays/march.js';
import { raysOfWorker, samplesOfWorker, viewRays, type RayMemory, type RayViews } from './ray-memory.js';

const setup = workerData as RaySetup;

/** Samples per pass: a level's table is brought into the cache for many of them (see models/hash-grid). */
const passSize = 32_768;

const { index, samplesPerRay } = setup;
const frame = new WorkerFrame(setup);
const grid = new DensityGrid(setup.grid);
const batch = new RayBatch({ ...setup, grid });
const memory = new PassTensors(passSize + renderedSamples(samplesPerRay));
/** What is kept by sample is this worker's own part. */
let views: RayViews | undefined;

function attach(shared: RayMemory): void {
  const { workers } = setup.shared;
  const all = viewRays(shared);
  views = { ...all, ...samplesOfWorker(all, index, workers) };
  batch.reserve(raysOfWorker(shared.capacity, workers));
}

/** The tensors of a pass, with its samples and rays. */
function fillPass(views: RayViews, { first, last, start, end }: RayPass): PassSet {
  const { samples, met, ends } = batch;
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

async function runPasses(store: ParameterStore, job: RayPassJob, views: RayViews): Promise<Reply> {
  const { count, parts, update, errorScale } = job;
  grid.follow(job.threshold);
  store.load?.();
  if (update !== undefined) store.clearGradient();
  const share = { count, index, parts, step: job.step };
  batch.march(views, share);
  fillBackground(setup, views, share);
  const passes = [...batch.passes(passSize)];
  let loss = batch.emptyLoss(views, share) * errorScale;
  if (passes.length === 0 && update !== undefined && frame.updatesInGraph) passes.push(batch.nothing());
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
    if (batch.rays === 0) break;
    loss += found;
    views.densities.set(densities.data, pass.start);
    batch.scatter(colours.data, pass, 3, views.colours);
    batch.scatter(errors.data, pass, 1, views.errors);
    batch.scatter(absolute.data, pass, 1, views.absolute);
  }
  const { found, samples } = batch;
  views.cells.set(samples.cells.subarray(0, found));
  if (update !== undefined) store.finish?.(index, parts, update);
  return { loss, samples: found };
}

async function runRender(
  store: ParameterStore,
  { graph, count, parts }: Extract<RayJob, { type: 'render' }>,
  views: RayViews,
): Promise<void> {
  store.load?.();
  const share = { count, index, parts, step: undefined };
  batch.march(views, share);
  fillBackground(setup, views, share);
  for (const pass of batch.passes(passSize)) {
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
    batch.scatter(colours.data, pass, 3, views.colours);
    batch.scatter(opacities.data, pass, 1, views.opacities);
    batch.scatter(depths.data, pass, 1, views.depths);
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
      grid.follow(job.threshold);
      await runRender(store, job, views);
      return { loss: 0 };
    case 'points':
      await runPoints(store, job, views);
      return { loss: 0 };
  }
});
