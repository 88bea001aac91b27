// A field's life on a device: passes over rays and over points, and the density grid, which the device keeps up itself.
import type { PixelCamera } from '../../../core/index.js';
import type { Averaging } from '../../training/averaging.js';
import type { RayBackground } from '../../training/rays/background.js';
import { rayWidths, type RayRows } from '../../training/rays/batch.js';
import { looksAfter } from '../../training/rays/density-grid.js';
import { mix } from '../../training/rays/hash.js';
import { renderedSamples } from '../../training/rays/march.js';
import type { Gpu } from '../gpu.js';
import { DeviceAverage } from '../average.js';
import { Memory } from '../memory.js';
import type { Writing } from '../wgsl/ids.js';
import { walkBytes } from '../wgsl/march.js';
import { rayWords } from '../wgsl/rays.js';
import { FieldCommands, type FieldCommand, type RaysPass } from './commands.js';
import type { FieldLayout } from './layout.js';
import { planField, rayNumbers, rayPlaces, roomFor, type FieldPlan, type FoundArray } from './plan.js';
import { CommandQueue, numbersOf, type Wanted } from './queue.js';
import type { TracedPool } from './traced.js';
import { Tracer, type MadeRays } from './tracer.js';
import { densityCells, reserveGrid, surveyIn, surveyWords, writeGrid, type Survey } from './upkeep.js';
import { readState, reserveState, writeState, type NetworkState, type StateName } from '../state.js';

/** A pass over rays. */
export interface RayTask {
  /** The rays, and where what they see is written: rays `from` to before `to`. */
  readonly rows: RayRows;
  readonly from: number;
  readonly to: number;
  /** Counted from 0; with the seed, where samples lie. Undefined: as rays are rendered, and compared with nothing. */
  readonly step: number | undefined;
  /** Rays of the whole step. */
  readonly size: number;
  readonly plan: FieldPlan;
  readonly gradient: RaysPass['gradient'];
  /** Rays that the device makes itself; left out: those of `rows` are sent, with targets and weights. */
  readonly made?: MadeRays | undefined;
  /** What is to be written to `rows`: of a step errors, absolute errors, colours and targets; of a view the others, and colours. */
  readonly wanted: readonly FoundArray[];
  /** Adam's numbers, with the last pass of a step. */
  readonly update?: readonly number[] | undefined;
}

/** What a field's session is made from. */
export interface FieldSetup {
  readonly layout: FieldLayout;
  readonly writing: Writing;
  readonly samplesPerRay: number;
  readonly seed: number;
  readonly background: RayBackground;
  readonly averaging: Averaging;
  /** Samples of a pass at most, but for the last ray's. */
  readonly passSamples: number;
}

/** What passes tell beside what their rays find. */
export interface RaysDone {
  /** Their samples. */
  readonly samples: number;
  /** Of the density grid as it is now. */
  readonly survey: Survey;
}

/** Passes that are sent before they are waited for: as many as `raysFor` comes to. */
const mostUnderWay = 32;

const none = new Float32Array();

/** What comes back of a pass: how many samples there are, what is known of the density grid, and what is to be written to its rows. */
function wantedOf({ from, to, wanted }: RayTask): Wanted[] {
  const places = rayPlaces(to - from);
  return [
    { buffer: 'count', first: 0, count: 1 },
    { buffer: 'survey', first: 0, count: surveyWords },
    ...wanted.map((name) => ({ buffer: 'out', first: places[name], count: rayWidths[name] * (to - from) })),
  ];
}

/** A field on a device. */
export class FieldSession {
  readonly #memory: Memory;
  readonly #queue: CommandQueue;
  readonly #setup: FieldSetup;
  readonly #commands: FieldCommands;
  readonly #tracer: Tracer;
  readonly average: DeviceAverage;
  #owners = new Uint32Array();
  #rays = new Uint32Array();

