// Gaussian activations: smooth bumps in place of waves (Ramasinghe and Lucey, Beyond Periodicity: Towards a Unifying Framework
// for Activations in Coordinate-MLPs, ECCV 2022). They need no special start.
import { resolveSettings } from '../../core/resolve-settings.js';
import { integer, number } from '../../core/settings.js';
import { defineBackbone } from './backbone.js';
import type { ModelDefinition } from './definition.js';
import { perceptron, startOfLinear } from './perceptron.js';

/** Settings of a network with Gaussian activations. */
export interface GaussOptions {
  /** Numbers per input, at least 1. */
  readonly inputDim: number;
  /** Numbers per output, at least 1. */
  readonly outputDim: number;
  /** Width of the layers. 256 as published. */
  readonly width?: number;
  /** Hidden layers after the first one; 0 or more. */
  readonly depth?: number;
  /** Standard deviation of the Gaussian: a smaller one has finer detail. */
  readonly sigma?: number;
}

/** Depth and width are those of SIREN, for comparison. */
export const GAUSS_DEFAULTS = { width: 256, depth: 3, sigma: 0.05 } as const;

/** The network by name. */
export const gaussBackbone = defineBackbone({
  name: 'gauss',
  summary: 'fully connected layers with Gaussian activations (Ramasinghe and Lucey, 2022)',
  settings: {
    /** Width of the layers. */
    width: integer({ min: 1, default: GAUSS_DEFAULTS.width }),
    /** Hidden layers after the first one. */
    depth: integer({ min: 0, default: GAUSS_DEFAULTS.depth }),
    /** Standard deviation of the Gaussian. */
    sigma: number({ above: 0, default: GAUSS_DEFAULTS.sigma }),
  },
  needs: [],
  learningRate: 1e-3,
  adam: () => ({}),
  create: (ports, settings) => gauss({ ...ports, ...settings }),
});

/**
 * Defines a network with Gaussian activations: y = exp(−z²/2σ²) with z = Wx + b (Table 1), the last layer plain. Code of later
 * papers writes exp(−(s·z)²), which is the same with s = 1/(σ√2). Weights and biases start as PyTorch's nn.Linear draws them.
 * @throws ArgumentError for sizes that are no whole numbers in range, or a deviation that is not positive
 * @example
 * const model = gauss({ inputDim: 2, outputDim: 3 });
 */
export function gauss(options: GaussOptions): ModelDefinition {
  const { inputDim, outputDim, ...given } = options;
  const settings = resolveSettings('gauss', gaussBackbone.settings, given);
  const scale = 1 / (settings.sigma * Math.SQRT2);
  return perceptron({
    kind: gaussBackbone.name,
    ports: { inputDim, outputDim },
    settings,
    ...settings,
    layer(b, x, weight, bias) {
      const z = b.gemm(x, weight, bias, { alpha: scale, beta: scale, transB: true });
      return b.exp(b.neg(b.mul(z, z)));
    },
    start: startOfLinear,
  });
}
