// The trainer of radiance fields: rays in, colours out. As for samples (../trainer.ts) a step is ONNX graphs run by worker
// threads over shared memory; beside the weights there is the density grid, by which rays know where to look.
import { availableParallelism } from 'node:os';
import {
  ArgumentError,
  createRandom,
  ResumeError,
  type Batch,
  type Snapshot,
  type StepOptions,
  type StepResult,
} from '../../../core/index.js';
import { Engine } from '../engine.js';
import { gridScratch } from '../grid-scratch.js';
import { layOut, type ParameterSlot } from '../layout.js';
import { checkAtLeast, checkWhole, onnxDefaults, type AdamOptions, type Device } from '../options.js';
import { allocateParameters, Barrier, SharedParameters } from '../shared-parameters.js';
import { floatsIn, updateScalars } from '../trainer-state.js';
import type { NamedParameter } from '../trainer.js';
import { checkBackground, type RayBackground } from './background.js';
import { DensityGrid, densityGridDefaults } from './density-grid.js';
import { buildRadianceGraphs } from './graphs.js';
import { marchDefaults } from './march.js';
import type { RadianceJob, RadianceReply, RadianceWorkerSetup, RayMemory } from './protocol.js';
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
  /** Samples per ray, a running mean. */
  #perRay: number;
  #steps = 0;
  #busy = false;
  #capacity = 0;
  #rays: Float32Array = new Float32Array();
  #targets: Float32Array = new Float32Array();
  #weights: Float32Array = new Float32Array();
  #colours: Float32Array = new Float32Array();
  #opacities: Float32Array = new Float32Array();
  #depths: Float32Array = new Float32Array();
  #cells: Int32Array = new Int32Array();
  #densities: Float32Array = new Float32Array();

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
    const graphs = buildRadianceGraphs(field, this.#adam, {
      device,
      slots: this.#samplesPerRay,
    });
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
      this.#check(batch, options);
      await this.#reserve(size);
      this.#rays.set(batch.inputs);
      this.#targets.set(batch.targets);
      if (batch.weights === undefined) this.#weights.fill(1, 0, size);
      else this.#weights.set(batch.weights);
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
      return { loss, predictions: this.#colours.subarray(0, 3 * size) };
    });
  }

  async predict(inputs: Float32Array): Promise<Float32Array> {
    return (await this.render(inputs)).colours;
  }

  render(rays: Float32Array): Promise<RenderedRays> {
    return this.#exclusive(async () => {
      const size = rays.length / 6;
      if (!Number.isInteger(size)) {
        throw new ArgumentError(
          `render: got ${rays.length} numbers, expected a multiple of 6: origin and direction of each ray`,
        );
      }
      const colours = new Float32Array(3 * size);
      const opacities = new Float32Array(size);
      const depths = new Float32Array(size);
      for (let from = 0; from < size; from += raysAtOnce) {
        const count = Math.min(raysAtOnce, size - from);
        await this.#reserve(count);
        this.#rays.set(rays.subarray(6 * from, 6 * (from + count)));
        const parts = Math.min(this.workers, count);
        await this.#engine.runAll(
          Array.from({ length: parts }, () => ({
            type: 'render' as const,
            count,
            parts,
            threshold: this.#grid.threshold,
          })),
        );
        colours.set(this.#colours.subarray(0, 3 * count), 3 * from);
        opacities.set(this.#opacities.subarray(0, count), from);
        depths.set(this.#depths.subarray(0, count), from);
      }
      return { colours, opacities, depths };
    });
  }

  query(points: Float32Array, directions?: Float32Array): Promise<FieldSamples> {
    return this.#exclusive(async () => {
      const size = points.length / 3;
      if (!Number.isInteger(size)) {
        throw new ArgumentError(
          `query: got ${points.length} numbers, expected a multiple of 3: a position each`,
        );
      }
      if (directions !== undefined && directions.length !== points.length) {
        throw new ArgumentError(
          `query: got ${directions.length} numbers of directions for ${size} points, expected ${points.length}`,
        );
      }
      const { space } = this.field;
      const densities = new Float32Array(size);
      const colours = new Float32Array(3 * size);
      for (let from = 0; from < size; from += raysAtOnce) {
        const count = Math.min(raysAtOnce, size - from);
        await this.#reserve(count);
        worldToField(space, points.subarray(3 * from, 3 * (from + count)), this.#rays);
        if (directions === undefined) {
          for (let i = 0; i < count; i++) this.#targets.set(downwards, 3 * i);
        } else this.#targets.set(directions.subarray(3 * from, 3 * (from + count)));
        await this.#points('field', count);
        for (let i = 0; i < count; i++) densities[from + i] = (this.#opacities[i] as number) / space.half;
        colours.set(this.#colours.subarray(0, 3 * count), 3 * from);
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
      for (const [name, expected] of Object.entries(this.#identity())) {
        const got = snapshot.values[name];
        if (JSON.stringify(got) !== JSON.stringify(expected)) {
          throw new ResumeError(
            `this checkpoint's ${name} is ${JSON.stringify(got)}, but this trainer's is ${JSON.stringify(expected)}; ` +
              'resume with the settings the run was started with',
          );
        }
      }
      const lengths = { parameters: this.#parameters.length, grid: this.#grid.cells.length };
      const parameters = floatsIn(snapshot, 'parameters', lengths.parameters);
      const m = floatsIn(snapshot, 'm', lengths.parameters);
      const v = floatsIn(snapshot, 'v', lengths.parameters);
      const grid = floatsIn(snapshot, 'grid', lengths.grid);
      const steps = numberIn(snapshot, 'steps');
      const threshold = numberIn(snapshot, 'threshold');
      const occupancy = numberIn(snapshot, 'occupancy');
      const perRay = numberIn(snapshot, 'perRay');
      this.#parameters.set(parameters);
      this.#shared.m.set(m);
      this.#shared.v.set(v);
      this.#grid.cells.set(grid);
      await this.#engine.run(0, { type: 'restore' });
      this.#steps = steps;
      // Both as of the last survey, which was before the last of the cells were learnt.
      this.#grid.threshold = threshold;
      this.occupancy = occupancy;
      this.#perRay = perRay;
    });
  }

  async dispose(): Promise<void> {
    await this.#engine.stop();
  }

  /** Tells the density grid what the step found, and looks into cells that are thought empty. */
  async #learn(replies: readonly RadianceReply[]): Promise<void> {
    const stretch = this.#cells.length / this.workers;
    this.lastSamples = 0;
    replies.forEach(({ samples }, worker) => {
      const from = worker * stretch;
      this.#grid.learn(
        this.#cells.subarray(from, from + samples),
        this.#densities.subarray(from, from + samples),
        samples,
        densityGridDefaults.rate,
      );
      this.lastSamples += samples;
    });
    if (this.#steps % densityGridDefaults.probeEvery !== 0) return;
    const count = this.#probeCells.length;
    this.#grid.drawProbes(this.#seed, this.#steps, this.#probeCells, this.#probePoints);
    for (let from = 0; from < count; from += this.#capacity) {
      const size = Math.min(this.#capacity, count - from);
      this.#rays.set(this.#probePoints.subarray(3 * from, 3 * (from + size)));
      await this.#points('density', size);
      this.#grid.learn(
        this.#probeCells.subarray(from, from + size),
        this.#opacities.subarray(0, size),
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

  /** Refuses a second call before the first has ended: they would share buffers. */
  async #exclusive<T>(action: () => Promise<T>): Promise<T> {
    if (this.#busy) throw new ArgumentError('this trainer is busy: await its last call before the next');
    this.#busy = true;
    try {
      return await action();
    } finally {
      this.#busy = false;
    }
  }

  #check(batch: Batch, options: StepOptions): void {
    const expect = (what: string, got: number, wanted: number): void => {
      if (got !== wanted) throw new ArgumentError(`step: got ${got} ${what}, expected ${wanted}`);
    };
    if (batch.size < 1) throw new ArgumentError('step: got an empty batch, expected at least one ray');
    expect('input values', batch.inputs.length, batch.size * 6);
    expect('target values', batch.targets.length, batch.size * 3);
    const { weights } = batch;
    if (weights !== undefined) {
      expect('weights', weights.length, batch.size);
      const odd = weights.findIndex((weight) => !(weight >= 0 && weight < Infinity));
      if (odd >= 0) {
        throw new ArgumentError(
          `step: got the weight ${weights[odd]} at position ${odd}, expected finite numbers of at least 0`,
        );
      }
    }
    if (options.crossFrequency) {
      throw new ArgumentError('step: there is no cross-frequency supervision of rays, which are no picture');
    }
  }

  /** Grows the shared memory and tells the workers; batches seldom grow, so this is rare. */
  async #reserve(rays: number): Promise<void> {
    if (rays <= this.#capacity) return;
    this.#capacity = Math.max(rays, leastRays, Math.ceil(this.#capacity * 1.25));
    const capacity = this.#capacity;
    const floats = (count: number): SharedArrayBuffer => new SharedArrayBuffer(count * 4);
    const samples = this.workers * Math.ceil(capacity / this.workers) * this.#samplesPerRay;
    const memory: RayMemory = {
      capacity,
      rays: floats(6 * capacity),
      targets: floats(3 * capacity),
      weights: floats(capacity),
      colours: floats(3 * capacity),
      opacities: floats(capacity),
      depths: floats(capacity),
      cells: floats(samples),
      densities: floats(samples),
    };
    this.#rays = new Float32Array(memory.rays);
    this.#targets = new Float32Array(memory.targets);
    this.#weights = new Float32Array(memory.weights);
    this.#colours = new Float32Array(memory.colours);
    this.#opacities = new Float32Array(memory.opacities);
    this.#depths = new Float32Array(memory.depths);
    this.#cells = new Int32Array(memory.cells);
    this.#densities = new Float32Array(memory.densities);
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

function numberIn(snapshot: Snapshot, name: string): number {
  const value = snapshot.values[name];
  if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) return value;
  throw new ResumeError(
    `this checkpoint's ${name} is ${JSON.stringify(value)}, expected a number of at least 0: it is damaged`,
  );
}
