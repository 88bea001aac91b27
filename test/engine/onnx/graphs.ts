// Graphs of a trainer's steps, for tests that run them by themselves.
import type { AdamOptions, LossOptions, ModelDefinition } from '../../../src/engine/models/index.js';
import type { CrossFrequencyOptions } from '../../../src/engine/training/options.js';
import { buildPassGraph, type PassKind } from '../../../src/engine/onnx/training-graph.js';

/** The graph of a step: its gradient, unless another pass is asked for. */
export function stepGraph(
  model: ModelDefinition,
  adam: Required<AdamOptions>,
  options: {
    readonly pass?: PassKind['pass'];
    readonly loss?: LossOptions;
    readonly crossFrequency?: CrossFrequencyOptions;
    readonly byIndex?: boolean;
  } = {},
): Uint8Array {
  const { pass = 'gradient', loss = {}, crossFrequency, byIndex = false } = options;
  const kind = { pass, crossFrequency: crossFrequency !== undefined };
  return buildPassGraph(kind, { model, adam, byIndex, encoded: false, loss, crossFrequency });
}
