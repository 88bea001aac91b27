// Commands become a submit: their kernels compiled, their buffers bound, their uniforms sent. Passes over rays have other sizes
// every time, so that commands are written anew for each.
import type { Gpu } from '../gpu.js';
import { BindGroups } from '../bind-groups.js';
import { compile, paramsStride, type Kernel } from '../kernels.js';
import type { Memory } from '../memory.js';
import { writeParams } from '../wgsl/ids.js';
import type { FieldCommand } from './commands.js';

/** Commands that are sent together at first; more make room for more. */
const usual = 32;

/** Numbers that come back: so many of a buffer, from one on. */
export interface Wanted {
  readonly buffer: string;
  readonly first: number;
  readonly count: number;
}

/** How many numbers these are. */
export const numbersOf = (wanted: readonly Wanted[]): number =>
  wanted.reduce((sum, { count }) => sum + count, 0);

/** Sends commands to a device. */
export class CommandQueue {
  readonly #gpu: Gpu;
  readonly #memory: Memory;
  readonly #kernels = new Map<string, Kernel>();
  readonly #bound: BindGroups;
  #params = new Uint8Array(usual * paramsStride);
  #generation = -1;

  constructor(gpu: Gpu, memory: Memory) {
    this.#gpu = gpu;
    this.#memory = memory;
    this.#bound = new BindGroups(gpu, memory);
  }

  /** Makes room for so many numbers that come back of one submit or of several. */
  async expect(count: number): Promise<void> {
    await this.#memory.reserve('found', 4 * count, 'read');
  }

  /**
   * Sends commands, and has what they leave put aside.
   * @param wanted of that what is to come back
   * @param at where it goes: there must be room, see `expect`
   */
  async send(commands: readonly FieldCommand[], wanted: readonly Wanted[], at = 0): Promise<void> {
    const memory = this.#memory;
    const { device } = this.#gpu;
    const size = commands.length * paramsStride;
    if (this.#params.length < size) this.#params = new Uint8Array(size);
    await memory.reserve('uniforms', this.#params.length, 'params');
    for (const { kernel } of commands) {
      if (!this.#kernels.has(kernel.name)) this.#kernels.set(kernel.name, await compile(this.#gpu, kernel));
    }
    const view = new DataView(this.#params.buffer);
    commands.forEach(({ params }, i) => writeParams(view, i * paramsStride, params));
    memory.write('uniforms', this.#params.subarray(0, size));
    if (this.#generation !== memory.generation) this.#bound.clear();
    this.#generation = memory.generation;
    const encoder = device.createCommandEncoder();
    let pass = encoder.beginComputePass();
    // Where samples are drawn first, the kernels behind that are told on the device how many there are.
    const counted = commands.findIndex((command) => command.counted);
    commands.forEach((command, i) => {
      const kernel = this.#kernels.get(command.kernel.name);
      if (kernel === undefined) return;
      if (i === counted) {
        pass.end();
        commands.forEach((of, k) => {
          if (of.counted) {
            encoder.copyBufferToBuffer(memory.get('count'), 0, memory.get('uniforms'), k * paramsStride, 4);
          }
        });
        pass = encoder.beginComputePass();
      }
      pass.setPipeline(kernel.pipeline);
      pass.setBindGroup(0, this.#bound.of(kernel, command.buffers), [i * paramsStride]);
      pass.dispatchWorkgroups(command.groups[0], command.groups[1], command.groups[2]);
    });
    pass.end();
    let to = 4 * at;
    for (const { buffer, first, count } of wanted) {
      encoder.copyBufferToBuffer(memory.get(buffer), 4 * first, memory.get('found'), to, 4 * count);
      to += 4 * count;
    }
    device.queue.submit([encoder.finish()]);
  }

  /** Waits for what was put aside: so many numbers. @param take is handed them, and must not keep them @returns what that gives */
  take<Of>(count: number, take: (found: Float32Array) => Of): Promise<Of> {
    return this.#memory.mapped('found', 4 * count, take);
  }
}
