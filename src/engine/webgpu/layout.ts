// Where a network's numbers lie on the device: widths padded to 16 with zeros, so that one kernel does for all of them. A layer
// without a bias has one that stays 0. A hash grid's table has a buffer of its own, in the model's order.
import type { DenseActivation, DenseChain } from '../models/dense-chain.js';
import type { GridLayout, ModelDefinition } from '../models/index.js';
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
  /** Where its weights and its bias, if any, begin in the model's own order. */
  readonly weights: number;
  readonly bias: number | undefined;
}

/** A network on the device. */
export interface NetworkLayout {
  readonly layers: readonly PaddedLayer[];
  /** Numbers in all blocks. */
  readonly total: number;
  /** Numbers in the model's own order, a grid's table first. */
  readonly count: number;
  /** The grid that comes before the layers. */
  readonly grid: GridLayout | undefined;
}

/** The next multiple of 16. */
export const padded = (width: number): number => Math.ceil(width / 16) * 16;

/** Numbers of a grid's table. */
export const tableNumbers = (grid: GridLayout | undefined): number =>
  grid === undefined ? 0 : grid.rows * grid.features;

/** Lays a network out. */
export function layOutNetwork(chain: DenseChain, grid?: GridLayout): NetworkLayout {
  let total = 0;
  let count = tableNumbers(grid);
  const layers = chain.map(({ fanIn, fanOut, activation, bias }): PaddedLayer => {
    const [inner, outer] = [padded(fanIn), padded(fanOut)];
    const layer = { fanIn, fanOut, activation, inner, outer, block: total, weights: count };
    total += (inner + 1) * outer;
    count += fanIn * fanOut;
    if (bias === false) return { ...layer, bias: undefined };
    const start = count;
    count += fanOut;
    return { ...layer, bias: start };
  });
  return { layers, total, count, grid };
}

/** A model's layout, where it is made of dense layers, or of a grid and dense layers, and its parameters are those. */
export function networkOf(model: ModelDefinition): NetworkLayout | undefined {
  const { parameters, inputDim, outputDim, encoding } = model;
  const chain = model.dense ?? encoding?.dense;
  if (chain === undefined) return undefined;
  const grid = model.dense === undefined ? encoding?.layout : undefined;
  const wanted = [
    ...(grid === undefined ? [] : [tableNumbers(grid)]),
    ...chain.flatMap(({ fanIn, fanOut, bias }) => [fanIn * fanOut, ...(bias === false ? [] : [fanOut])]),
  ];
  const counts = parameters.map(({ count }) => count);
  const entering = grid === undefined ? inputDim : grid.levels.length * grid.features;
  const follows = chain.every(({ fanIn }, i) => fanIn === (chain[i - 1]?.fanOut ?? entering));
  const last = chain.at(-1);
  const fits = follows && counts.join() === wanted.join() && last?.fanOut === outputDim;
  return fits && last.activation.name === 'identity' ? layOutNetwork(chain, grid) : undefined;
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

/** Weights in the model's own order. @param table what the grid's own buffer holds */
export function fromDevice(
  { layers, count, grid }: NetworkLayout,
  device: Float32Array,
  table: Float32Array = new Float32Array(),
): Float32Array {
  const out = new Float32Array(count);
  out.set(table.subarray(0, tableNumbers(grid)));
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
  layers.forEach(({ block, inner, outer, fanIn, fanOut, bias }, i) =>
    table.set([block, inner, outer, fanIn, fanOut, bias === undefined ? 0 : 1], i * tableWords),
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
    if (bias !== undefined) visit(bias + column, block + inner * outer + column);
  }
}
