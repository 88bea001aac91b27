// Kernels on a device: compiled once each, however many trainers use them, and bound to the buffers of a trainer.
import type { Gpu } from './gpu.js';
import { paramsWords, type KernelSource } from './wgsl/ids.js';

/** A compiled kernel. */
export interface Kernel {
  readonly name: string;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** Bytes from one dispatch's uniforms to the next one's, on every device. */
export const paramsStride = 256;

// Constants of the standard, which browsers have as globals and Node has not.
const compute = 4;

const compiled = new WeakMap<GPUDevice, Map<string, Promise<Kernel>>>();

/** Compiles a kernel, or gives the one that this device has already. */
export function compile(gpu: Gpu, source: KernelSource): Promise<Kernel> {
  const known = compiled.get(gpu.device) ?? new Map<string, Promise<Kernel>>();
  compiled.set(gpu.device, known);
  const before = known.get(source.name);
  if (before !== undefined) return before;
  const made = gpu.made(`the kernel ${source.name}`, () => make(gpu.device, source));
  known.set(source.name, made);
  return made;
}

async function make(device: GPUDevice, { name, code, buffers }: KernelSource): Promise<Kernel> {
  const layout = device.createBindGroupLayout({
    label: name,
    entries: [
      {
        binding: 0,
        visibility: compute,
        buffer: { type: 'uniform', hasDynamicOffset: true, minBindingSize: paramsWords * 4 },
      },
      ...buffers.map((access, i): GPUBindGroupLayoutEntry => ({
        binding: i + 1,
        visibility: compute,
        buffer: { type: access === 'read' ? 'read-only-storage' : 'storage' },
      })),
    ],
  });
  const pipeline = await device.createComputePipelineAsync({
    label: name,
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module: device.createShaderModule({ label: name, code }), entryPoint: 'main' },
  });
  return { name, pipeline, layout };
}

/** Binds a kernel to its uniforms and buffers. */
export function bind(
  { device }: Gpu,
  { name, layout }: Kernel,
  uniforms: GPUBuffer,
  buffers: readonly GPUBuffer[],
): GPUBindGroup {
  return device.createBindGroup({
    label: name,
    layout,
    entries: [
      { binding: 0, resource: { buffer: uniforms, size: paramsWords * 4 } },
      ...buffers.map((buffer, i) => ({ binding: i + 1, resource: { buffer } })),
    ],
  });
}
