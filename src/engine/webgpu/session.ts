// A network on a device: its weights and buffers, and how commands become submits. Nothing is read back but what was asked for.
import type { Batch, Pool } from '../../core/index.js';
import type { ModelDefinition } from '../models/index.js';
import type { Averaging } from '../training/averaging.js';
import { DeviceAverage } from './average.js';
import { isFused, type CommandSetup } from './commands.js';
import { writeDispatches, type Dispatch } from './dispatches.js';
import type { Gpu } from './gpu.js';
import { compile, paramsStride, type Kernel } from './kernels.js';
import { Memory } from './memory.js';
import { BindGroups } from './bind-groups.js';
import { HeldSteps, mostHeld, ofSteps, placed } from './held.js';
import { reservePicture } from './picture.js';
import { bindingBytes, cutStep, planStep, type Cut, type StepPlan } from './plan.js';
import { placePool, sendPool, type PoolPlace } from './pool.js';
import { setUpdate, writeProgram, type Program, type Wanted } from './program.js';
import { dealOut, take, type Found, type Part } from './results.js';
import { readState, reserveState, writeState, type NetworkState, type StateName } from './state.js';
import { paramsWords } from './wgsl/ids.js';

/** A pass over the network, for everything of a batch. */
export interface Task {
  readonly size: number;
  readonly wanted: Wanted;
  /**
   * What the samples are; their arrays are sent where the pool is not on the device. Indices: where they or the picture's pixels are
   * read.
   */
  readonly batch: Pick<Batch, 'whole' | 'inputs' | 'targets' | 'weights'> & {
    readonly indices?: Uint32Array;
  };
  readonly resident: boolean;
  /** Only predictions, without targets. */
  readonly predicts?: boolean;
  /** The loss has the frequency term. */
  readonly supervised?: boolean;
  /** Adam's numbers, where the weights are to be updated. */
  readonly update?: readonly number[];
  /** Nothing comes back, not even the loss. */
  readonly silent?: boolean;
}

/** Most samples in a submit, so that what comes back of them fits a binding. */
const submitSamples = 2 ** 20;

/** Steps that may be under way beside the newest: so many, and one, have memory for what comes back. */
export const stepsAhead = 2;

/** Kinds of steps whose commands are kept. */
const mostPrograms = 64;

/** What a session is made from. */
type SessionSetup = CommandSetup & { readonly averaging: Averaging };

/** A network's life on a device. */
export class Session {
  readonly average: DeviceAverage;
  readonly #gpu: Gpu;
  readonly #memory: Memory;
  readonly #setup: CommandSetup;
  readonly #model: ModelDefinition;
  readonly #microBatch: number;
  readonly #kernels = new Map<string, Kernel>();
  readonly #known = new Map<string, Program>();
  readonly #bound: BindGroups;
  /** By program, and by the place of its data. */
  #dispatches = new WeakMap<Program, (readonly Dispatch[] | undefined)[]>();
  #generation = -1;
  /** What the uniforms' buffer holds. */
  #sent = new Uint32Array();
  readonly #held: HeldSteps;
  /** How long a pass took when it was last waited for, and when that was. */
  #passMilliseconds: number | undefined;
  #lastEnd = 0;
  /** The pool's targets are bytes. */
  #coded = false;
  /** Ends of submits of tasks that have several. */
  readonly #long: Promise<undefined>[] = [];

