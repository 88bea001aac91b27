// The kernel between the stages of a graph that was cut at its sines, and the memory both sides see: the kernel's
// own WebAssembly memory, which ONNX Runtime reads and writes through tensors, so nothing is copied.
import * as ort from 'onnxruntime-node';
import { createMemory, growTo, loadKernel } from './load.js';
import { mostLayerInputs, type Extent, type LayerArgument, type StagedModel } from '../staged-model.js';
import type { Feeds } from '../tensors.js';

/** The arrays of one run: where each stage writes, and what later stages read. */
export interface StageTensors {
  /** For each stage but the last, the tensors that its arguments go to and what is kept of it. */
  readonly fetches: readonly Feeds[];
  /** Sines, cosines and what is kept, by name. */
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
  /** Where the product is the kernel's, too. */
  readonly layer: Layer | undefined;
}

/** Samples and weights of a layer that the kernel computes: places in its memory, and views of them. */
interface Layer {
  readonly argument: LayerArgument;
  readonly points: number;
  /** `[n, mostLayerInputs]` */
  readonly pointValues: Float32Array;
  readonly weights: number;
  /** `[mostLayerInputs, width]` */
  readonly weightValues: Float32Array;
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
    const countOf = (dims: readonly number[]): number =>
      dims.reduce((product, extent) => product * extent, 1);
    const plans = model.map(({ cuts }) =>
      cuts.map((cut) => {
        const dims = cut.shape.map(sizeOf);
        const count = countOf(dims);
        // Sixteen bytes at a time: the kernel may run over the end, never into the next array.
        const bytes = Math.ceil(count / 4) * 16;
        const sine = top;
        top += align(bytes);
        const cosine = cut.cosine === undefined ? undefined : top;
        if (cosine !== undefined) top += align(bytes);
        const bias = top;
        const width = dims.at(-1) ?? 0;
        if (cut.product !== undefined) top += align(4 * width);
        const isLayer = cut.product?.layer !== undefined;
        const weights = top;
        if (isLayer) top += align(4 * mostLayerInputs * width);
        const points = top;
        if (isLayer) top += align((4 * mostLayerInputs * count) / width);
        return { cut, dims, count, bytes, sine, cosine, bias, width, weights, points };
      }),
    );
    const kept = model.map((stage) =>
      (stage.kept ?? []).map(({ name, shape }) => {
        const dims = shape.map(sizeOf);
        const place = top;
        top += align(4 * countOf(dims));
        return { name, dims, place };
      }),
    );
    if (growTo(this.#memory, top)) this.#generation++;
    const tensor = (offset: number, count: number, dims: readonly number[]): ort.Tensor =>
      new ort.Tensor('float32', new Float32Array(this.#memory.buffer, offset, count), dims);
    const read: Feeds = {};
    const fetches = plans.map((plan, stage) => {
      const written: Feeds = {};
      for (const { name, dims, place } of kept[stage] ?? []) {
        written[name] = read[name] = tensor(place, countOf(dims), dims);
      }
      for (const { cut, dims, count, sine, cosine } of plan) {
        // The sine takes its argument's place.
        const inPlace = tensor(sine, count, dims);
        if (cut.product?.layer === undefined) written[cut.argument] = inPlace;
        read[cut.sine] = inPlace;
        if (cut.cosine !== undefined && cosine !== undefined) read[cut.cosine] = tensor(cosine, count, dims);
      }
      return written;
    });
    const calls = plans.map((plan) =>
      plan.map(
        ({ cut: { product }, sine, cosine, bytes, bias: place, width, count, ...plan }): KernelCall => {
          if (product === undefined) return { sine, cosine, bytes, bias: undefined, layer: undefined };
          const view = (at: number, length: number): Float32Array =>
            new Float32Array(this.#memory.buffer, at, length);
          const { bias: input, scale, layer: argument } = product;
          const { points, weights } = plan;
          return {
            ...{ sine, cosine, bytes },
            bias: { place, rowBytes: 4 * width, values: view(place, width), input, scale },
            layer: argument && {
              ...{ argument, points, weights },
              pointValues: view(points, (mostLayerInputs * count) / width),
              weightValues: view(weights, mostLayerInputs * width),
            },
          };
        },
      ),
    );
    return { fetches, feeds: read, calls };
  }

  /** Turns a stage's arguments into sines and cosines. */
  run(calls: readonly KernelCall[], feeds: Feeds): void {
    const kernel = this.#kernel;
    for (const { sine, cosine, bytes, bias, layer } of calls) {
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
      if (layer !== undefined) {
        const { points, weights } = layer;
        fill(layer, feeds);
        if (cosine === undefined) kernel.sineLayer(points, weights, place, rowBytes, sine, bytes);
        else kernel.sineCosineLayer(points, weights, place, rowBytes, sine, cosine, bytes);
      } else if (cosine === undefined) kernel.sine(sine, place, rowBytes, sine, bytes);
      else kernel.sineCosine(sine, place, rowBytes, sine, cosine, bytes);
    }
  }
}

/** Brings samples and weights into the kernel's memory, with zeros in place of inputs that are not there. */
function fill({ argument, pointValues, weightValues }: Layer, feeds: Feeds): void {
  const { inputs, transposed, scale } = argument;
  const samples = feeds[argument.points]?.data as Float32Array;
  const given = feeds[argument.weights]?.data as Float32Array;
  for (let to = 0, from = 0; to < pointValues.length; to += mostLayerInputs, from += inputs) {
    for (let i = 0; i < mostLayerInputs; i++)
      pointValues[to + i] = i < inputs ? (samples[from + i] as number) : 0;
  }
  const width = weightValues.length / mostLayerInputs;
  for (let i = 0; i < mostLayerInputs; i++) {
    for (let j = 0; j < width; j++) {
      const from = transposed ? j * inputs + i : i * width + j;
      weightValues[i * width + j] = i < inputs ? scale * (given[from] as number) : 0;
    }
  }
}
