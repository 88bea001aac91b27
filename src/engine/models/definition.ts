// What a trainable model is: named parameters, how they start, and how the graph is built from them. The trainer
// knows models through this alone.
import type { JsonValue } from '../../core/index.js';
import type { GraphBuilder, Value } from '../graph/index.js';
import type { DenseChain } from './dense-chain.js';
import type { GridLayout } from './hash-grid/layout.js';

/** One trainable tensor of a model. */
export interface ParameterSpec {
  /** Unique in the model; becomes the name in the exported file and in checkpoints. */
  readonly name: string;
  /** Outermost first. */
  readonly shape: readonly number[];
  /** Number of elements. */
  readonly count: number;
}

/** A source of random numbers, uniform in [0, 1). */
export interface UniformSource {
  float(): number;
}

/**
 * The first part of a model that looks its inputs up in a table: on the CPU a kernel does that, on the table itself, and
 * the graph begins after it. The table is the model's first parameter.
 */
export interface GridEncoding {
  readonly layout: GridLayout;
  /** Numbers per sample that the lookup gives. */
  readonly width: number;
  /**
   * The lookup as graph nodes.
   * @param x `[n, dims]`
   * @param table the model's first parameter
   * @returns `[n, width]`
   */
  lookUp(builder: GraphBuilder, x: Value, table: Value): Value;
  /**
   * Adds the rest of the forward pass to a graph.
   * @param encoded `[n, width]`
   * @param parameters all but the table
   * @returns `[n, outputDim]`
   */
  build(builder: GraphBuilder, encoded: Value, parameters: readonly Value[]): Value;
  /** The rest, where it is nothing but dense layers one behind the other. */
  readonly dense?: DenseChain;
}

/** A model of a regular grid, over all of its points at once: what they share is worked out once. */
export interface WholeGrid {
  /** Points along each axis, outermost first. */
  readonly shape: readonly number[];
  /** Multiply–accumulates of the matrix products for one sample, where all are worked out together. */
  readonly macsPerSample: number;
  /**
   * Adds the whole grid to a graph, which needs no coordinates.
   * @param parameters as for the model's own `build`
   * @returns `[∏ shape, outputDim]`, row by row
   */
  build(builder: GraphBuilder, parameters: readonly Value[]): Value;
}

/** A model that maps inputs `[n, inputDim]` to outputs `[n, outputDim]`. */
export interface ModelDefinition {
  /** Which model this is: with `settings`, enough to make it again. */
  readonly kind: string;
  /** Every setting, defaults included. */
  readonly settings: Readonly<Record<string, JsonValue>>;
  readonly inputDim: number;
  readonly outputDim: number;
  readonly parameters: readonly ParameterSpec[];
  /** Numbers in all parameters together. */
  readonly parameterCount: number;
  /** Multiply–accumulates of the matrix products for one sample, forward. */
  readonly macsPerSample: number;
  /** Where the slope by the inputs jumps: `false`. */
  readonly smooth?: boolean;
  /** Where it is constant between its jumps, and so has no slope by the inputs at all: `true`. */
  readonly stepwise?: boolean;
  /** Where the whole of a grid costs less than its points one by one. */
  readonly grid?: WholeGrid;
  /** Samples per pass on the CPU, where not the usual number suits it. */
  readonly microBatch?: number;
  /** The operator set that its graph needs, where the usual one is too old. */
  readonly opset?: number;
  /** Where it is nothing but dense layers one behind the other. */
  readonly dense?: DenseChain;
  /** Where a kernel can take over the first part. */
  readonly encoding?: GridEncoding;
  /**
   * Fresh parameters, one array per entry of `parameters`, in order; the caller's to keep. They depend on nothing but
   * the numbers drawn from `random`.
   */
  initialise(random: UniformSource): Float32Array[];
  /**
   * Adds the forward pass to a graph.
   * @param x `[n, inputDim]`
   * @param parameters one value per entry of `parameters`, in order and of those shapes
   * @returns `[n, outputDim]`
   */
  build(builder: GraphBuilder, x: Value, parameters: readonly Value[]): Value;
}