  private constructor(gpu: Gpu, setup: SessionSetup, model: ModelDefinition, microBatch: number) {
    this.#gpu = gpu;
    this.#held = new HeldSteps(gpu, (start, passes) => this.#time(start, passes));
    this.#memory = new Memory(gpu, () => this.#held.flush());
    this.#bound = new BindGroups(gpu, this.#memory);
    this.average = new DeviceAverage(gpu, this.#memory, { ...setup, before: () => this.#held.flush() });
    this.#setup = setup;
    this.#model = model;
    this.#microBatch = microBatch;
  }

  /** Puts a network on the device; its weights come with `restore`. @param response the target's, where there is a frequency term */
  static async open(
    gpu: Gpu,
    setup: SessionSetup,
    model: ModelDefinition,
    microBatch: number,
    response?: Float32Array,
  ): Promise<Session> {
    const session = new Session(gpu, setup, model, microBatch);
    const memory = session.#memory;
    await reserveState(memory, setup.network);
    await session.average.reserve();
    if (response !== undefined) await reservePicture(memory, response);
    for (const name of ['points', 'targets', 'sent points', 'sent targets', 'indices', 'weightings'])
      await memory.reserve(name, 16);
    return session;
  }

  /** Finds a pool its place on the device, or none. */
  place(pool: Pool): Promise<PoolPlace> {
    return placePool(this.#gpu, this.#memory, pool);
  }

  /** Sends a pool that has a place. */
  async keep(pool: Pool): Promise<void> {
    this.#held.flush();
    this.#coded = pool.coded !== undefined;
    await sendPool(this.#memory, pool);
  }

  /**
   * Sends a task; its arrays may then change. At most `stepsAhead` others may be under way. A short one that is silent may be held
   * until others have come, or the caller has something else to do: it counts as carried out.
   * @param turn from 0 to `stepsAhead`: another one for each that is under way
   * @returns waits until it is carried out, and all that was asked for is in `found`
   */
  async send(task: Task, found: Found, turn: number): Promise<() => Promise<void>> {
    const { size } = task;
    const { network } = this.#setup;
    const plan = planStep(size, this.#microBatch, network.total * 4, isFused(this.#setup));
    await this.#reserveLayers(plan, task.update !== undefined);
    const slot = `found${turn}`;
    found.loss = 0;
    const programs = await this.#programs(task, plan);
    const memory = this.#memory;
    await memory.reserve('out', Math.max(...programs.map(({ room }) => room * 4)));
    const [only] = programs;
    if (only !== undefined && programs.length === 1 && task.silent === true && task.update !== undefined) {
      await this.#hold(task, only);
      return () => Promise.resolve();
    }
    this.#held.flush();
    const parts = dealOut(programs);
    if (task.silent !== true)
      await memory.reserve(slot, Math.max(...parts.map(({ bytes }) => bytes)), 'read');
    const start = performance.now();
    for (const [i, part] of parts.entries()) {
      // Only what is too much for one buffer comes back in parts.
      if (i > 0) await this.#take(slot, parts[i - 1], found);
      for (const [k, program] of part.programs.entries()) {
        if (programs.length > 1) await this.#room();
        await this.#upload(task, program);
        if (program.updates > 0 && task.update !== undefined) setUpdate(program, task.update);
        const comes = task.silent !== true && program.total > 0;
        const to = comes ? { slot, at: part.starts[k] ?? 0 } : undefined;
        this.#encode(program, await this.#ready(program), to);
        if (programs.length > 1) this.#long.push(this.#done());
      }
    }
    const end = task.silent === true ? this.#done() : this.#take(slot, parts.at(-1), found);
    // Somebody waits for it later, unless a step before it fails.
    end.catch(() => undefined);
    return async () => {
      await end;
      this.#time(start, plan.passes.length);
    };
  }

  /** Takes note of passes that are over. */
  #time(start: number, passes: number): void {
    const now = performance.now();
    this.#passMilliseconds = Math.max(0.01, (now - Math.max(start, this.#lastEnd)) / passes);
    this.#lastEnd = now;
  }

  /** Writes a short step behind others that nobody waits for. */
  async #hold(task: Task, program: Program): Promise<void> {
    const place = await this.#held.place();
    await this.#upload(task, program, place);
    if (task.update !== undefined) setUpdate(program, task.update);
    const dispatches = await this.#ready(program, place);
    const { passes } = program;
    // Until a pass has been waited for nobody knows how long one takes here.
    const milliseconds = (this.#passMilliseconds ?? Infinity) * passes;
    const most = Math.max(1, Math.floor(this.#gpu.submitMilliseconds / milliseconds));
    this.#held.hold((encoder) => this.#write(encoder, dispatches, place), passes, most);
  }

  /** Carries a task out, with no other under way. */
  async run(task: Task, found: Found): Promise<void> {
    const end = await this.send(task, found, 0);
    await end();
  }

  /** Copies of weights and moments. */
  read(names: readonly StateName[]): Promise<Float32Array[]> {
    this.#held.flush();
    return readState(this.#memory, this.#setup.network, names);
  }

  /** Takes weights and moments over. */
  restore(state: NetworkState): void {
    this.#held.flush();
    writeState(this.#memory, this.#setup.network, state);
  }

  /** A copy of the luma that supervision of some pixels takes for the others. */
  async readKept(): Promise<Float32Array> {
    const { pixels = 0 } = this.#setup.frequency ?? {};
    this.#held.flush();
    const [kept = new Float32Array()] = await this.#memory.read(['kept luma'], pixels);
    return kept;
  }

  /** Takes such a copy over. */
  keepLuma(kept: Float32Array): void {
    this.#held.flush();
    this.#memory.write('kept luma', kept);
  }

  dispose(): void {
    this.#held.drop();
    this.#memory.dispose();
  }

  #passesPerSubmit({ passes }: StepPlan): number {
    const rows = passes[0]?.rows ?? 1;
    const most = Math.max(1, Math.floor(Math.min(submitSamples, bindingBytes / (4 * this.#widest())) / rows));
    const milliseconds = this.#passMilliseconds;
    // Until a pass has been waited for nobody knows how long one takes here.
    return milliseconds === undefined
      ? 1
      : Math.min(most, Math.max(1, Math.floor(this.#gpu.submitMilliseconds / milliseconds)));
  }

  /** Most numbers of a sample that are sent or come back in one array. */
  #widest(): number {
    const { inputDim, outputDim } = this.#model;
    return inputDim + outputDim + 3;
  }

  /** The work sent so far is done; nothing comes back for that. */
  #done(): Promise<undefined> {
    return this.#gpu.waited(this.#gpu.device.queue.onSubmittedWorkDone());
  }

  /** Waits until at most one of the submits of long tasks is under way: others use the GPU too, a page's pictures among them. */
  async #room(): Promise<void> {
    while (this.#long.length > 1) await this.#long.shift();
  }

  /** A task's programs, a submit each. */
  async #programs(task: Task, plan: StepPlan): Promise<Program[]> {
    const programs: Program[] = [];
    for (const cut of cutStep(plan, this.#passesPerSubmit(plan), task.supervised === true))
      programs.push(await this.#program(task, plan, cut));
    return programs;
  }

  /** Waits for what a part found, and takes it. */
  async #take(slot: string, part: Part | undefined, found: Found): Promise<void> {
    if (part === undefined) return;
    const { outputDim } = this.#model;
    await this.#memory.mapped(slot, part.bytes, (all) => take(part, all, found, outputDim));
  }

  /** The commands of such passes, written when they are first needed. */
  async #program(task: Task, plan: StepPlan, cut: Cut): Promise<Program> {
    const { size, wanted, batch, resident, predicts = false, supervised = false, update } = task;
    const kind = {
      ...{ wanted, resident, predicts, supervised, whole: batch.whole, coded: resident && this.#coded },
      ...{ weighted: batch.weights !== undefined, updates: update !== undefined },
    };
    const key = JSON.stringify([size, cut, kind]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const program = writeProgram(this.#setup, kind, { size, plan, ...cut });
    for (const { kernel } of program.commands) {
      if (!this.#kernels.has(kernel.name)) this.#kernels.set(kernel.name, await compile(this.#gpu, kernel));
    }
    if (this.#known.size >= mostPrograms) this.#known.clear();
    this.#known.set(key, program);
    return program;
  }

  /** Sends what names or makes up a program's samples. */
  async #upload({ batch, resident }: Task, program: Program, place = 0): Promise<void> {
    const memory = this.#memory;
    const { first, size, reads } = program;
    const { indices, weights } = batch;
    const send = async (of: string, all: Float32Array | Uint32Array, width: number): Promise<void> => {
      const part = all.subarray(first * width, (first + size) * width);
      const name = placed(of, place);
      await memory.reserve(name, part.byteLength);
      memory.write(name, part);
    };
    if (weights !== undefined) await send('weightings', weights, 1);
    if (indices !== undefined) await send(resident ? 'indices' : 'pixels', indices, 1);
    if (resident || !reads) return;
    await send('sent points', batch.inputs, this.#model.inputDim);
    await send('sent targets', batch.targets, this.#model.outputDim);
  }

  /** Makes sure of the buffers between layers. */
  async #reserveLayers({ passes, slices }: StepPlan, gradients: boolean): Promise<void> {
    const memory = this.#memory;
    const { layers, total, grid } = this.#setup.network;
    const rows = Math.max(...passes.map((pass) => pass.rows));
    const bytes = (width: number): number => rows * width * 4;
    const hidden = layers.slice(0, -1).map(({ outer }) => outer);
    await memory.reserve('inputs', bytes(layers[0]?.inner ?? 0));
    if (this.#setup.frequency !== undefined) await memory.reserve('luma slopes', bytes(1));
    if (isFused(this.#setup)) {
      // Every pass has the buffer of sums, though only steps write it.
      await memory.reserve('sums', gradients ? slices * total * 4 : 16);
      return;
    }
    for (const [i, width] of hidden.entries()) await memory.reserve(`result${i}`, bytes(width));
    // Every pass has a buffer for the gradient by the answer, though only steps write it.
    await memory.reserve('gradient', gradients ? bytes(layers.at(-1)?.outer ?? 0) : 16);
    if (!gradients) return;
    const widest = Math.max(16, ...hidden, ...(grid === undefined ? [] : [layers[0]?.inner ?? 0]));
    for (const side of [0, 1]) await memory.reserve(`gradient${side}`, bytes(widest));
    await memory.reserve('sums', slices * total * 4);
  }

  /** A program's kernels and buffers, in the order of its commands, once its uniforms are on the device. */
  async #ready(program: Program, place = 0): Promise<readonly Dispatch[]> {
    const memory = this.#memory;
    await this.#sendParams(program, place);
    for (const name of place === 0 ? [] : ofSteps) await memory.reserve(placed(name, place), 16);
    if (this.#generation !== memory.generation) {
      this.#bound.clear();
      this.#dispatches = new WeakMap();
    }
    this.#generation = memory.generation;
    const known = this.#dispatches.get(program) ?? [];
    this.#dispatches.set(program, known);
    const before = known[place];
    if (before !== undefined) return before;
    const made = program.commands.flatMap((command): Dispatch[] => {
      const kernel = this.#kernels.get(command.kernel.name);
      if (kernel === undefined) return [];
      const buffers = command.buffers.map((name) => placed(name, place));
      const { name, pipeline } = kernel;
      return [{ name, pipeline, bound: this.#bound.of(kernel, buffers), groups: command.groups }];
    });
    known[place] = made;
    return made;
  }

  /** Sends the commands; then what was found is copied to where it can be read. @param to where that is */
  #encode(
    { total }: Program,
    dispatches: readonly Dispatch[],
    to: { readonly slot: string; readonly at: number } | undefined,
  ): void {
    const { device } = this.#gpu;
    const memory = this.#memory;
    const encoder = device.createCommandEncoder();
    this.#write(encoder, dispatches, 0);
    if (to !== undefined) {
      encoder.copyBufferToBuffer(memory.get('out'), 0, memory.get(to.slot), to.at, total * 4);
    }
    device.queue.submit([encoder.finish()]);
  }

  /** @param place of what the dispatches read */
  #write(encoder: GPUCommandEncoder, dispatches: readonly Dispatch[], place: number): void {
    writeDispatches(encoder, dispatches, (place * this.#sent.byteLength) / mostHeld, this.#gpu.clock);
  }

  /** Sends those uniforms that are not on the device already. Each place has as much as the longest program needs. */
  async #sendParams({ params, commands }: Program, place: number): Promise<void> {
    const words = paramsStride / 4;
    if (this.#sent.length < params.length * mostHeld) {
      await this.#memory.reserve('uniforms', params.byteLength * mostHeld, 'params');
      // Nothing was sent to the new buffer: no number equals these.
      this.#sent = new Uint32Array(params.length * mostHeld).fill(0xffffffff);
    }
    const start = (place * this.#sent.length) / mostHeld;
    const changed = (i: number): boolean => {
      for (let k = i * words; k < i * words + paramsWords; k++)
        if (params[k] !== this.#sent[start + k]) return true;
      return false;
    };
    let from = 0;
    while (from < commands.length && !changed(from)) from++;
    let to = commands.length;
    while (to > from && !changed(to - 1)) to--;
    if (from === to) return;
    // Not the gap behind the last.
    const part = params.subarray(from * words, (to - 1) * words + paramsWords);
    this.#memory.write('uniforms', part, start * 4 + from * paramsStride);
    this.#sent.set(part, start + from * words);
  }
}
