// Coordinates as sines and cosines of many frequencies, which let a network with ReLU learn fine detail (Tancik et al.,
// Fourier Features Let Networks Learn High Frequency Functions in Low Dimensional Domains, NeurIPS 2020).
import type { GraphBuilder, Value } from '../graph/index.js';

/**
 * sin(πFx) and cos(πFx), all sines first.
 * @param x `[n, inputDim]`
 * @param frequencies F, `[count, inputDim]` row by row, a constant of the graph: half turns per unit
 * @returns `[n, 2 · count]`
 */
export function sinesAndCosines(
  b: GraphBuilder,
  x: Value,
  frequencies: Float32Array,
  inputDim: number,
): Value {
  const count = frequencies.length / inputDim;
  const constant = b.initializer('encoding.frequencies', [...frequencies], [count, inputDim], x.type);
  const turns = b.gemm(x, constant, undefined, { alpha: Math.PI, transB: true });
  return b.concat([b.sin(turns), b.cos(turns)], 1);
}
