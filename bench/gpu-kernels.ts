// What each kernel of a step takes, by the GPU's own clock. Reaches behind the package's entry, for a device with a clock: by address,
// so that it runs from a folder of built files too.
import type { Batch } from 'evos';
import type { PixelPool } from 'evos/image';
import { siren } from 'evos/engine';
import type * as GpuModule from '../dist/engine/webgpu/gpu.js';
import type * as TrainerModule from '../dist/engine/webgpu/trainer.js';

/** A kernel's line: of one step, all of its dispatches together. */
export interface KernelLine {
  readonly kernel: string;
  readonly milliseconds: number;
  /** Of all kernels' time. */
  readonly share: number;
  /** Where the kernel is a product. */
  readonly teraflops?: number;
}

/** A step's kernels, the longest first. */
export interface KernelTable {
  readonly name: string;
  readonly lines: readonly KernelLine[];
}

/** The network that is timed, and steps of which the mean is told. */
const network = { width: 256, depth: 3 } as const;
const steps = 10;

/** A module of the engine that the package does not give away. @param file from the engine's folder */
export const behindEntry = (file: string): Promise<unknown> =>
  import(new URL(`../engine/${file}`, import.meta.resolve('evos/engine')).href);

/** @returns tables; a sentence where the adapter has no clock */
export async function timeKernels(
  pool: PixelPool,
  kinds: readonly { readonly name: string; readonly count: number }[],
): Promise<readonly KernelTable[] | string> {
  const { Gpu } = (await behindEntry('webgpu/gpu.js')) as typeof GpuModule;
  const { WebGpuTrainer } = (await behindEntry('webgpu/trainer.js')) as typeof TrainerModule;
  const { create } = await import('webgpu');
  const gpu = await Gpu.open(create([]), undefined, true);
  const { clock } = gpu;
  if (clock === undefined) {
    gpu.close();
    return 'the adapter has no timestamp-query: kernels are not timed one by one';
  }
  const model = siren({ inputDim: 2, outputDim: 3, ...network });
  const source = { open: () => Promise.resolve(gpu), release: () => undefined };
  const trainer = new WebGpuTrainer({ model, adam: { learningRate: 1e-4 }, device: 'webgpu', pool }, source);
  try {
    const tables: KernelTable[] = [];
    for (const { name, count } of kinds) {
      const batch = batchOf(pool, count);
      const wants = count < pool.size ? (['errors'] as const) : [];
      // Compiles, and wakes the GPU.
      for (let i = 0; i < 3; i++) await trainer.step(batch, { wants });
      await clock.read();
      const sums = new Map<string, number>();
      for (let i = 0; i < steps; i++) {
        await trainer.step(batch, { wants });
        for (const { kernel, milliseconds } of await clock.read())
          sums.set(kernel, (sums.get(kernel) ?? 0) + milliseconds / steps);
      }
      tables.push({ name, lines: linesOf(sums, count) });
    }
    return tables;
  } finally {
    await trainer.dispose();
    gpu.close();
  }
}

/** The tables for people. */
export function kernelLines(tables: readonly KernelTable[]): string[] {
  return tables.flatMap(({ name, lines }) => {
    const width = Math.max(6, ...lines.map(({ kernel }) => kernel.length));
    const head = `${'kernel'.padEnd(width)}       ms   share  TFLOP/s`;
    return [
      `${name}, kernel by kernel:`,
      head,
      ...lines.map(({ kernel, milliseconds, share, teraflops }) =>
        [
          kernel.padEnd(width),
          milliseconds.toFixed(3).padStart(8),
          `${(100 * share).toFixed(1)} %`.padStart(7),
          (teraflops === undefined ? '–' : teraflops.toFixed(1)).padStart(8),
        ].join(' '),
      ),
    ];
  });
}

/** Multiply–adds of a sample in the dispatches of a kernel, by what its name begins with. */
function macsOf(kernel: string): number | undefined {
  const { width, depth } = network;
  const [inputs, outputs] = [2, 3];
  const hidden = depth * width ** 2;
  const macs: Readonly<Record<string, number>> = {
    forward: inputs * width + hidden,
    head: width * outputs,
    inputs: hidden + width * outputs,
    weights: hidden,
    narrow: (inputs + outputs) * width,
  };
  return macs[/^[a-z]+/.exec(kernel)?.[0] ?? ''];
}

/** Kernels and their mean times as lines. @param samples of a step */
export function linesOf(times: ReadonlyMap<string, number>, samples: number): KernelLine[] {
  const total = [...times.values()].reduce((sum, each) => sum + each, 0);
  return [...times]
    .sort(([, a], [, b]) => b - a)
    .map(([kernel, milliseconds]) => {
      const macs = macsOf(kernel);
      const line = { kernel, milliseconds, share: milliseconds / total };
      return macs === undefined ? line : { ...line, teraflops: (2 * macs * samples) / milliseconds / 1e9 };
    });
}

/** The products among a step's kernels: what they take, and what they would if all were as fast as the fastest of them. */
export function productsOf(lines: readonly KernelLine[]): {
  readonly milliseconds: number;
  /** Of all kernels' time. */
  readonly share: number;
  readonly floor: number;
} {
  const products = lines.flatMap(({ milliseconds, share, teraflops }) =>
    teraflops === undefined ? [] : [{ milliseconds, share, teraflops }],
  );
  const fastest = Math.max(...products.map(({ teraflops }) => teraflops));
  const sum = (of: (line: (typeof products)[number]) => number): number =>
    products.reduce((total, line) => total + of(line), 0);
  return {
    milliseconds: sum((line) => line.milliseconds),
    share: sum((line) => line.share),
    floor: sum((line) => line.milliseconds * line.teraflops) / fastest,
  };
}

function batchOf(pool: PixelPool, count: number): Batch {
  const stride = Math.floor(pool.size / count);
  const indices = Uint32Array.from({ length: count }, (_, i) => i * stride);
  const none = new Float32Array();
  return { indices, whole: count === pool.size, size: count, inputs: none, targets: none };
}
