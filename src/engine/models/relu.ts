// The plain network: fully connected layers with ReLU on the coordinates themselves. It learns coarse shapes first and fine
// detail hardly at all, which is what every other backbone sets out to mend (Rahaman et al., On the Spectral Bias of Neural
// Networks, ICML 2019): the baseline to measure them by.
import { resolveSettings } from '../../core/resolve-settings.js';
import { integer } from '../../core/settings.js';
import { defineBackbone } from './backbone.js';
import type { ModelDefinition } from './definition.js';
import { uniform } from './dense.js';
import { perceptron, type PerceptronOptions } from './perceptron.js';

/** Settings of a plain network. */
export interface ReluOptions {
  /** Numbers per input, at least 1. */
  readonly inputDim: number;
  /** Numbers per output, at least 1. */
  readonly outputDim: number;
  /** Width of the layers. */
  readonly width?: number;
  /** Hidden layers after the first one; 0 or more. */
  readonly depth?: number;
}

/** The sizes that comparisons give it (Sitzmann et al., 2020; Saragadam et al., 2023). */
export const RELU_DEFAULTS = { width: 256, depth: 3 } as const;

/** The plain network by name. */
export const reluBackbone = defineBackbone({
  name: 'relu',
  summary: 'fully connected layers with ReLU: the baseline, which blurs fine detail',
  settings: {
    /** Width of the layers. */
    width: integer({ min: 1, default: RELU_DEFAULTS.width }),
    /** Hidden layers after the first one. */
    depth: integer({ min: 0, default: RELU_DEFAULTS.depth }),
  },
  needs: [],
  learningRate: 1e-3,
  adam: () => ({}),
  create: (ports, settings) => reluNetwork({ ...ports, ...settings }),
});

/**
 * Defines a plain network: y = max(0, Wx + b), the last layer without. Weights start as He et al. draw them (Delving Deep into
 * Rectifiers, ICCV 2015, Eq. 10; uniform in ±√(6/fanIn)), biases as PyTorch does.
 * @throws ArgumentError for sizes that are no whole numbers in range
 * @example
 * const model = reluNetwork({ inputDim: 2, outputDim: 3 });
 */
export function reluNetwork(options: ReluOptions): ModelDefinition {
  const { inputDim, outputDim, ...given } = options;
  const settings = resolveSettings('reluNetwork', reluBackbone.settings, given);
  return perceptron({
    kind: reluBackbone.name,
    ports: { inputDim, outputDim },
    settings,
    ...settings,
    activation: { name: 'relu' },
    layer: reluLayer,
    start: (random, { fanIn, fanOut }, place) => ({
      // Nothing is cut off behind the last layer, so that it needs no gain.
      weight: uniform(random, fanOut * fanIn, Math.sqrt((place > settings.depth ? 3 : 6) / fanIn)),
      bias: uniform(random, fanOut, 1 / Math.sqrt(fanIn)),
    }),
  });
}

/** max(0, Wx + b) */
export const reluLayer: PerceptronOptions['layer'] = (b, x, weight, bias) =>
  b.relu(b.gemm(x, weight, bias, { transB: true }));
