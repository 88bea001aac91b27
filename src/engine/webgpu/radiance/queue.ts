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

  /**
   * Runs commands, and reads what they leave at the beginning of `out`.
   * @param count numbers that come back; 0: nothing is waited for
   * @param take is handed them, and must not keep them
   */
  async run(
    commands: readonly FieldCommand[],
    count: number,
    take: (found: Float32Array) => void = () => undefined,
  ): Promise<void> {
    const memory = this.#memory;
    const { device } = this.#gpu;
    const bytes = count * 4;
    const size = commands.length * paramsStride;
    if (this.#params.length < size) this.#params = new Uint8Array(size);
    await memory.reserve('uniforms', this.#params.length, 'params');
    await memory.reserve('found', bytes, 'read');
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
    if (count > 0) encoder.copyBufferToBuffer(memory.get('out'), 0, memory.get('found'), 0, bytes);
    device.queue.submit([encoder.finish()]);
    if (count > 0) await memory.mapped('found', bytes, take);
  }
}
