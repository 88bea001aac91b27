// FINER: sines whose frequency grows with their argument (Liu et al., FINER: Flexible Spectral-bias Tuning in Implicit NEural
// Representation by Variable-periodic Activation Functions, CVPR 2024). A bias says how high a neuron's frequencies are.
import { resolveSettings } from '../../core/resolve-settings.js';
import { integer, number } from '../../core/settings.js';
import { defineBackbone } from './backbone.js';
import type { ModelDefinition } from './definition.js';
import { uniform } from './dense.js';
import { perceptron, startOfSines } from './perceptron.js';

/** Settings of a FINER. */
export interface FinerOptions {
  /** Numbers per input, at least 1. */
  readonly inputDim: number;
  /** Numbers per output, at least 1. */
  readonly outputDim: number;
  /** Width of the layers. 256 as published. */
  readonly width?: number;
  /** Hidden layers after the first one; 0 or more. 3 as published. */
  readonly depth?: number;
  /** Frequency factor ω of every layer. 30 as published. */
  readonly omega?: number;
  /**
   * The first layer's biases start uniform in ±biasRange, k in the paper: a larger one starts with higher frequencies. Default
   * 1/√inputDim, which is what the authors' code does for pictures.
   */
  readonly biasRange?: number | undefined;
  /** Multiplies what the first layer's weights start from. 1 as published. */
  readonly firstScale?: number;
  /** Multiplies what the weights of the layers between start from. 1 as published. */
  readonly hiddenScale?: number;
}

/** The published settings (CVPR 2024, Sec. 4.1, and the authors' code). */
export const FINER_DEFAULTS = { width: 256, depth: 3, omega: 30, firstScale: 1, hiddenScale: 1 } as const;

/** FINER by name. */
export const finerBackbone = defineBackbone({
  name: 'finer',
  summary: 'sines whose frequency grows with their argument (Liu et al., 2024)',
  settings: {
    /** Width of the layers. */
    width: integer({ min: 1, default: FINER_DEFAULTS.width }),
    /** Hidden layers after the first one. */
    depth: integer({ min: 0, default: FINER_DEFAULTS.depth }),
    /** Frequency factor of every layer. */
    omega: number({ above: 0, default: FINER_DEFAULTS.omega }),
    /** Range that the first layer's biases start in, ±; default: 1/√(numbers per input). */
    biasRange: number({ above: 0, default: undefined }),
    /** Multiple of the published range that the first layer's weights start in. */
    firstScale: number({ above: 0, default: FINER_DEFAULTS.firstScale }),
    /** The same for the hidden layers after it, the last layer excepted. */
    hiddenScale: number({ above: 0, default: FINER_DEFAULTS.hiddenScale }),
  },
  needs: [],
  learningRate: 5e-4,
  schedule: { learningRateSchedule: 'exponential', learningRateFinal: 0.1 },
  adam: () => ({}),
  create: (ports, settings) => finer({ ...ports, ...settings }),
});

/**
 * Defines a FINER: y = sin(ω(|z| + 1)z) with z = Wx + b (Eq. 5), the last layer plain. The authors' code takes |z| + 1 as a
 * constant on the way back unless told otherwise (`scale_req_grad`); here the gradient is the formula's own.
 * @throws ArgumentError for sizes that are no whole numbers in range, or a factor that is not positive
 * @example
 * const model = finer({ inputDim: 2, outputDim: 3 });
 */
export function finer(options: FinerOptions): ModelDefinition {
  const { inputDim, outputDim, ...given } = options;
  const settings = resolveSettings('finer', finerBackbone.settings, given);
  const { width, depth, omega, biasRange } = settings;
  const sines = startOfSines(omega, depth, settings);
  return perceptron({
    kind: finerBackbone.name,
    ports: { inputDim, outputDim },
    settings,
    width,
    depth,
    layer(b, x, weight, bias) {
      const z = b.gemm(x, weight, bias, { transB: true });
      return b.sin(b.mul(b.add(b.mul(b.abs(z), omega), omega), z));
    },
    start(random, layer, place) {
      const { weight, bias } = sines(random, layer, place);
      if (place > 0 || biasRange === undefined) return { weight, bias };
      return { weight, bias: uniform(random, layer.fanOut, biasRange) };
    },
  });
}
