// Which buffers a kernel works on, told to the device once for each kernel and set of them.
import type { Gpu } from './gpu.js';
import { bind, type Kernel } from './kernels.js';
import type { Memory } from './memory.js';

/** The bind groups over a memory's buffers; `clear` when those are others. */
export class BindGroups {
  readonly #gpu: Gpu;
  readonly #memory: Memory;
  readonly #known = new Map<string, GPUBindGroup>();

  constructor(gpu: Gpu, memory: Memory) {
    this.#gpu = gpu;
    this.#memory = memory;
  }

  /** A kernel's group over buffers by name, behind its uniforms. */
  of(kernel: Kernel, buffers: readonly string[]): GPUBindGroup {
    const key = `${kernel.name} ${buffers.join()}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const memory = this.#memory;
    const made = bind(
      this.#gpu,
      kernel,
      memory.get('uniforms'),
      buffers.map((name) => memory.get(name)),
    );
    this.#known.set(key, made);
    return made;
  }

  clear(): void {
    this.#known.clear();
  }
}
