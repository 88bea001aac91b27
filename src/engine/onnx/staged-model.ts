// What is said of a graph that was cut at its sines (stages.ts does that), to those who run it.

/** Where an extent is read when the graph runs: a number, or an axis of an input. */
export type Extent = number | { readonly input: string; readonly axis: number };

/** What a product leaves to the kernel. */
export interface ProductArgument {
  /** The input that holds the bias, [width]; undefined where there is none. */
  readonly bias: string | undefined;
  /** What the bias is multiplied with. */
  readonly scale: number;
  /** Where the kernel computes the product too. */
  readonly layer?: LayerArgument;
}

/** A product of the graph's own inputs, with few inputs a sample: the kernel is done before ONNX Runtime has begun. */
export interface LayerArgument {
  /** The input that holds the samples, [n, inputs]. */
  readonly points: string;
  /** The input that holds the weights, [inputs, width]; [width, inputs] if `transposed`. */
  readonly weights: string;
  readonly transposed: boolean;
  readonly inputs: number;
  /** What the weights are multiplied with. */
  readonly scale: number;
}

/** Most inputs of such a layer: what the kernel holds at once. */
export const mostLayerInputs = 4;

/** One sine taken out of the graph. */
export interface SineCut {
  /** The stage's output: what to take the sine of. */
  readonly argument: string;
  /** Where the argument is a product: the stage gives it divided by π and without its bias, which the kernel adds. */
  readonly product?: ProductArgument;
  readonly shape: readonly Extent[];
  /** Names under which later stages read sin and, where a later stage needs it, cos. */
  readonly sine: string;
  readonly cosine?: string;
}

/** A product whose result later stages read. */
export interface KeptValue {
  readonly name: string;
  readonly shape: readonly Extent[];
}

/** Part of a graph, and the sines to be computed after it. */
export interface Stage {
  /** Missing where the kernel does all. */
  readonly model?: Uint8Array;
  readonly cuts: readonly SineCut[];
  /** What it gives beside the arguments of its sines. */
  readonly kept?: readonly KeptValue[];
}

/** A graph as one or more stages, run one after the other. The last has no cuts and gives the graph's own outputs. */
export type StagedModel = readonly Stage[];

/** The first output of a graph that is run in place: see in-place.ts. */
export const sentinel = 'outputs_stay_in_place';

/** Whether an error of a run only says that the sentinel was not handed over. */
export function isSentinelRefusal(error: unknown): boolean {
  return error instanceof Error && /non tensor type/i.test(error.message);
}
