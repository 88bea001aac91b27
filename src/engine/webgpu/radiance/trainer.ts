// The WebGPU trainer of radiance fields: kernels of our own draw samples along rays, look them up, go through both networks, render,
// take the step, and keep the density grid up. The same bits on the same device. Runs in Node and in browsers.
import { ArgumentError, EvosError } from '../../../core/errors.js';
import { createRandom } from '../../../core/numeric/random.js';
import type {
  Batch,
  PixelCamera,
  Pool,
  Snapshot,
  StepOptions,
  StepResult,
  TrainerCapabilities,
} from '../../../core/index.js';
import { worldToField } from '../../models/fields/space.js';
import type { AdamOptions, RadianceField } from '../../models/index.js';
import { averageName, Averaging } from '../../training/averaging.js';
import { checkBatch } from '../../training/checks.js';
import { each } from '../../training/each.js';
import { oneAtATime } from '../../training/one-at-a-time.js';
import {
  checkWhole,
  completeAdam,
  trainerDefaults as defaults,
  type Device,
} from '../../training/options.js';
import { checkBackground } from '../../training/rays/background.js';
import { fillBackground, rayArrays, rayWidths, type RayRows } from '../../training/rays/batch.js';
import { RayBudget, spaceIn, spaceParts } from '../../training/rays/budget.js';
import { checkPixels, checkRayPool, countPoints, countRays } from '../../training/rays/checks.js';
import { DensityGrid } from '../../training/rays/density-grid.js';
import { marchDefaults } from '../../training/rays/march.js';
import type {
  FieldSamples,
  RadianceTrainer,
  RadianceTrainerOptions,
  RenderedRays,
} from '../../training/rays/types.js';
import { checkIdentity, floatsIn, numberIn, updateScalars } from '../../training/state.js';
import { namedParameters, type NamedParameter } from '../../training/trainer.js';
import { checkIndices } from '../../training/whole-pool.js';
import type { Gpu } from '../gpu.js';
import type { GpuSource } from '../trainer.js';
import type { Writing } from '../wgsl/ids.js';
import { layOutField, whyNotField, type FieldLayout } from './layout.js';
import type { FoundArray } from './plan.js';
import { FieldSession, type FieldSetup } from './session.js';
import { checkCamera, layOutPool, whyNotLens, type TracedPool } from './traced.js';
import type { MadeRays } from './tracer.js';
import { densityCells, type Survey } from './upkeep.js';

/** The state of weights and moments in a snapshot, by what the device calls them. */
const stateNames = { weights: 'parameters', m: 'm', v: 'v' } as const;

const none = new Float32Array();
const downwards = [0, 0, -1] as const;

/** What rays of a view find. */
const viewArrays = ['colours', 'opacities', 'depths'] as const;

/** Trains a field on rays, on a GPU. */
export class WebGpuRayTrainer implements RadianceTrainer {
  readonly model: RadianceField;
  readonly device: Device;
  readonly capabilities: TrainerCapabilities;
  readonly note?: string;
  readonly workers = 1;
  /** Passes have as many samples as their rays need. */
  readonly microBatch = 0;
  readonly #source: GpuSource;
  readonly #layout: FieldLayout;
  readonly #setup: FieldSetup;
  readonly #adam: Required<AdamOptions>;
  readonly #seed: number;
  readonly #averaging: Averaging;
  readonly #identity: Readonly<Record<string, string | number>>;
  readonly #exclusive = oneAtATime();
  readonly #budget: RayBudget;
  readonly #background: Parameters<typeof fillBackground>[0];
  readonly #pool: Pool | undefined;
  /** The pool as the device keeps it, where that makes its rays. */
  readonly #traced: TracedPool | undefined;
  #kept = false;
  #rows: RayRows = each(rayArrays, () => none);
  /** What is known of the density grid here: nothing before the first step. */
  #survey: Survey = { threshold: 0, occupancy: 1 };
  #gpu: Gpu | undefined;
  #session: Promise<FieldSession> | undefined;
  #disposed = false;
  #steps = 0;

