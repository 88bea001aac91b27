// The trainer of radiance fields: rays in, colours out. As for samples (../onnx/trainer.ts) a step is ONNX graphs run by worker
// threads over shared memory; beside the weights there is the density grid, by which rays know where to look.
import type { Batch, Snapshot, StepOptions, StepResult, TrainerCapabilities } from '../../core/index.js';
import type { RadianceField } from '../models/index.js';
import { worldToField } from '../models/fields/space.js';
import type { Execution } from '../onnx/execution.js';
import { TrainerFrame } from '../onnx/frame.js';
import type { FrameSetup, Reply } from '../onnx/protocol.js';
import { checkBatch } from '../training/checks.js';
import { checkWhole, trainerDefaults as defaults, type Device } from '../training/options.js';
import type { NamedParameter } from '../training/trainer.js';
import { checkBackground } from '../training/rays/background.js';
import { checkRayPool, countPoints, countRays } from '../training/rays/checks.js';
import { buildRayGraph, type RayGraph, type RayGraphOptions } from './graphs.js';
import { marchDefaults } from '../training/rays/march.js';
import type { RayJob, RaySetup } from './protocol.js';
import { allocateRays, samplesOfWorker, viewRays } from './ray-memory.js';
import type {
  FieldSamples,
  RadianceTrainer,
  RadianceTrainerOptions,
  RenderedRays,
} from '../training/rays/types.js';
import { RayUpkeep } from '../training/rays/upkeep.js';

/** Rays that are rendered at once: memory stays small however many are asked for. */
const raysAtOnce = 16_384;

/** There is room for so many at least: cells are looked into in as many passes as it takes, however small batches are. */
const leastRays = 16_384;

/** Trains a field on rays by ONNX Runtime. Worker threads start at once. */
export class RayTrainer implements RadianceTrainer {
  readonly model: RadianceField;
  readonly device: Device;
  readonly capabilities: TrainerCapabilities = {
    gives: ['errors', 'absolute', 'predictions'],
    ...{ scores: true, weights: true, terms: [], resident: false },
  };
  /** Passes have as many samples as their rays need. */
  readonly microBatch = 0;
  readonly #frame: TrainerFrame<RayJob>;
  readonly #graphs: RayGraphOptions;
  readonly #samplesPerRay: number;
  readonly #upkeep: RayUpkeep;
  /** Rays that there is room for. */
  #capacity = 0;
  #views = viewRays(allocateRays(0, 1, 0));

