// Where a network's numbers lie on the device: widths padded to 16 with zeros, so that one kernel does for all of them.
import type { DenseActivation, DenseChain } from '../models/dense-chain.js';
import type { ModelDefinition } from '../models/index.js';
import { tableWords } from './wgsl/adam.js';

/** A layer on the device. Its block is [inner, outer] weights, as they are read forward, then [outer] biases. */
export interface PaddedLayer {
  readonly fanIn: number;
  readonly fanOut: number;
  readonly activation: DenseActivation;
  /** `fanIn` and `fanOut`, padded. */
  readonly inner: number;
  readonly outer: number;
  /** Where its block begins. */
  readonly block: number;
  /** Where its weights and its bias begin in the model's own order. */
  readonly weights: number;
  readonly bias: number;
}

/** A network on the device. */
export interface NetworkLayout {
  readonly layers: readonly PaddedLayer[];
  /** Numbers in all blocks. */
  readonly total: number;
  /** Numbers in the model's own order. */
  readonly count: number;
}

/** The next multiple of 16. */
export const padded = (width: number): number => Math.ceil(width / 16) * 16;

/** Lays a network out. */
export function layOutNetwork(chain: DenseChain): NetworkLayout {
  let total = 0;
  let count = 0;
  const layers = chain.map(({ fanIn, fanOut, activation }): PaddedLayer => {
    const [inner, outer] = [padded(fanIn), padded(fanOut)];
    const layer = { fanIn, fanOut, activation, inner, outer, block: total, weights: count };
    total += (inner + 1) * outer;
    count += (fanIn + 1) * fanOut;
    return { ...layer, bias: layer.weights + fanIn * fanOut };
  });
  return { layers, total, count };
}

/** The chain of a model, where it is one that fits the model's parameters. */
export function chainOf({ dense, parameters, inputDim, outputDim }: ModelDefinition): DenseChain | undefined {
  if (dense === undefined || parameters.length !== 2 * dense.length) return undefined;
  const fits = dense.every(({ fanIn, fanOut }, i) => {
    const before = i === 0 ? inputDim : dense[i - 1]?.fanOut;
    const counts = [parameters[2 * i]?.count, parameters[2 * i + 1]?.count];
    return fanIn === before && counts[0] === fanIn * fanOut && counts[1] === fanOut;
  });
  const last = dense.at(-1);
  return fits && last?.fanOut === outputDim && last.activation.name === 'identity' ? dense : undefined;
}

/** Weights as the device has them, out of the model's own order. */
export function toDevice({ layers, total }: NetworkLayout, flat: Float32Array): Float32Array {
  const out = new Float32Array(total);
  for (const layer of layers) {
    each(layer, (own, there) => {
      out[there] = flat[own] ?? 0;
    });
  }
  return out;
}

/** Weights in the model's own order, which is also that of the turned ones. */
export function fromDevice({ layers, count }: NetworkLayout, device: Float32Array): Float32Array {
  const out = new Float32Array(count);
  for (const layer of layers) {
    each(layer, (own, there) => {
      out[own] = device[there] ?? 0;
    });
  }
  return out;
}

/** Turned weights, [outer, inner] in each block, out of the model's own order. */
export function turnedForDevice({ layers, total }: NetworkLayout, flat: Float32Array): Float32Array {
  const out = new Float32Array(total);
  for (const { fanIn, fanOut, inner, block, weights } of layers) {
    for (let row = 0; row < fanOut; row++) {
      const from = weights + row * fanIn;
      out.set(flat.subarray(from, from + fanIn), block + row * inner);
    }
  }
  return out;
}

/** What Adam's kernel knows of the layers. */
export function layerTable({ layers }: NetworkLayout): Uint32Array {
  const table = new Uint32Array(layers.length * tableWords);
  layers.forEach(({ block, inner, outer, fanIn, fanOut }, i) =>
    table.set([block, inner, outer, fanIn, fanOut], i * tableWords),
  );
  return table;
}

/** Each number of a layer: its place in the model's own order, and in the device's. */
function each(
  { fanIn, fanOut, inner, outer, block, weights, bias }: PaddedLayer,
  visit: (own: number, there: number) => void,
): void {
  for (let column = 0; column < fanOut; column++) {
    for (let row = 0; row < fanIn; row++) visit(weights + column * fanIn + row, block + row * outer + column);
    visit(bias + column, block + inner * outer + column);
  }
}