  private constructor(gpu: Gpu, setup: FieldSetup) {
    this.#memory = new Memory(gpu);
    this.#queue = new CommandQueue(gpu, this.#memory);
    this.#setup = setup;
    this.average = new DeviceAverage(gpu, this.#memory, { ...setup, network: setup.layout.network });
    this.#commands = new FieldCommands(setup.layout);
    const { layout, ...rest } = setup;
    this.#tracer = new Tracer(this.#memory, { ...rest, space: layout.space });
  }

  /** Puts a field on the device; its weights and its density grid come with `restore`. */
  static async open(gpu: Gpu, setup: FieldSetup): Promise<FieldSession> {
    const session = new FieldSession(gpu, setup);
    const memory = session.#memory;
    for (const name of ['none', 'count']) await memory.reserve(name, 16);
    await reserveGrid(memory);
    await reserveState(memory, setup.layout.network);
    await session.average.reserve();
    return session;
  }

  /** Rays of a pass at most. @param rendered whether they are a view's, and no step's */
  raysAtOnce(rendered: boolean): number {
    return Math.max(1, Math.floor(this.#setup.passSamples / this.#samplesPerRay(rendered)));
  }

  /** How passes of at most so many rays are cut. */
  plan(rays: number, rendered: boolean): FieldPlan {
    return planField(this.#setup.layout, rays * this.#samplesPerRay(rendered));
  }

  #samplesPerRay(rendered: boolean): number {
    const { samplesPerRay } = this.#setup;
    return rendered ? renderedSamples(samplesPerRay) : samplesPerRay;
  }

  /** Takes a pool's cameras and photographs over: its rays are then made here. */
  keep(pool: TracedPool): Promise<void> {
    return this.#tracer.keep(pool);
  }

  /** Takes the camera of a view over, whose rays are then made here. */
  show(camera: PixelCamera): Promise<void> {
    return this.#tracer.show(camera);
  }

  /** Passes over rays; what they find is written to their rows. With the last one of a step the density grid learns from all of them. */
  async rays(tasks: readonly RayTask[]): Promise<RaysDone> {
    let samples = 0;
    let survey: Survey = { threshold: 0, occupancy: 1 };
    for (let from = 0; from < tasks.length; from += mostUnderWay) {
      const some = tasks.slice(from, from + mostUnderWay);
      const wanted = some.map(wantedOf);
      const count = numbersOf(wanted.flat());
      await this.#queue.expect(count);
      let at = 0;
      for (const [i, task] of some.entries()) {
        const own = wanted[i] ?? [];
        await this.#queue.send(await this.#pass(task), own, at);
        at += numbersOf(own);
      }
      await this.#queue.take(count, (found) => {
        let start = 0;
        const next = (numbers: number): Float32Array => found.subarray(start, (start += numbers));
        for (const task of some) {
          const drawn = next(1);
          samples += new Uint32Array(drawn.buffer, drawn.byteOffset, 1)[0] ?? 0;
          survey = surveyIn(next(surveyWords));
          for (const name of task.wanted) {
            const width = rayWidths[name];
            task.rows[name].set(next(width * (task.to - task.from)), width * task.from);
          }
        }
      });
    }
    return { samples, survey };
  }

  /** The commands of a pass, with what they read sent. */
  async #pass(task: RayTask): Promise<FieldCommand[]> {
    const { from, to, step, size, plan, gradient, update, made, wanted } = task;
    const { writing, passSamples, seed } = this.#setup;
    const rays = to - from;
    const samplesPerRay = this.#samplesPerRay(step === undefined);
    const samples = rays * samplesPerRay;
    const steps = (step ?? 0) + 1;
    const looks = update === undefined || step === undefined ? undefined : looksAfter(steps);
    // Points that are looked at with this pass, at once.
    const probes = Math.min(looks?.count ?? 0, passSamples);
    await this.#reserve(Math.max(samples, probes), rays, gradient === 'none' ? 0 : plan.slices);
    const pass: RaysPass = {
      ...{ rows: samples, rays, samplesPerRay, plan, writing, gradient },
      targets: wanted.includes('targets'),
      batch: step === undefined ? undefined : size,
    };
    if (made === undefined) this.#send(task);
    const commands: FieldCommand[] = [
      ...(made === undefined ? [] : [await this.#tracer.command(made, task)]),
      ...this.#commands.rays(pass),
    ];
    if (update === undefined) return commands;
    commands.push(...this.#commands.update(plan, size, update, writing), this.#commands.settle(pass));
    if (looks === undefined) return commands;
    commands.push(...this.#commands.look({ seed, steps, looks, atOnce: probes, writing }));
    return commands;
  }

  /**
   * The field at points.
   * @param points `[n, 3]`, in the field's coordinates
   * @param directions `[n, 3]`, where colours are wanted
   * @param take is handed, pass by pass, densities, colours, and the first point's number; it must not keep them
   */
  async points(
    points: Float32Array,
    directions: Float32Array | undefined,
    take: (densities: Float32Array, colours: Float32Array, from: number) => void,
  ): Promise<void> {
    const { layout, writing } = this.#setup;
    const size = points.length / 3;
    for (let from = 0; from < size; from += layout.passSamples) {
      const rows = Math.min(layout.passSamples, size - from);
      await this.#reserve(rows, directions === undefined ? 0 : rows, 0);
      this.#memory.write('points', points.subarray(3 * from, 3 * (from + rows)));
      if (directions !== undefined) {
        const numbers = new Float32Array(this.#rays.buffer);
        if (this.#owners.length < rows) this.#owners = Uint32Array.from({ length: rows }, (_, i) => i);
        for (let i = 0; i < rows; i++) {
          for (let axis = 0; axis < 3; axis++) {
            numbers[rayWords * i + axis] = directions[3 * (from + i) + axis] ?? 0;
          }
        }
        this.#memory.write('owners', this.#owners.subarray(0, rows));
        this.#memory.write('rays', this.#rays.subarray(0, rayWords * rows));
      }
      const pass = { rows, plan: planField(layout, rows), writing };
      const colours = directions !== undefined;
      const found: Wanted = { buffer: 'out', first: 0, count: colours ? 4 * rows : rows };
      await this.#queue.expect(found.count);
      await this.#queue.send(this.#commands.points(pass, colours), [found]);
      await this.#queue.take(found.count, (numbers) =>
        take(numbers.subarray(0, rows), numbers.subarray(rows), from),
      );
    }
  }

  /** Copies of weights and moments. */
  read(names: readonly StateName[]): Promise<Float32Array[]> {
    return readState(this.#memory, this.#setup.layout.network, names);
  }

  /** A copy of the density grid. */
  async cells(): Promise<Float32Array> {
    const [cells = none] = await this.#memory.read(['cells'], densityCells);
    return cells;
  }

  /** Takes weights and moments over, and a density grid. */
  restore(state: NetworkState, cells: Float32Array, survey: Survey): void {
    writeState(this.#memory, this.#setup.layout.network, state);
    writeGrid(this.#memory, cells, survey);
  }

  dispose(): void {
    this.#memory.dispose();
  }

  /** Sends the rays of a pass. */
  #send({ rows, from, to, step }: RayTask): void {
    const { layout, seed } = this.#setup;
    const { centre, half } = layout.space;
    const words = this.#rays;
    const numbers = new Float32Array(words.buffer);
    for (let ray = from; ray < to; ray++) {
      const at = rayWords * (ray - from);
      // Nothing is read of a ray without weight: its target may be no number.
      const weight = step === undefined ? 0 : (rows.weights[ray] as number);
      for (let axis = 0; axis < 3; axis++) {
        numbers[at + axis] = rows.rays[6 * ray + 3 + axis] as number;
        numbers[at + 4 + axis] = weight === 0 ? 0 : (rows.targets[3 * ray + axis] as number);
        numbers[at + 8 + axis] = rows.colours[3 * ray + axis] as number;
        numbers[at + 12 + axis] = ((rows.rays[6 * ray + axis] as number) - (centre[axis] as number)) / half;
      }
      numbers[at + 7] = weight;
      words[at + 15] = step === undefined ? 0 : mix(seed, step, ray);
    }
    this.#memory.write('rays', words.subarray(0, rayWords * (to - from)));
  }

  /** Makes sure of the buffers of a pass. @param slices of the gradient's sums; 0: no gradient */
  async #reserve(samples: number, rays: number, slices: number): Promise<void> {
    const memory = this.#memory;
    const { network, split } = this.#setup.layout;
    const { layers, total } = network;
    const [rows, lines] = [roomFor(samples), roomFor(rays)];
    if (this.#rays.length < rayWords * lines) this.#rays = new Uint32Array(rayWords * lines);
    const bytes = (width: number): number => rows * width * 4;
    await memory.reserve('points', bytes(3));
    await memory.reserve('owners', bytes(1));
    await memory.reserve('stretches', bytes(2));
    await memory.reserve('rays', lines * rayWords * 4);
    await memory.reserve('walks', lines * walkBytes);
    await memory.reserve('inputs', bytes(layers[0]?.inner ?? 0));
    await memory.reserve('seen', bytes(layers[split]?.inner ?? 0));
    for (const [i, { outer }] of layers.entries()) await memory.reserve(`result${i}`, bytes(outer));
    await memory.reserve('out', Math.max(rayNumbers * lines * 4, bytes(4)));
    // Views bind these two and leave them alone.
    const answers = slices > 0 ? bytes(layers.at(-1)?.outer ?? 0) : 16;
    await memory.reserve('gradient', answers);
    await memory.reserve('slopes', slices > 0 ? bytes(1) : 16);
    if (slices === 0) return;
    const widest = Math.max(...layers.map(({ inner, outer }) => Math.max(inner, outer)));
    for (const side of [0, 1]) await memory.reserve(`gradient${side}`, bytes(widest));
    await memory.reserve('sums', slices * total * 4);
  }
}
