// The average of a network's weights on the device, in buffers of its own, which change places with the weights' where those are to be
// predicted with.
import type { Averaging } from '../training/averaging.js';
import { groupsOf } from './commands.js';
import { writeDispatches } from './dispatches.js';
import type { Gpu } from './gpu.js';
import { bind, compile, paramsStride } from './kernels.js';
import { tableNumbers, type NetworkLayout } from './layout.js';
import type { Memory } from './memory.js';
import { tableOf, type StateName } from './state.js';
import { averageKernel } from './wgsl/average.js';
import { writeParams, type Writing } from './wgsl/ids.js';

/** The uniforms of its kernel. */
const uniforms = 'uniforms of the average';

/** What an average is made from. */
export interface AverageSetup {
  readonly network: NetworkLayout;
  readonly writing: Writing;
  readonly averaging: Averaging;
  /** Sends steps that are held back: it moves behind them. */
  readonly before?: () => void;
}

/** The average of the weights, where there is to be one. */
export class DeviceAverage {
  readonly #gpu: Gpu;
  readonly #memory: Memory;
  readonly #setup: AverageSetup;
  /** The weights' buffers, the average's, and how many numbers they have. */
  readonly #parts: readonly (readonly [weights: string, average: string, count: number])[];
  readonly #params: Uint8Array;
  #shown = false;

  constructor(gpu: Gpu, memory: Memory, setup: AverageSetup) {
    this.#gpu = gpu;
    this.#memory = memory;
    this.#setup = setup;
    const { total, grid } = setup.network;
    const tables = [tableOf('weights'), tableOf('average'), tableNumbers(grid)] as const;
    this.#parts = [['weights', 'average', total], ...(grid === undefined ? [] : [tables])];
    this.#params = new Uint8Array(this.#parts.length * paramsStride);
  }

  /** Makes the buffers. */
  async reserve(): Promise<void> {
    if (!this.#setup.averaging.wanted) return;
    for (const [, average, count] of this.#parts) await this.#memory.reserve(average, count * 4);
    await this.#memory.reserve(uniforms, this.#params.length, 'params');
  }

  /** The average's name, as far as there is one. */
  get names(): readonly StateName[] {
    return this.#setup.averaging.started ? ['average'] : [];
  }

  /** Moves it, where that is due, towards the weights as the steps sent so far leave them. @param step the last one, counted from 1 */
  async after(step: number): Promise<void> {
    const { averaging, writing, before } = this.#setup;
    const rate = averaging.after(step);
    if (rate === undefined) return;
    before?.();
    const [gpu, memory] = [this.#gpu, this.#memory];
    const kernel = await compile(gpu, averageKernel(writing));
    const view = new DataView(this.#params.buffer);
    const dispatches = this.#parts.map(([weights, average, total], i) => {
      writeParams(view, i * paramsStride, { total, factors: [rate] });
      const bound = bind(gpu, kernel, memory.get(uniforms), [memory.get(weights), memory.get(average)]);
      return { name: kernel.name, pipeline: kernel.pipeline, bound, groups: groupsOf(total) };
    });
    memory.write(uniforms, this.#params);
    const encoder = gpu.device.createCommandEncoder();
    writeDispatches(encoder, dispatches, 0, gpu.clock);
    gpu.device.queue.submit([encoder.finish()]);
  }

  /** Has kernels that come from now on go by it, as far as there is one, or by the weights again. */
  show(average: boolean): void {
    const shown = average && this.#setup.averaging.started;
    if (shown === this.#shown) return;
    for (const [weights, other] of this.#parts) this.#memory.exchange(weights, other);
    this.#shown = shown;
  }
}
