// A field's life on a device: passes over samples of rays, which the CPU has drawn, and over points.
import type { RayBatch, RayPass, RayRows } from '../../training/rays/batch.js';
import type { Gpu } from '../gpu.js';
import { Memory } from '../memory.js';
import type { Writing } from '../wgsl/ids.js';
import { rayWords } from '../wgsl/rays.js';
import { FieldCommands, planField, rayPlaces, type FieldPlan, type RaysPass } from './commands.js';
import { mostSamples, type FieldLayout } from './layout.js';
import { CommandQueue } from './queue.js';
import { readState, reserveState, writeState, type StateName } from './state.js';

/** A pass over rays. */
export interface RayTask {
  readonly batch: RayBatch;
  readonly pass: RayPass;
  /** The rays, and where what they see is written. */
  readonly rows: RayRows;
  /** How wrong they are, or what they see. */
  readonly kind: 'compared' | 'viewed';
  /** Rays of the whole step; of a view the same is not needed. */
  readonly size: number;
  readonly plan: FieldPlan;
  readonly gradient: RaysPass['gradient'];
  /** Adam's numbers, with the last pass of a step. */
  readonly update?: readonly number[] | undefined;
  /** Where the samples' densities are written. */
  readonly densities?: Float32Array;
}

/** Buffers grow in powers of two, so that steps of other sizes seldom need new ones. */
const roomFor = (count: number): number => 2 ** Math.ceil(Math.log2(Math.max(1024, count)));

/** A field on a device. */
export class FieldSession {
  readonly #memory: Memory;
  readonly #queue: CommandQueue;
  readonly #layout: FieldLayout;
  readonly #commands: FieldCommands;
  readonly #writing: Writing;
  #owners = new Uint32Array();
  #stretches = new Float32Array();
  #rays = new Uint32Array();

  private constructor(gpu: Gpu, layout: FieldLayout, writing: Writing) {
    this.#memory = new Memory(gpu);
    this.#queue = new CommandQueue(gpu, this.#memory);
    this.#layout = layout;
    this.#commands = new FieldCommands(layout);
    this.#writing = writing;
  }

  /** Puts a field on the device; its weights come with `restore`. */
  static async open(gpu: Gpu, layout: FieldLayout, writing: Writing): Promise<FieldSession> {
    const session = new FieldSession(gpu, layout, writing);
    await session.#memory.reserve('none', 16);
    await reserveState(session.#memory, layout.network);
    return session;
  }

  /** How passes of at most so many samples are cut. */
  plan(rows: number): FieldPlan {
    return planField(this.#layout, rows);
  }

  /** A pass over samples of rays; what it finds is written to their rows. */
  async rays({ batch, pass, rows, kind, size, plan, gradient, update, densities }: RayTask): Promise<void> {
    const [samples, rays] = [pass.end - pass.start, pass.last - pass.first];
    const compared = kind === 'compared';
    await this.#reserve(samples, rays, gradient === 'none' ? 0 : plan.slices);
    this.#send(batch, pass, rows, compared);
    const writing = this.#writing;
    const commands = this.#commands.rays({
      ...{ rows: samples, rays, plan, writing, gradient },
      batch: compared ? size : undefined,
    });
    if (update !== undefined) commands.push(...this.#commands.update(plan, size, update, writing));
    const at = rayPlaces(rays);
    await this.#queue.run(commands, at.densities + (compared ? samples : 0), (found) => {
      // The pass of a step whose rays all miss is no ray's.
      if (batch.rays === 0) return;
      batch.scatter(found.subarray(at.colours, at.errors), pass, 3, rows.colours);
      const [first, second] = compared
        ? ([rows.errors, rows.absolute] as const)
        : ([rows.opacities, rows.depths] as const);
      batch.scatter(found.subarray(at.errors, at.absolute), pass, 1, first);
      batch.scatter(found.subarray(at.absolute, at.densities), pass, 1, second);
      densities?.set(found.subarray(at.densities, at.densities + samples), pass.start);
    });
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
    const size = points.length / 3;
    for (let from = 0; from < size; from += mostSamples) {
      const rows = Math.min(mostSamples, size - from);
      await this.#reserve(rows, directions === undefined ? 0 : rows, 0);
      this.#memory.write('points', points.subarray(3 * from, 3 * (from + rows)));
      if (directions !== undefined) {
        const numbers = new Float32Array(this.#rays.buffer);
        for (let i = 0; i < rows; i++) {
          this.#owners[i] = i;
          for (let axis = 0; axis < 3; axis++) {
            numbers[rayWords * i + axis] = directions[3 * (from + i) + axis] ?? 0;
          }
        }
        this.#memory.write('owners', this.#owners.subarray(0, rows));
        this.#memory.write('rays', this.#rays.subarray(0, rayWords * rows));
      }
      const pass = { rows, plan: this.plan(rows), writing: this.#writing };
      const colours = directions !== undefined;
      await this.#queue.run(this.#commands.points(pass, colours), colours ? 4 * rows : rows, (found) =>
        take(found.subarray(0, rows), found.subarray(rows), from),
      );
    }
  }

