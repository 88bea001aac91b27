// Fully connected layers: what networks are mostly made of.
import type { ParameterSpec, UniformSource } from './definition.js';

/** One layer: `fanIn` numbers to `fanOut`. */
export interface Layer {
  readonly name: string;
  readonly fanIn: number;
  readonly fanOut: number;
}

/** Layers one behind the other, `net.0` and so on. @param sizes numbers before the first, and after each */
export function chain(name: string, sizes: readonly number[]): Layer[] {
  return sizes.slice(1).map((fanOut, i) => ({ name: `${name}.${i}`, fanIn: sizes[i] as number, fanOut }));
}

/** A layer's weights, `[out, in]`. */
export function weightOf({ name, fanIn, fanOut }: Layer): ParameterSpec {
  return { name: `${name}.weight`, shape: [fanOut, fanIn], count: fanOut * fanIn };
}

/** Its bias, `[out]`. */
export function biasOf({ name, fanOut }: Layer): ParameterSpec {
  return { name: `${name}.bias`, shape: [fanOut], count: fanOut };
}

/** Numbers in all parameters together. */
export function countAll(parameters: readonly ParameterSpec[]): number {
  return parameters.reduce((sum, { count }) => sum + count, 0);
}

/** Multiply–accumulates of the layers for one sample. */
export function macsOf(layers: readonly Layer[]): number {
  return layers.reduce((sum, { fanIn, fanOut }) => sum + fanIn * fanOut, 0);
}

/** Numbers even in ±bound. */
export function uniform(random: UniformSource, count: number, bound: number): Float32Array {
  return Float32Array.from({ length: count }, () => (2 * random.float() - 1) * bound);
}

/** A layer's first weights, as Glorot & Bengio draw them (AISTATS 2010). @param rate what they are kept divided by */
export function glorot(random: UniformSource, { shape, count }: ParameterSpec, rate = 1): Float32Array {
  const [out = 1, fanIn = 1] = shape;
  return uniform(random, count, Math.sqrt(6 / (fanIn + out)) / rate);
}
