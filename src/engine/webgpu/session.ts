// A network on a device: its weights and buffers, and how commands become submits. Nothing is read back but what was asked for.
import type { Batch } from '../../core/index.js';
import type { ModelDefinition } from '../models/index.js';
import {
  adamCommand,
  backwardCommands,
  forwardCommands,
  type Command,
  type CommandSetup,
} from './commands.js';
import type { Gpu } from './gpu.js';
import { bind, compile, paramsStride, type Kernel } from './kernels.js';
import { fromDevice, layerTable, toDevice, turnedForDevice } from './layout.js';
import { Memory } from './memory.js';
import { bindingBytes, planStep, type MicroBatch, type StepPlan } from './plan.js';
import { paramsWords, writeParams } from './wgsl/ids.js';

/** What is read of each sample. */
export interface Wanted {
  readonly errors: boolean;
  readonly absolute: boolean;
  readonly predictions: boolean;
}

/** A pass over the network, for everything of a batch. */
export interface Task {
  readonly size: number;
  readonly wanted: Wanted;
  /** What the samples are; their arrays are sent where the pool is not on the device. */
  readonly batch: Pick<Batch, 'whole' | 'inputs' | 'targets' | 'weights'> & {
    readonly indices?: Uint32Array;
  };
  readonly resident: boolean;
  /** Only predictions, without targets. */
  readonly predicts?: boolean;
  /** Adam's numbers, where the weights are to be updated. */
  readonly update?: readonly number[];
}

/** What a task found; arrays hold `size` samples and are written by it. */
export interface Found {
  loss: number;
  readonly errors: Float32Array;
  readonly absolute: Float32Array;
  readonly predictions: Float32Array;
}

/** Milliseconds of work in a submit: a driver ends what takes seconds, and a screen waits for what takes long. */
const submitMilliseconds = 100;

/** Most samples in a submit, so that what comes back of them fits a binding. */
const submitSamples = 2 ** 20;

/** Weights and moments, in the model's own order. */
export type StateName = 'weights' | 'm' | 'v';

/** Numbers of a workgroup of the last layer's kernel. */
const lossGroup = 64;

/** A network's life on a device. */
export class Session {
  readonly #gpu: Gpu;
  readonly #memory: Memory;
  readonly #setup: CommandSetup;
  readonly #model: ModelDefinition;
  readonly #microBatch: number;
  readonly #kernels = new Map<string, Kernel>();
  readonly #bound = new Map<string, GPUBindGroup>();
  #generation = -1;
  /** What the uniforms' buffer holds. */
  #sent = new Uint32Array();
  /** How long a pass took when it was last waited for. */
  #passMilliseconds: number | undefined;

  private constructor(gpu: Gpu, setup: CommandSetup, model: ModelDefinition, microBatch: number) {
    this.#gpu = gpu;
    this.#memory = new Memory(gpu);
    this.#setup = setup;
    this.#model = model;
    this.#microBatch = microBatch;
  }

  /** Puts a network on the device; its weights come with `restore`. */
  static async open(
    gpu: Gpu,
    setup: CommandSetup,
    model: ModelDefinition,
    microBatch: number,
  ): Promise<Session> {
    const session = new Session(gpu, setup, model, microBatch);
    const memory = session.#memory;
    const table = layerTable(setup.network);
    const bytes = setup.network.total * 4;
    for (const name of ['weights', 'turned', 'm', 'v']) await memory.reserve(name, bytes);
    await memory.reserve('table', table.byteLength);
    for (const name of ['points', 'targets', 'sent points', 'sent targets', 'indices', 'weightings'])
      await memory.reserve(name, 16);
    memory.write('table', table);
    return session;
  }

  /** Keeps a pool's samples on the device. */
  async keep({
    inputs,
    targets,
  }: {
    readonly inputs: Float32Array;
    readonly targets: Float32Array;
  }): Promise<void> {
    await this.#memory.reserve('points', inputs.byteLength);
    await this.#memory.reserve('targets', targets.byteLength);
    this.#memory.write('points', inputs);
    this.#memory.write('targets', targets);
  }

