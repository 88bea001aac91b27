// The trainer of radiance fields: rays in, colours out. As for samples (../trainer.ts) a step is ONNX graphs run by worker
// threads over shared memory; beside the weights there is the density grid, by which rays know where to look.
import { availableParallelism } from 'node:os';
import {
  createRandom,
  type Batch,
  type Snapshot,
  type StepOptions,
  type StepResult,
} from '../../core/index.js';
import { Engine } from '../onnx/workers.js';
import { gridScratch } from '../onnx/kernels/grid-scratch.js';
import { layOut, type ParameterSlot } from '../onnx/parameters/layout.js';
import { checkAtLeast, checkWhole, onnxDefaults, type AdamOptions, type Device } from '../onnx/options.js';
import { oneAtATime } from '../onnx/one-at-a-time.js';
import { allocateParameters, Barrier, SharedParameters } from '../onnx/parameters/shared.js';
import { checkIdentity, updateScalars } from '../onnx/trainer-state.js';
import type { NamedParameter } from '../onnx/trainer.js';
import { checkBackground, type RayBackground } from './background.js';
import { checkRayBatch, countPoints, countRays } from './checks.js';
import { DensityGrid, densityGridDefaults } from './density-grid.js';
import { buildRadianceGraphs } from './graphs.js';
import { marchDefaults } from './march.js';
import type { RadianceJob, RadianceReply, RadianceWorkerSetup } from './protocol.js';
import { allocateRays, samplesOfWorker, viewRays } from './ray-memory.js';
import { readFieldState } from './snapshot.js';
import { worldToField } from './space.js';
import type {
  FieldSamples,
  RadianceField,
  RadianceTrainer,
  RadianceTrainerOptions,
  RenderedRays,
} from './types.js';

/** Rays that are rendered at once: memory stays small however many are asked for. */
const raysAtOnce = 16_384;

/** There is room for so many at least: cells are looked into in as many passes as it takes, however small batches are. */
const leastRays = 4096;

/**
 * Makes a trainer of a radiance field. Worker threads start at once; call `dispose` when done.
 * @throws ArgumentError when a setting is out of range
 */
export function createRadianceTrainer(options: RadianceTrainerOptions): RadianceTrainer {
  return new RayTrainer(options);
}

class RayTrainer implements RadianceTrainer {
  readonly field: RadianceField;
  readonly device: Device;
  readonly workers: number;
  readonly takesIndices = false;
  readonly microBatch = 0;
  lastSamples = 0;
  occupancy = 1;
  readonly #slots: readonly ParameterSlot[];
  readonly #engine: Engine<RadianceJob, RadianceReply>;
  readonly #adam: Required<AdamOptions>;
  readonly #background: RayBackground;
  readonly #samplesPerRay: number;
  readonly #seed: number;
  readonly #shared: SharedParameters;
  readonly #barrier: Barrier;
  readonly #parameters: Float32Array;
  readonly #grid = DensityGrid.allocate();
  readonly #probeCells = new Int32Array(densityGridDefaults.probes);
  readonly #probePoints = new Float32Array(3 * densityGridDefaults.probes);
  readonly #exclusive = oneAtATime();
  /** Samples per ray, a running mean. */
  #perRay: number;
  #steps = 0;
  /** Rays that there is room for. */
  #capacity = 0;
  #views = viewRays(allocateRays(0, 1, 0));

