// A network that is nothing but fully connected layers one behind the other, as an engine with kernels of its own reads it.

/** What follows a layer's product. */
export type DenseActivation =
  | { readonly name: 'sine'; readonly omega: number }
  | { readonly name: 'relu' }
  | { readonly name: 'identity' };

/** One layer: its weights `[out, in]` and, where it has one, its bias `[out]` are parameters of the model. */
export interface DenseLayer {
  readonly fanIn: number;
  readonly fanOut: number;
  /** Of the product with its bias; a sine is of ω times that. The last layer has `identity`. */
  readonly activation: DenseActivation;
  /** Where it has no bias: `false`. */
  readonly bias?: false;
}

/** The layers, in the order of the model's parameters: weights and bias of the first, of the second, and so on. */
export type DenseChain = readonly DenseLayer[];
