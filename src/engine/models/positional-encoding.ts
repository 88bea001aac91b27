// Positional encoding: sines and cosines of the coordinates, an octave apart, in front of layers with ReLU (Mildenhall et al.,
// NeRF, ECCV 2020, Eq. 4). Along each axis by itself: slanted detail comes harder than by random Fourier features.
import { resolveSettings } from '../../core/resolve-settings.js';
import { integer } from '../../core/settings.js';
import { defineBackbone } from './backbone.js';
import type { ModelDefinition } from './definition.js';
import { glorot, weightOf } from './dense.js';
import { sinesAndCosines } from './frequency-encoding.js';
import { perceptron } from './perceptron.js';
import { reluLayer } from './relu.js';

/** Settings of a network with positional encoding. */
export interface PositionalEncodingOptions {
  /** Numbers per input, at least 1. */
  readonly inputDim: number;
  /** Numbers per output, at least 1. */
  readonly outputDim: number;
  /** Octaves of the sines and cosines, from π on. 10 as published for positions. */
  readonly frequencies?: number;
  /** Width of the layers. 256 as published. */
  readonly width?: number;
  /** Hidden layers after the first one; 0 or more. 7 as published, with a shortcut that this has not. */
  readonly depth?: number;
}

/** As published but for the depth, which is that of the networks it is compared with. */
export const POSITIONAL_ENCODING_DEFAULTS = { frequencies: 10, width: 256, depth: 3 } as const;

/** The network by name. */
export const positionalEncodingBackbone = defineBackbone({
  name: 'positional-encoding',
  summary: 'sines and cosines of the coordinates by octaves, then layers with ReLU (Mildenhall et al., 2020)',
  settings: {
    /** Octaves of the position's sines and cosines. */
    frequencies: integer({ min: 1, max: 20, default: POSITIONAL_ENCODING_DEFAULTS.frequencies }),
    /** Width of the layers. */
    width: integer({ min: 1, default: POSITIONAL_ENCODING_DEFAULTS.width }),
    /** Hidden layers after the first one. */
    depth: integer({ min: 0, default: POSITIONAL_ENCODING_DEFAULTS.depth }),
  },
  needs: [],
  learningRate: 5e-4,
  schedule: { learningRateSchedule: 'exponential', learningRateFinal: 0.1 },
  adam: () => ({}),
  create: (ports, settings) => positionalEncoding({ ...ports, ...settings }),
  fieldDefaults: { width: 64, depth: 2 },
});

/**
 * Defines a network with positional encoding: the coordinates themselves, sin 2ᵏπx and cos 2ᵏπx of each for k below
 * `frequencies` (Eq. 4; the authors' code has the coordinates too), then layers with ReLU. Weights start as by Glorot & Bengio
 * and biases at 0, as Keras has it, which the authors used.
 * @throws ArgumentError for sizes that are no whole numbers in range
 * @example
 * const model = positionalEncoding({ inputDim: 2, outputDim: 3 });
 */
export function positionalEncoding(options: PositionalEncodingOptions): ModelDefinition {
  const { inputDim, outputDim, ...given } = options;
  const settings = resolveSettings('positionalEncoding', positionalEncodingBackbone.settings, given);
  const { width, depth, frequencies } = settings;
  // A row for each axis and octave, which takes that axis alone.
  const octaves = Float32Array.from({ length: inputDim * frequencies * inputDim }, (_, i) => {
    const [row, column] = [Math.floor(i / inputDim), i % inputDim];
    return Math.floor(row / frequencies) === column ? 2 ** (row % frequencies) : 0;
  });
  return perceptron({
    kind: positionalEncodingBackbone.name,
    ports: { inputDim, outputDim },
    settings,
    width,
    depth,
    encoding: {
      width: inputDim * (1 + 2 * frequencies),
      encode: (b, x) => b.concat([x, sinesAndCosines(b, x, octaves, inputDim)], 1),
    },
    layer: reluLayer,
    start: (random, layer) => ({
      weight: glorot(random, weightOf(layer)),
      bias: new Float32Array(layer.fanOut),
    }),
  });
}
