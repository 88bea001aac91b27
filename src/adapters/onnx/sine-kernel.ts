// The kernel between the stages of a graph that was cut at its sines, and the memory both sides see: the kernel's
// own WebAssembly memory, which ONNX Runtime reads and writes through tensors, so nothing is copied.
import * as ort from 'onnxruntime-node';
import { createMemory, growTo, loadKernel } from './kernels.js';
import type { Extent, StagedModel } from './stages.js';
import type { Feeds } from './tensors.js';

/** The arrays of one run: where each stage writes, and what later stages read. */
export interface StageTensors {
  /** For each stage but the last, the tensors its arguments go to. */
  readonly fetches: readonly Feeds[];
  /** Sines and cosines by name. */
  readonly feeds: Feeds;
  /** Calls of the kernel after each stage. */
  readonly calls: readonly (readonly KernelCall[])[];
}

/** One use of the kernel: places in its memory. */
interface KernelCall {
  /** Of the argument, then the sine. */
  readonly sine: number;
  /** Undefined where nobody reads the cosine. */
  readonly cosine: number | undefined;
  readonly bytes: number;
  /** Where the argument is a product. */
  readonly bias: Bias | undefined;
}

interface Bias {
  readonly place: number;
  readonly rowBytes: number;
  /** View of the kernel's memory at `place`. */
  readonly values: Float32Array;
  readonly input: string | undefined;
  readonly scale: number;
}

/** Arrays begin at cache lines. */
const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** One worker's kernel; its memory grows to the largest run and is used by one run at a time. */
export class SineKernel {
  readonly #memory = createMemory();
  readonly #kernel = loadKernel('sine', this.#memory);
  #generation = 0;

  /** Counts up when the memory has grown: tensors made before are then of no use. */
  get generation(): number {
    return this.#generation;
  }

  /** Lays out the arrays of a run whose inputs have these sizes. */
  layOut(model: StagedModel, feeds: Feeds): StageTensors {
    const sizeOf = (extent: Extent): number =>
      typeof extent === 'number' ? extent : (feeds[extent.input]?.dims[extent.axis] ?? 0);
    let top = 0;
    const plans = model.map(({ cuts }) =>
      cuts.map((cut) => {
        const dims = cut.shape.map(sizeOf);
        const count = dims.reduce((product, extent) => product * extent, 1);
        // Sixteen bytes at a time: the kernel may run over the end, never into the next array.
        const bytes = Math.ceil(count / 4) * 16;
        const sine = top;
        top += align(bytes);
        const cosine = cut.cosine === undefined ? undefined : top;
        if (cosine !== undefined) top += align(bytes);
        const bias = top;
        const width = dims.at(-1) ?? 0;
        if (cut.product !== undefined) top += align(4 * width);
        return { cut, dims, count, bytes, sine, cosine, bias, width };
      }),
    );
    if (growTo(this.#memory, top)) this.#generation++;
    const tensor = (offset: number, count: number, dims: readonly number[]): ort.Tensor =>
      new ort.Tensor('float32', new Float32Array(this.#memory.buffer, offset, count), dims);
    const read: Feeds = {};
    const fetches = plans.map((plan) => {
      const written: Feeds = {};
      for (const { cut, dims, count, sine, cosine } of plan) {
        // The sine takes its argument's place.
        const inPlace = tensor(sine, count, dims);
        written[cut.argument] = inPlace;
        read[cut.sine] = inPlace;
        if (cut.cosine !== undefined && cosine !== undefined) read[cut.cosine] = tensor(cosine, count, dims);
      }
      return written;
    });
    const calls = plans.map((plan) =>
      plan.map(({ cut: { product }, sine, cosine, bytes, bias: place, width }): KernelCall => {
        if (product === undefined) return { sine, cosine, bytes, bias: undefined };
        const values = new Float32Array(this.#memory.buffer, place, width);
        const { bias: input, scale } = product;
        return { sine, cosine, bytes, bias: { place, rowBytes: 4 * width, values, input, scale } };
      }),
    );
    return { fetches, feeds: read, calls };
  }

  /** Turns a stage's arguments into sines and cosines. */
  run(calls: readonly KernelCall[], feeds: Feeds): void {
    const kernel = this.#kernel;
    for (const { sine, cosine, bytes, bias } of calls) {
      if (bias === undefined) {
        if (cosine === undefined) kernel.sineRadians(sine, sine, bytes);
        else kernel.sineCosineRadians(sine, sine, cosine, bytes);
        continue;
      }
      const { place, rowBytes, values, input, scale } = bias;
      // Other layouts use the same memory, so zeros do not last.
      if (input === undefined) values.fill(0);
      else {
        const given = feeds[input]?.data as Float32Array;
        for (let i = 0; i < values.length; i++) values[i] = scale * (given[i] as number);
      }
      if (cosine === undefined) kernel.sine(sine, place, rowBytes, sine, bytes);
      else kernel.sineCosine(sine, place, rowBytes, sine, cosine, bytes);
    }
  }
}
