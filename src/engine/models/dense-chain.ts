// A network that is nothing but fully connected layers one behind the other, as an engine with kernels of its own reads it.

/** What follows a layer's product. */
export type DenseActivation =
  | { readonly name: 'sine'; readonly omega: number }
  | { readonly name: 'relu' }
  | { readonly name: 'identity' };

/** One layer: its weights `[out, in]` and bias `[out]` are two of the model's parameters. */
export interface DenseLayer {
  readonly fanIn: number;
  readonly fanOut: number;
  /** Of the product with its bias; a sine is of ω times that. The last layer has `identity`. */
  readonly activation: DenseActivation;
}

/** The layers, in the order of the model's parameters: weights and bias of the first, of the second, and so on. */
export type DenseChain = readonly DenseLayer[];
