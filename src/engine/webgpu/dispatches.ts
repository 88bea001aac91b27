// Dispatches as they are written for the device: in one pass, or, where each is to be timed, in passes of their own.
import type { Command } from './commands.js';
import { paramsStride } from './kernels.js';
import type { KernelClock } from './kernel-clock.js';

/** One dispatch on the device. */
export interface Dispatch {
  readonly name: string;
  readonly pipeline: GPUComputePipeline;
  readonly bound: GPUBindGroup;
  readonly groups: Command['groups'];
}

/** Writes dispatches behind one another. @param start byte of the first one's uniforms */
export function writeDispatches(
  encoder: GPUCommandEncoder,
  dispatches: readonly Dispatch[],
  start: number,
  clock: KernelClock | undefined,
): void {
  let pass: GPUComputePassEncoder | undefined;
  let before: GPUComputePipeline | undefined;
  dispatches.forEach(({ name, pipeline, bound, groups }, i) => {
    if (clock !== undefined) {
      pass?.end();
      pass = before = undefined;
    }
    pass ??= encoder.beginComputePass(clock?.timed(name));
    if (pipeline !== before) pass.setPipeline(pipeline);
    before = pipeline;
    pass.setBindGroup(0, bound, [start + i * paramsStride]);
    pass.dispatchWorkgroups(groups[0], groups[1], groups[2]);
  });
  pass?.end();
}