  /** @throws ArgumentError when a setting is out of range */
  constructor(options: RadianceTrainerOptions, execution: Execution) {
    const { field, background, pool } = options;
    const { adam = defaults.adam, seed = defaults.seed, device = defaults.device } = options;
    this.model = field;
    this.device = device;
    checkBackground(background);
    if (pool !== undefined) checkRayPool(pool);
    const samplesPerRay = options.samplesPerRay ?? marchDefaults.samplesPerRay;
    checkWhole('samplesPerRay', samplesPerRay, 1);
    this.#samplesPerRay = samplesPerRay;
    this.#upkeep = new RayUpkeep(seed, samplesPerRay);
    this.#frame = new TrainerFrame({
      ...{ model: field, adam, seed, device, execution, workers: options.workers },
      averaging: options.averaging,
      encoding: field.parts.layout,
      script: new URL('./worker.js', import.meta.url),
      variableSizes: true,
      extra: {
        ...{ space: field.space, grid: this.#upkeep.grid.setup, samplesPerRay, seed, background },
      } satisfies Omit<RaySetup, keyof FrameSetup>,
      identity: () => ({ seed, samplesPerRay, background: JSON.stringify(background) }),
    });
    const encoded = execution.kernels && field.parts.layout !== undefined;
    this.#graphs = { field, adam: this.#frame.adam, encoded, slots: samplesPerRay };
  }

  get workers(): number {
    return this.#frame.workers;
  }

  get lastSamples(): number {
    return this.#upkeep.lastSamples;
  }

  get occupancy(): number {
    return this.#upkeep.occupancy;
  }

  chooseMicroBatch(): Promise<number> {
    return Promise.resolve(this.microBatch);
  }

  raysFor(points: number): number {
    return this.#upkeep.raysFor(points);
  }

  step(batch: Batch, options: StepOptions): Promise<StepResult> {
    return this.#frame.exclusive(async () => {
      const { replies, result } = await this.#run(batch, options, 'gradient');
      await this.#frame.advance();
      this.#upkeep.learn(
        replies.map(({ samples = 0 }, worker) => ({
          ...samplesOfWorker(this.#views, worker, this.workers),
          count: samples,
        })),
      );
      await this.#upkeep.settle(this.#frame.steps, batch.size, this.#capacity, (points) =>
        this.#look(points),
      );
      return result;
    });
  }

  score(batch: Batch, { wants }: Pick<StepOptions, 'wants'>): Promise<StepResult> {
    return this.#frame.exclusive(async () => (await this.#run(batch, { wants }, 'score')).result);
  }

  async predict(inputs: Float32Array): Promise<Float32Array> {
    return (await this.render(inputs)).colours;
  }

  render(rays: Float32Array): Promise<RenderedRays> {
    return this.#frame.exclusive(async () => {
      const size = countRays(rays);
      const colours = new Float32Array(3 * size);
      const opacities = new Float32Array(size);
      const depths = new Float32Array(size);
      await this.#frame.show('average');
      const graph = await this.#graph('rays');
      for (let from = 0; from < size; from += raysAtOnce) {
        const count = Math.min(raysAtOnce, size - from);
        await this.#reserve(count);
        const views = this.#views;
        views.rays.set(rays.subarray(6 * from, 6 * (from + count)));
        const { threshold } = this.#upkeep.grid;
        await this.#share(count, (parts) => ({ type: 'render', graph, count, parts, threshold }));
        colours.set(views.colours.subarray(0, 3 * count), 3 * from);
        opacities.set(views.opacities.subarray(0, count), from);
        depths.set(views.depths.subarray(0, count), from);
      }
      return { colours, opacities, depths };
    });
  }

  query(points: Float32Array, directions?: Float32Array): Promise<FieldSamples> {
    return this.#frame.exclusive(async () => {
      const size = countPoints(points, directions);
      const { space } = this.model;
      await this.#frame.show('average');
      const densities = new Float32Array(size);
      const colours = new Float32Array(3 * size);
      for (let from = 0; from < size; from += raysAtOnce) {
        const count = Math.min(raysAtOnce, size - from);
        await this.#reserve(count);
        const views = this.#views;
        worldToField(space, points.subarray(3 * from, 3 * (from + count)), views.rays);
        if (directions === undefined) {
          for (let i = 0; i < count; i++) views.targets.set(downwards, 3 * i);
        } else views.targets.set(directions.subarray(3 * from, 3 * (from + count)));
        await this.#points('field', count);
        for (let i = 0; i < count; i++) densities[from + i] = (views.opacities[i] as number) / space.half;
        colours.set(views.colours.subarray(0, 3 * count), 3 * from);
      }
      return { densities, colours };
    });
  }

  parameters(): Promise<NamedParameter[]> {
    return this.#frame.parameters();
  }

  snapshot(): Promise<Snapshot> {
    return this.#frame.exclusive(() => {
      const { values, arrays } = this.#upkeep.state();
      return this.#frame.snapshot(values, arrays);
    });
  }

  restore(snapshot: Snapshot): Promise<void> {
    return this.#frame.exclusive(() => this.#frame.restore(snapshot, () => this.#upkeep.take(snapshot)));
  }

  dispose(): Promise<void> {
    return this.#frame.dispose();
  }

  /** A pass of all workers over a batch. */
  async #run(batch: Batch, options: StepOptions, pass: 'score' | 'gradient') {
    const { size } = batch;
    checkBatch(batch, options, this.capabilities, { inputDim: 6, targetDim: 3, poolSize: 0 });
    const graphs = await this.#frame.pass(pass, (part) => this.#graph(part), options.learningRate);
    await this.#reserve(size);
    const { rays, targets, weights, colours, errors, absolute } = this.#views;
    rays.set(batch.inputs);
    targets.set(batch.targets);
    if (batch.weights === undefined) weights.fill(1, 0, size);
    else weights.set(batch.weights);
    const replies = await this.#share(size, (parts) => ({
      type: 'pass',
      ...graphs,
      ...{ count: size, parts, step: this.#frame.steps },
      threshold: this.#upkeep.grid.threshold,
      errorScale: 1 / (3 * size),
    }));
    const { wants } = options;
    const result: StepResult = {
      loss: replies.reduce((sum, reply) => sum + reply.loss, 0),
      ...(wants.includes('errors') && { errors: errors.subarray(0, size) }),
      ...(wants.includes('absolute') && { absolute: absolute.subarray(0, size) }),
      ...(wants.includes('predictions') && { predictions: colours.subarray(0, 3 * size) }),
    };
    return { replies, result };
  }

  #graph(name: RayGraph): Promise<string> {
    return this.#frame.graph(name, () => buildRayGraph(name, this.#graphs));
  }

  /** Gives the workers that get any of so many rays a job. */
  #share(rays: number, make: (parts: number) => RayJob): Promise<Reply[]> {
    const parts = Math.min(this.workers, rays);
    const job = make(parts);
    return this.#frame.each(Array.from({ length: parts }, () => job));
  }

  /** Densities at points; what was asked before is overwritten. */
  async #look(points: Float32Array): Promise<Float32Array> {
    this.#views.rays.set(points);
    await this.#points('density', points.length / 3);
    return this.#views.opacities;
  }

  /** Points that lie in the rays' memory, shared out among the workers; densities come where opacities do. */
  async #points(name: 'density' | 'field', count: number): Promise<void> {
    const graph = await this.#graph(name);
    await this.#frame.each(
      Array.from({ length: this.workers }, (_, worker) => ({
        type: 'points' as const,
        ...{ graph, colours: name === 'field' },
        from: Math.floor((worker * count) / this.workers),
        to: Math.floor(((worker + 1) * count) / this.workers),
      })),
    );
  }

  /** Grows the shared memory and tells the workers; batches seldom grow, so this is rare. */
  async #reserve(rays: number): Promise<void> {
    if (rays <= this.#capacity) return;
    this.#capacity = Math.max(rays, leastRays, Math.ceil(this.#capacity * 1.25));
    const memory = allocateRays(this.#capacity, this.workers, this.#samplesPerRay);
    this.#views = viewRays(memory);
    await this.#frame.everyone({ type: 'memory', memory });
  }
}

const downwards = [0, 0, -1] as const;