  /** Copies of weights and moments. */
  read(names: readonly StateName[]): Promise<Float32Array[]> {
    return readState(this.#memory, this.#layout.network, names);
  }

  /** Takes weights and moments over. */
  restore(state: Readonly<Record<StateName, Float32Array>>): void {
    writeState(this.#memory, this.#layout.network, state);
  }

  dispose(): void {
    this.#memory.dispose();
  }

  /** Sends the samples of a pass, and its rays. */
  #send(batch: RayBatch, { first, last, start, end }: RayPass, rows: RayRows, compared: boolean): void {
    const { samples, met, ends } = batch;
    const [owners, stretches, words] = [this.#owners, this.#stretches, this.#rays];
    const numbers = new Float32Array(words.buffer);
    let at = 0;
    for (let i = first; i < last; i++) {
      const ray = met[i] as number;
      const local = i - first;
      const to = rayWords * local;
      const until = (ends[i] as number) - start;
      // Nothing is read of a ray without weight: its target may be no number.
      const weight = compared ? (rows.weights[ray] as number) : 0;
      for (let axis = 0; axis < 3; axis++) {
        numbers[to + axis] = rows.rays[6 * ray + 3 + axis] as number;
        numbers[to + 4 + axis] = weight === 0 ? 0 : (rows.targets[3 * ray + axis] as number);
        numbers[to + 8 + axis] = rows.colours[3 * ray + axis] as number;
      }
      words[to + 3] = until;
      numbers[to + 7] = weight;
      for (; at < until; at++) {
        owners[at] = local;
        stretches[2 * at] = samples.lengths[start + at] as number;
        stretches[2 * at + 1] = samples.distances[start + at] as number;
      }
    }
    const memory = this.#memory;
    memory.write('points', samples.positions.subarray(3 * start, 3 * end));
    memory.write('owners', owners.subarray(0, at));
    memory.write('stretches', stretches.subarray(0, 2 * at));
    memory.write('rays', words.subarray(0, rayWords * (last - first)));
  }

  /** Makes sure of the buffers of a pass. @param slices of the gradient's sums; 0: no gradient */
  async #reserve(samples: number, rays: number, slices: number): Promise<void> {
    const memory = this.#memory;
    const { layers, total } = this.#layout.network;
    const [rows, lines] = [roomFor(samples), roomFor(rays)];
    if (this.#owners.length < rows) {
      this.#owners = new Uint32Array(rows);
      this.#stretches = new Float32Array(2 * rows);
    }
    if (this.#rays.length < rayWords * lines) this.#rays = new Uint32Array(rayWords * lines);
    const bytes = (width: number): number => rows * width * 4;
    await memory.reserve('points', bytes(3));
    await memory.reserve('owners', bytes(1));
    await memory.reserve('stretches', bytes(2));
    await memory.reserve('rays', lines * rayWords * 4);
    await memory.reserve('inputs', bytes(layers[0]?.inner ?? 0));
    await memory.reserve('seen', bytes(layers[this.#layout.split]?.inner ?? 0));
    for (const [i, { outer }] of layers.entries()) await memory.reserve(`result${i}`, bytes(outer));
    await memory.reserve('out', Math.max(5 * lines * 4 + bytes(1), bytes(4)));
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