  /** Carries a task out. */
  async run(task: Task, found: Found): Promise<void> {
    const { size } = task;
    const plan = planStep(size, this.#microBatch, this.#setup.network.total * 4);
    await this.#reserveLayers(plan, task.update !== undefined);
    found.loss = 0;
    for (let pass = 0; pass < plan.passes.length;) {
      const next = Math.min(plan.passes.length, pass + this.#passesPerSubmit(plan));
      await this.#submit(task, plan, pass, next, found);
      pass = next;
    }
  }

  /** Copies of weights and moments. */
  async read(names: readonly StateName[]): Promise<Float32Array[]> {
    const { network } = this.#setup;
    const numbers = await this.#memory.read(names, network.total);
    return numbers.map((values) => fromDevice(network, values));
  }

  /** Takes weights and moments over. */
  restore(state: Readonly<Record<StateName, Float32Array>>): void {
    const { network } = this.#setup;
    for (const name of ['weights', 'm', 'v'] as const)
      this.#memory.write(name, toDevice(network, state[name]));
    this.#memory.write('turned', turnedForDevice(network, state.weights));
  }

  dispose(): void {
    this.#memory.dispose();
  }

  #passesPerSubmit({ passes }: StepPlan): number {
    const rows = passes[0]?.rows ?? 1;
    const most = Math.max(1, Math.floor(Math.min(submitSamples, bindingBytes / (4 * this.#widest())) / rows));
    const milliseconds = this.#passMilliseconds;
    // Until a pass has been waited for nobody knows how long one takes here.
    return milliseconds === undefined
      ? 1
      : Math.min(most, Math.max(1, Math.floor(submitMilliseconds / milliseconds)));
  }

  /** Most numbers of a sample that are sent or come back in one array. */
  #widest(): number {
    const { inputDim, outputDim } = this.#model;
    return inputDim + outputDim + 3;
  }

  /** Passes `from` to before `to` of a task: sends what they read, runs them, and waits for what they found. */
  async #submit(task: Task, plan: StepPlan, from: number, to: number, found: Found): Promise<void> {
    const passes = plan.passes.slice(from, to);
    const first = passes[0]?.first ?? 0;
    const size = passes.reduce((sum, { rows }) => sum + rows, 0);
    await this.#send(task, first, size);
    const groups = passes.map(({ rows }) => Math.ceil(rows / lossGroup));
    const parts = groups.reduce((sum, count) => sum + count, 0);
    const places = placesOf(parts, size, this.#model.outputDim, task.wanted);
    const commands = this.#commandsOf(task, plan, { passes, from, groups, places });
    if (task.update !== undefined && to === plan.passes.length) {
      commands.push(adamCommand(this.#setup, plan.slices, task.update));
    }
    const bytes = places.total * 4;
    await this.#memory.reserve('out', bytes);
    await this.#memory.reserve('found', bytes, 'read');
    const start = performance.now();
    await this.#encode(commands, bytes);
    await this.#memory.mapped('found', bytes, (numbers) => {
      for (const loss of numbers.subarray(0, parts)) found.loss += loss;
      const { outputDim } = this.#model;
      const take = (name: keyof Wanted, width: number): void => {
        const at = places[name];
        if (at !== undefined) found[name].set(numbers.subarray(at, at + size * width), first * width);
      };
      take('errors', 1);
      take('absolute', 1);
      take('predictions', outputDim);
    });
    this.#passMilliseconds = Math.max(0.01, (performance.now() - start) / passes.length);
  }

  /** Sends what names or makes up samples `first` to before `first + size` of a batch. */
  async #send({ batch, resident }: Task, first: number, size: number): Promise<void> {
    const memory = this.#memory;
    const send = async (name: string, all: Float32Array | Uint32Array, width: number): Promise<void> => {
      const part = all.subarray(first * width, (first + size) * width);
      await memory.reserve(name, part.byteLength);
      memory.write(name, part);
    };
    if (batch.weights !== undefined) await send('weightings', batch.weights, 1);
    if (!resident) {
      await send('sent points', batch.inputs, this.#model.inputDim);
      await send('sent targets', batch.targets, this.#model.outputDim);
    } else if (batch.indices !== undefined) await send('indices', batch.indices, 1);
  }

  #commandsOf(
    task: Task,
    plan: StepPlan,
    submit: {
      readonly passes: readonly MicroBatch[];
      readonly from: number;
      readonly groups: readonly number[];
      readonly places: Places;
    },
  ): Command[] {
    const { passes, groups, places } = submit;
    const { batch, resident, predicts = false, update } = task;
    const start = passes[0]?.first ?? 0;
    const { outputDim } = this.#model;
    const inOrder = !resident || batch.whole;
    let group = 0;
    return passes.flatMap(({ first, rows }, i): Command[] => {
      const row = first - start;
      const place = (name: keyof Wanted, width: number) =>
        places[name] === undefined ? {} : { [name]: places[name] + row * width };
      const pass = {
        ...{ rows, first: row, tile: plan.tile, resident, predicts },
        from: inOrder ? (resident ? first : row) : undefined,
        weighted: batch.weights !== undefined,
        scale: 1 / (task.size * outputDim),
        places: {
          loss: group,
          ...place('errors', 1),
          ...place('absolute', 1),
          ...place('predictions', outputDim),
        },
        gradient: update !== undefined,
      };
      group += groups[i] ?? 0;
      const forward = forwardCommands(this.#setup, pass);
      if (update === undefined) return forward;
      return [...forward, ...backwardCommands(this.#setup, pass, plan, submit.from + i > 0)];
    });
  }

  /** Makes sure of the buffers between layers. */
  async #reserveLayers({ passes, slices }: StepPlan, gradients: boolean): Promise<void> {
    const memory = this.#memory;
    const { layers, total } = this.#setup.network;
    const rows = Math.max(...passes.map((pass) => pass.rows));
    const bytes = (width: number): number => rows * width * 4;
    const hidden = layers.slice(0, -1).map(({ outer }) => outer);
    await memory.reserve('inputs', bytes(layers[0]?.inner ?? 0));
    for (const [i, width] of hidden.entries()) await memory.reserve(`result${i}`, bytes(width));
    // Every pass has a buffer for the gradient by the answer, though only steps write it.
    await memory.reserve('gradient', gradients ? bytes(layers.at(-1)?.outer ?? 0) : 16);
    if (!gradients) return;
    for (const side of [0, 1]) await memory.reserve(`gradient${side}`, bytes(Math.max(16, ...hidden)));
    await memory.reserve('sums', slices * total * 4);
  }

  /** Sends the uniforms that have changed, and the commands; then what was found is copied to where it can be read. */
  async #encode(commands: readonly Command[], bytes: number): Promise<void> {
    const memory = this.#memory;
    await this.#sendParams(commands);
    for (const { kernel } of commands) {
      if (!this.#kernels.has(kernel.name)) this.#kernels.set(kernel.name, await compile(this.#gpu, kernel));
    }
    if (this.#generation !== memory.generation) this.#bound.clear();
    this.#generation = memory.generation;
    const { device } = this.#gpu;
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    commands.forEach((command, i) => {
      const kernel = this.#kernels.get(command.kernel.name);
      if (kernel === undefined) return;
      pass.setPipeline(kernel.pipeline);
      pass.setBindGroup(0, this.#bind(kernel, command), [i * paramsStride]);
      pass.dispatchWorkgroups(...command.groups);
    });
    pass.end();
    encoder.copyBufferToBuffer(memory.get('out'), 0, memory.get('found'), 0, bytes);
    device.queue.submit([encoder.finish()]);
  }

  #bind(kernel: Kernel, { buffers }: Command): GPUBindGroup {
    const key = `${kernel.name} ${buffers.join()}`;
    const known = this.#bound.get(key);
    if (known !== undefined) return known;
    const memory = this.#memory;
    const made = bind(
      this.#gpu,
      kernel,
      memory.get('uniforms'),
      buffers.map((name) => memory.get(name)),
    );
    this.#bound.set(key, made);
    return made;
  }

  async #sendParams(commands: readonly Command[]): Promise<void> {
    const memory = this.#memory;
    const words = paramsStride / 4;
    if (this.#sent.length < commands.length * words) {
      await memory.reserve('uniforms', commands.length * paramsStride, 'uniform');
      // Nothing was sent to the new buffer: no number equals these.
      this.#sent = new Uint32Array(commands.length * words).fill(0xffffffff);
    }
    const fresh = new Uint32Array(commands.length * words);
    const view = new DataView(fresh.buffer);
    commands.forEach(({ params }, i) => writeParams(view, i * paramsStride, params));
    const changed = (i: number): boolean => {
      for (let k = i * words; k < i * words + paramsWords; k++) if (fresh[k] !== this.#sent[k]) return true;
      return false;
    };
    let from = 0;
    while (from < commands.length && !changed(from)) from++;
    let to = commands.length;
    while (to > from && !changed(to - 1)) to--;
    if (from === to) return;
    // Not the gap behind the last.
    const part = fresh.subarray(from * words, (to - 1) * words + paramsWords);
    memory.write('uniforms', part, from * paramsStride);
    this.#sent.set(part, from * words);
  }
}

/** Where what was found begins in the buffer that comes back, in numbers. */
interface Places {
  readonly errors: number | undefined;
  readonly absolute: number | undefined;
  readonly predictions: number | undefined;
  readonly total: number;
}

function placesOf(parts: number, size: number, outputDim: number, wanted: Wanted): Places {
  let total = parts;
  const next = (there: boolean, width: number): number | undefined => {
    if (!there) return undefined;
    const at = total;
    total += size * width;
    return at;
  };
  const errors = next(wanted.errors, 1);
  const absolute = next(wanted.absolute, 1);
  const predictions = next(wanted.predictions, outputDim);
  return { errors, absolute, predictions, total };
}
