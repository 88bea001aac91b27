// Weights of the reference SIREN: from PyTorch's names, or freshly drawn from a seed.

/** One fully connected layer; `weight[o * inputs + i]` leads from input i to output o, as in PyTorch. */
export interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weight: Float64Array;
  readonly bias: Float64Array;
}

/** A state dict: flat row-major arrays by name, `….weight` and `….bias` in the order of the layers. */
export type StateDict = Readonly<Record<string, readonly number[]>>;

export function copyLayer({ inputs, outputs, weight, bias }: Layer): Layer {
  return { inputs, outputs, weight: Float64Array.from(weight), bias: Float64Array.from(bias) };
}

/** The layers of a state dict of float32 numbers. A weight's inputs follow from its length and its bias. */
export function layersFromState(state: StateDict): Layer[] {
  return Object.keys(state)
    .filter((name) => name.endsWith('.weight'))
    .map((name) => {
      const weight = Float64Array.from(state[name]!, Math.fround);
      const bias = Float64Array.from(state[name.replace(/weight$/, 'bias')]!, Math.fround);
      return { inputs: weight.length / bias.length, outputs: bias.length, weight, bias };
    });
}

/** Layers as one list of numbers per name, in the order of `names` (weight and bias alternate). */
export function stateFromLayers(
  layers: readonly Layer[],
  names: readonly string[],
): Record<string, Float64Array> {
  const flat = layers.flatMap((layer) => [layer.weight, layer.bias]);
  return Object.fromEntries(names.map((name, i) => [name, flat[i]!]));
}

/**
 * A SIREN drawn from a seed: first layer uniform in ±1/inputs, the others in ±√(6/inputs)/ω (Sitzmann et al. 2020,
 * Sec. 3.2), biases in ±1/√inputs (PyTorch's default).
 *
 * @param sizes numbers per layer, the input's first: `[2, 16, 16, 3]` has two sine layers
 */
export function drawLayers(sizes: readonly number[], omega: number, seed: number): Layer[] {
  const random = seededRandom(seed);
  return sizes.slice(1).map((outputs, l) => {
    const inputs = sizes[l]!;
    const bound = l === 0 ? 1 / inputs : Math.sqrt(6 / inputs) / omega;
    const draw = (limit: number): number => Math.fround((2 * random() - 1) * limit);
    return {
      inputs,
      outputs,
      weight: new Float64Array(inputs * outputs).map(() => draw(bound)),
      bias: new Float64Array(outputs).map(() => draw(1 / Math.sqrt(inputs))),
    };
  });
}

/** Uniform numbers in [0, 1): a Weyl sequence put through an integer mixer. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let h = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
    return ((h ^ (h >>> 15)) >>> 0) / 4294967296;
  };
}