  /**
   * The device is opened with the first call that needs it.
   * For tests: in which order kernels are written, and samples of a pass at most, but for the last ray's
   * @throws ArgumentError when a setting is out of range, or these kernels cannot train it: see `whyNotField`
   */
  constructor(
    options: RadianceTrainerOptions,
    source: GpuSource,
    { passSamples, ...writing }: Writing & { readonly passSamples?: number } = {},
  ) {
    const { field, background, pool, samplesPerRay = marchDefaults.samplesPerRay } = options;
    const { adam = defaults.adam, seed = defaults.seed, device = defaults.device, workers } = options;
    checkBackground(background);
    checkWhole('samplesPerRay', samplesPerRay, 1);
    if (workers !== undefined) checkWhole('workers', workers, 1);
    this.#adam = completeAdam(adam);
    const reason = whyNotField(field, samplesPerRay);
    const layout = layOutField(field);
    if (layout === undefined || reason !== undefined) {
      throw new ArgumentError(`the WebGPU trainer cannot train this: ${reason}`);
    }
    this.model = field;
    this.device = device;
    this.#source = source;
    this.#layout = layout;
    this.#seed = seed;
    this.#averaging = new Averaging(options.averaging ?? 0);
    this.#budget = new RayBudget(samplesPerRay);
    this.#setup = {
      ...{ layout, writing, samplesPerRay, seed, background, averaging: this.#averaging },
      passSamples: passSamples ?? layout.passSamples,
    };
    if (pool !== undefined) checkRayPool(pool);
    this.#pool = pool;
    const traced = pool?.pixelRays && layOutPool(pool.size, pool.pixelRays);
    if (typeof traced === 'string') this.note = `rays are made on the CPU and sent to the GPU: ${traced}`;
    else this.#traced = traced;
    this.capabilities = {
      gives: ['errors', 'absolute', 'predictions'],
      ...{ scores: true, weights: true, terms: [], resident: this.#traced !== undefined },
    };
    this.#background = { space: field.space, seed, background };
    this.#identity = {
      model: JSON.stringify({ kind: field.kind, ...field.settings }),
      adam: JSON.stringify(this.#adam),
      ...{ device, workers: this.workers, seed, samplesPerRay },
      passSamples: this.#setup.passSamples,
      background: JSON.stringify(background),
    };
  }

  get lastSamples(): number {
    return this.#budget.lastSamples;
  }

  get occupancy(): number {
    return this.#survey.occupancy;
  }

  chooseMicroBatch(): Promise<number> {
    return Promise.resolve(this.microBatch);
  }

  raysFor(points: number): number {
    return this.#budget.raysFor(points);
  }

  step(batch: Batch, options: StepOptions): Promise<StepResult> {
    return this.#exclusive(async () => {
      const adam = this.#adam;
      const rate = options.learningRate ?? adam.learningRate;
      const { stepSize, sqrtBiasCorrection2 } = updateScalars(adam, this.#steps + 1, rate);
      const { beta1, beta2, epsilon } = adam;
      const update = [stepSize, sqrtBiasCorrection2, beta1, 1 - beta1, beta2, 1 - beta2, epsilon];
      const { samples, result } = await this.#run(batch, options, update);
      this.#steps++;
      await (await this.#open()).average.after(this.#steps);
      this.#budget.took(samples, batch.size);
      return result;
    });
  }

  score(batch: Batch, { wants }: Pick<StepOptions, 'wants'>): Promise<StepResult> {
    return this.#exclusive(async () => (await this.#run(batch, { wants })).result);
  }

  async predict(inputs: Float32Array): Promise<Float32Array> {
    return (await this.render(inputs)).colours;
  }

  render(rays: Float32Array): Promise<RenderedRays> {
    return this.#exclusive(async () => this.#render(await this.#open(true), countRays(rays), rays));
  }

  renderPixels(camera: PixelCamera, from: number, count: number): Promise<RenderedRays> {
    return this.#exclusive(async () => {
      checkCamera(camera, 'renderPixels');
      checkPixels(camera.intrinsics, from, count);
      const strange = whyNotLens([camera]);
      if (strange !== undefined) throw new ArgumentError(`renderPixels: ${strange}`);
      const session = await this.#open(true);
      await session.show(camera);
      return this.#render(session, count, from);
    });
  }

  query(points: Float32Array, directions?: Float32Array): Promise<FieldSamples> {
    return this.#exclusive(async () => {
      const size = countPoints(points, directions);
      const { space } = this.model;
      const session = await this.#open(true);
      const places = new Float32Array(3 * size);
      worldToField(space, points, places);
      const seenFrom = directions ?? places.map((_, i) => downwards[i % 3] ?? 0);
      const densities = new Float32Array(size);
      const colours = new Float32Array(3 * size);
      await session.points(places, seenFrom, (density, colour, from) => {
        for (const [i, value] of density.entries()) densities[from + i] = value / space.half;
        colours.set(colour, 3 * from);
      });
      return { densities, colours };
    });
  }

  parameters(): Promise<NamedParameter[]> {
    return this.#exclusive(async () => {
      const session = await this.#open();
      const [values = none] = await session.read([session.average.names[0] ?? 'weights']);
      return namedParameters(this.model, values);
    });
  }

  snapshot(): Promise<Snapshot> {
    return this.#exclusive(async () => {
      const session = await this.#open();
      const names = ['weights', 'm', 'v', ...session.average.names] as const;
      const [parameters = none, m = none, v = none, average] = await session.read(names);
      const { perRay } = this.#budget;
      const { values, arrays } = spaceParts({ cells: await session.cells(), ...this.#survey, perRay });
      return {
        values: { ...this.#identity, steps: this.#steps, ...values },
        arrays: { parameters, m, v, ...(average && { [averageName]: average }), ...arrays },
      };
    });
  }

  restore(snapshot: Snapshot): Promise<void> {
    return this.#exclusive(async () => {
      checkIdentity(snapshot, this.#identity);
      const { count } = this.#layout.network;
      const state = {
        weights: floatsIn(snapshot, stateNames.weights, count),
        m: floatsIn(snapshot, stateNames.m, count),
        v: floatsIn(snapshot, stateNames.v, count),
        average: this.#averaging.in(snapshot, count),
      };
      const steps = numberIn(snapshot, 'steps');
      const { cells, perRay, ...survey } = spaceIn(snapshot, densityCells);
      const session = await this.#open();
      session.restore(state, cells, survey);
      this.#averaging.restored(state.average);
      this.#survey = survey;
      this.#budget.perRay = perRay;
      this.#steps = steps;
    });
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    const session = this.#session;
    this.#session = undefined;
    // A device that never opened has nothing to free.
    await session?.then(
      (open) => open.dispose(),
      () => undefined,
    );
    if (this.#gpu !== undefined) this.#source.release(this.#gpu);
    this.#gpu = undefined;
  }

  /** The field on the device, its weights drawn. @param average whether it goes by their average, as far as there is one */
  async #open(average = false): Promise<FieldSession> {
    if (this.#disposed) {
      throw new EvosError('internal', 'this trainer has ended, since it was disposed; make a new one');
    }
    this.#session ??= (async () => {
      this.#gpu = await this.#source.open();
      const session = await FieldSession.open(this.#gpu, this.#setup);
      const weights = new Float32Array(this.#layout.network.count);
      let at = 0;
      for (const values of this.model.initialise(createRandom(this.#seed))) {
        weights.set(values, at);
        at += values.length;
      }
      const zeros = new Float32Array(weights.length);
      session.restore(
        { weights, m: zeros, v: zeros },
        DensityGrid.allocate(undefined, false).cells,
        this.#survey,
      );
      return session;
    })();
    const session = await this.#session;
    session.average.show(average);
    return session;
  }

  /** Passes over rays that are rendered. @param rays `[n, 6]`; or the first one's pixel, of the view that is shown */
  async #render(session: FieldSession, size: number, rays: Float32Array | number): Promise<RenderedRays> {
    const seen = {
      colours: new Float32Array(3 * size),
      opacities: new Float32Array(size),
      depths: new Float32Array(size),
    };
    const atOnce = session.raysAtOnce(true);
    const plan = session.plan(atOnce, true);
    for (let from = 0; from < size; from += atOnce) {
      const count = Math.min(atOnce, size - from);
      const rows = this.#reserve(count);
      const task = { rows, from: 0, to: count, step: undefined, size: count, wanted: viewArrays };
      let made: MadeRays | undefined;
      if (typeof rays === 'number') made = { of: 'view', start: rays + from };
      else {
        rows.rays.set(rays.subarray(6 * from, 6 * (from + count)));
        fillBackground(this.#background, rows, { count, index: 0, parts: 1, step: undefined });
      }
      await session.rays([{ ...task, plan, gradient: 'none', made }]);
      seen.colours.set(rows.colours.subarray(0, 3 * count), 3 * from);
      seen.opacities.set(rows.opacities.subarray(0, count), from);
      seen.depths.set(rows.depths.subarray(0, count), from);
    }
    return seen;
  }

  /** Writes a batch's rays to the rows, or, where the device makes them, says which they are. */
  async #take(batch: Batch, rows: RayRows, session: FieldSession): Promise<MadeRays | undefined> {
    const { size, whole, weights } = batch;
    if (weights === undefined) rows.weights.fill(1, 0, size);
    else rows.weights.set(weights);
    const [pool, traced] = [this.#pool, this.#traced];
    if (pool === undefined || traced === undefined) {
      rows.rays.set(batch.inputs);
      rows.targets.set(batch.targets);
      fillBackground(this.#background, rows, { count: size, index: 0, parts: 1, step: this.#steps });
      return undefined;
    }
    if (!whole) checkIndices(batch.indices, pool);
    if (!this.#kept) await session.keep(traced);
    this.#kept = true;
    return { of: 'pool', numbers: whole ? undefined : batch.indices, weights };
  }

  /** A pass over a batch of rays. @param update Adam's numbers, where the weights are to be updated */
  async #run(batch: Batch, options: StepOptions, update?: readonly number[]) {
    const { size } = batch;
    const { wants } = options;
    const poolSize = this.#pool?.size ?? 0;
    checkBatch(batch, options, this.capabilities, { inputDim: 6, targetDim: 3, poolSize });
    const session = await this.#open();
    const rows = this.#reserve(size);
    const made = await this.#take(batch, rows, session);
    // Whoever asked has them, where they came with the batch.
    const targets = made !== undefined && wants.includes('predictions');
    const step = this.#steps;
    const wanted: FoundArray[] = ['errors'];
    if (wants.includes('absolute')) wanted.push('absolute');
    if (wants.includes('predictions')) wanted.push('colours');
    if (targets) wanted.push('targets');
    const most = session.raysAtOnce(false);
    const passes = Math.ceil(size / most);
    const cut = (pass: number): number => Math.floor((pass * size) / passes);
    const plan = session.plan(Math.ceil(size / passes), false);
    const { samples, survey } = await session.rays(
      Array.from({ length: passes }, (_, pass) => ({
        ...{ rows, from: cut(pass), to: cut(pass + 1), step, size, plan, made, wanted },
        gradient: update === undefined ? 'none' : pass === 0 ? 'first' : 'further',
        update: pass === passes - 1 ? update : undefined,
      })),
    );
    this.#survey = survey;
    let loss = 0;
    for (let ray = 0; ray < size; ray++) {
      const weight = rows.weights[ray] as number;
      // Such a ray was compared with nothing.
      if (weight === 0) rows.errors[ray] = rows.absolute[ray] = 0;
      loss += weight * (rows.errors[ray] as number);
    }
    const result: StepResult = {
      loss: loss / size,
      ...(wants.includes('errors') && { errors: rows.errors.subarray(0, size) }),
      ...(wants.includes('absolute') && { absolute: rows.absolute.subarray(0, size) }),
      ...(wants.includes('predictions') && { predictions: rows.colours.subarray(0, 3 * size) }),
      ...(targets && { targets: rows.targets.subarray(0, 3 * size) }),
    };
    return { samples, result };
  }

  /** Memory for so many rays; batches seldom grow. */
  #reserve(rays: number): RayRows {
    const before = this.#rows.weights.length;
    if (rays > before) {
      const capacity = Math.max(rays, Math.ceil(before * 1.25));
      this.#rows = each(rayArrays, (name) => new Float32Array(rayWidths[name] * capacity));
    }
    return this.#rows;
  }
}