  constructor(options: RadianceTrainerOptions) {
    const { field, device, seed, background } = options;
    this.field = field;
    this.device = device;
    this.#seed = seed;
    this.#background = background;
    checkBackground(background);
    this.#adam = { ...onnxDefaults.adam, ...options.adam };
    checkAtLeast('adam.learningRate', this.#adam.learningRate, 0);
    this.workers = device === 'cpu' ? (options.workers ?? availableParallelism()) : 1;
    checkWhole('workers', this.workers, 1);
    this.#samplesPerRay = options.samplesPerRay ?? marchDefaults.samplesPerRay;
    checkWhole('samplesPerRay', this.#samplesPerRay, 1);
    this.#perRay = this.#samplesPerRay;
    const { slots, total } = layOut(field.parameters);
    this.#slots = slots;
    const encoding = device === 'cpu' ? field.parts.layout : undefined;
    const scratch = encoding === undefined ? 0 : gridScratch(encoding);
    const shared = allocateParameters(total, this.workers, this.#adam, scratch);
    this.#shared = new SharedParameters(shared);
    this.#parameters = this.#shared.values;
    const barrier = Barrier.allocate();
    this.#barrier = new Barrier(barrier);
    field.initialise(createRandom(seed)).forEach((values, i) => {
      this.#parameters.set(values, slots[i]?.offset ?? 0);
    });
    const graphs = buildRadianceGraphs(field, this.#adam, { device, slots: this.#samplesPerRay });
    this.#engine = new Engine(
      new URL('./worker.js', import.meta.url),
      Array.from({ length: this.workers }, (_, index): RadianceWorkerSetup => ({
        graphs,
        executionProvider: device,
        threads: 1,
        slots,
        inputDim: 3,
        outputDim: 3,
        shared,
        barrier,
        index,
        space: field.space,
        grid: this.#grid.setup,
        samplesPerRay: this.#samplesPerRay,
        seed,
        background,
        variableSizes: true,
        ...(encoding === undefined ? {} : { encoding }),
      })),
      // A thread that ended will never come: nobody may wait for it.
      () => this.#barrier.fail(),
    );
    this.occupancy = this.#grid.survey();
  }

  get model(): RadianceField {
    return this.field;
  }

  /** Passes have as many samples as their rays need: nothing to choose. */
  chooseMicroBatch(): Promise<number> {
    return Promise.resolve(this.microBatch);
  }

  raysFor(points: number): number {
    checkAtLeast('points', points, 1);
    const rays = Math.round(points / this.#perRay / 64) * 64;
    return Math.min(65_536, Math.max(64, rays));
  }

  step(batch: Batch, options: StepOptions): Promise<StepResult> {
    return this.#exclusive(async () => {
      const { size } = batch;
      checkRayBatch(batch, options);
      await this.#reserve(size);
      const { rays, targets, weights, colours } = this.#views;
      rays.set(batch.inputs);
      targets.set(batch.targets);
      if (batch.weights === undefined) weights.fill(1, 0, size);
      else weights.set(batch.weights);
      const update = updateScalars(
        this.#adam,
        this.#steps + 1,
        options.learningRate ?? this.#adam.learningRate,
      );
      this.#barrier.reset();
      const parts = Math.min(this.workers, size);
      const replies = await this.#engine.runAll(
        Array.from({ length: parts }, () => ({
          type: 'step' as const,
          count: size,
          parts,
          step: this.#steps,
          threshold: this.#grid.threshold,
          errorScale: 1 / (3 * size),
          update,
        })),
      );
      this.#steps++;
      await this.#learn(replies);
      // Never none: a field that has become empty is not looked into for free.
      const perRay = Math.max(1, this.lastSamples / size);
      this.#perRay += forgetting * (perRay - this.#perRay);
      const loss = replies.reduce((sum, reply) => sum + reply.loss, 0);
      if (!options.predictions) return { loss };
      return { loss, predictions: colours.subarray(0, 3 * size) };
    });
  }

  async predict(inputs: Float32Array): Promise<Float32Array> {
    return (await this.render(inputs)).colours;
  }

  render(rays: Float32Array): Promise<RenderedRays> {
    return this.#exclusive(async () => {
      const size = countRays(rays);
      const colours = new Float32Array(3 * size);
      const opacities = new Float32Array(size);
      const depths = new Float32Array(size);
      for (let from = 0; from < size; from += raysAtOnce) {
        const count = Math.min(raysAtOnce, size - from);
        await this.#reserve(count);
        const views = this.#views;
        views.rays.set(rays.subarray(6 * from, 6 * (from + count)));
        const parts = Math.min(this.workers, count);
        await this.#engine.runAll(
          Array.from({ length: parts }, () => ({
            type: 'render' as const,
            count,
            parts,
            threshold: this.#grid.threshold,
          })),
        );
        colours.set(views.colours.subarray(0, 3 * count), 3 * from);
        opacities.set(views.opacities.subarray(0, count), from);
        depths.set(views.depths.subarray(0, count), from);
      }
      return { colours, opacities, depths };
    });
  }

  query(points: Float32Array, directions?: Float32Array): Promise<FieldSamples> {
    return this.#exclusive(async () => {
      const size = countPoints(points, directions);
      const { space } = this.field;
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
    return this.#exclusive(async () => {
      await this.#publish();
      return this.#slots.map(({ name, shape, offset, count }) => ({
        name,
        shape,
        data: this.#parameters.slice(offset, offset + count),
      }));
    });
  }

  snapshot(): Promise<Snapshot> {
    return this.#exclusive(async () => {
      await this.#publish();
      return {
        values: {
          ...this.#identity(),
          steps: this.#steps,
          threshold: this.#grid.threshold,
          occupancy: this.occupancy,
          perRay: this.#perRay,
        },
        arrays: {
          parameters: new Float32Array(this.#parameters),
          m: new Float32Array(this.#shared.m),
          v: new Float32Array(this.#shared.v),
          grid: new Float32Array(this.#grid.cells),
        },
      };
    });
  }

  restore(snapshot: Snapshot): Promise<void> {
    return this.#exclusive(async () => {
      checkIdentity(snapshot, this.#identity());
      const state = readFieldState(snapshot, {
        parameters: this.#parameters.length,
        grid: this.#grid.cells.length,
      });
      this.#parameters.set(state.parameters);
      this.#shared.m.set(state.m);
      this.#shared.v.set(state.v);
      this.#grid.cells.set(state.grid);
      await this.#engine.run(0, { type: 'restore' });
      this.#steps = state.steps;
      this.#grid.threshold = state.threshold;
      this.occupancy = state.occupancy;
      this.#perRay = state.perRay;
    });
  }

  async dispose(): Promise<void> {
    await this.#engine.stop();
  }

  /** Tells the density grid what the step found, and looks into cells that are thought empty. */
  async #learn(replies: readonly RadianceReply[]): Promise<void> {
    this.lastSamples = 0;
    replies.forEach(({ samples }, worker) => {
      const { cells, densities } = samplesOfWorker(this.#views, worker, this.workers);
      this.#grid.learn(cells, densities, samples, densityGridDefaults.rate);
      this.lastSamples += samples;
    });
    if (this.#steps % densityGridDefaults.probeEvery !== 0) return;
    const count = this.#probeCells.length;
    this.#grid.drawProbes(this.#seed, this.#steps, this.#probeCells, this.#probePoints);
    for (let from = 0; from < count; from += this.#capacity) {
      const size = Math.min(this.#capacity, count - from);
      this.#views.rays.set(this.#probePoints.subarray(3 * from, 3 * (from + size)));
      await this.#points('density', size);
      this.#grid.learn(
        this.#probeCells.subarray(from, from + size),
        this.#views.opacities.subarray(0, size),
        size,
        densityGridDefaults.probeRate,
      );
    }
    this.occupancy = this.#grid.survey();
  }

  /** Points that lie in the rays' memory, shared out among the workers; densities come where opacities do. */
  async #points(type: 'density' | 'field', count: number): Promise<void> {
    await this.#engine.runAll(
      Array.from({ length: this.workers }, (_, worker) => ({
        type,
        from: Math.floor((worker * count) / this.workers),
        to: Math.floor(((worker + 1) * count) / this.workers),
      })),
    );
  }

  async #publish(): Promise<void> {
    await this.#engine.run(0, { type: 'publish' });
  }

  /** Grows the shared memory and tells the workers; batches seldom grow, so this is rare. */
  async #reserve(rays: number): Promise<void> {
    if (rays <= this.#capacity) return;
    this.#capacity = Math.max(rays, leastRays, Math.ceil(this.#capacity * 1.25));
    const memory = allocateRays(this.#capacity, this.workers, this.#samplesPerRay);
    this.#views = viewRays(memory);
    await this.#engine.runAll(
      Array.from({ length: this.workers }, () => ({ type: 'memory' as const, memory })),
    );
  }

  /** What must agree between a snapshot and the trainer that goes on from it: all that shapes the arithmetic. */
  #identity(): Record<string, string | number> {
    return {
      model: JSON.stringify({ kind: this.field.kind, ...this.field.settings }),
      adam: JSON.stringify(this.#adam),
      device: this.device,
      workers: this.workers,
      seed: this.#seed,
      samplesPerRay: this.#samplesPerRay,
      background: JSON.stringify(this.#background),
    };
  }
}

/** How fast the mean number of samples per ray follows the last steps. */
const forgetting = 0.1;

const downwards = [0, 0, -1] as const;
