// One device for all trainers that are open at once, so that they share its compiled kernels; none when they are closed.
import type { Gpu } from './gpu.js';
import type { GpuSource } from './trainer.js';

/** Opens a device for the first trainer, and destroys it with the last. */
export function shareGpu(open: () => Promise<Gpu>): GpuSource {
  let shared: Promise<Gpu> | undefined;
  let users = 0;
  return {
    async open() {
      users++;
      shared ??= open();
      try {
        return await shared;
      } catch (cause) {
        users--;
        shared = undefined;
        throw cause;
      }
    },
    release(gpu) {
      users--;
      if (users > 0) return;
      shared = undefined;
      gpu.close();
    },
  };
}
