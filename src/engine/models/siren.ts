// SIREN: fully connected layers with sine activations (Sitzmann et al., Implicit Neural Representations with
// Periodic Activation Functions, NeurIPS 2020), initialised as the authors' code does.
import { resolveSettings } from '../../core/resolve-settings.js';
import { integer, number } from '../../core/settings.js';
import { defineBackbone } from './backbone.js';
import type { ModelDefinition } from './definition.js';
import { perceptron, startOfSines } from './perceptron.js';

/** Settings of a SIREN. */
export interface SirenOptions {
  /** Numbers per input, at least 1. */
  readonly inputDim: number;
  /** Numbers per output, at least 1. */
  readonly outputDim: number;
  /** Sines per layer. 256 as published. */
  readonly width?: number;
  /** Hidden layers after the first one; 0 or more. 3 as published. */
  readonly depth?: number;
  /** Frequency factor ω of every layer: y = sin(ω(Wx + b)). 30 as published. */
  readonly omega?: number;
  /** Multiplies what the first layer's weights start from: higher frequencies from the start. 1 as published. */
  readonly firstScale?: number;
  /**
   * Multiplies what the weights of the layers between start from, those of the first and the last one excepted (Yeom et al.,
   * arXiv 2410.04779, scale all but the last by one number). 1 as published.
   */
  readonly hiddenScale?: number;
}

/** The published settings (NeurIPS 2020, Sec. 3.2 and supplement). */
export const SIREN_DEFAULTS = { width: 256, depth: 3, omega: 30, firstScale: 1, hiddenScale: 1 } as const;

/** SIREN by name. */
export const sirenBackbone = defineBackbone({
  name: 'siren',
  summary: 'fully connected layers with sine activations (Sitzmann et al., 2020)',
  settings: {
    /** Width of the layers. */
    width: integer({ min: 1, default: SIREN_DEFAULTS.width }),
    /** Hidden layers after the first one. */
    depth: integer({ min: 0, default: SIREN_DEFAULTS.depth }),
    /** Frequency factor of every layer. */
    omega: number({ above: 0, default: SIREN_DEFAULTS.omega }),
    /** Multiple of the published range that the first layer's weights start in. */
    firstScale: number({ above: 0, default: SIREN_DEFAULTS.firstScale }),
    /** The same for the hidden layers after it, the last layer excepted. */
    hiddenScale: number({ above: 0, default: SIREN_DEFAULTS.hiddenScale }),
  },
  needs: [],
  learningRate: 1e-4,
  adam: () => ({}),
  create: (ports, settings) => siren({ ...ports, ...settings }),
});

/**
 * Defines a SIREN. Weights lie as `[out, in]`, names are those of the authors' sequential layers (`net.0.weight`).
 * Each sine layer is one Gemm with α = β = ω and a Sin.
 * @throws ArgumentError for sizes that are no whole numbers in range, or a factor that is not positive.
 * @example
 * const model = siren({ inputDim: 2, outputDim: 3, width: 128 });
 */
export function siren(options: SirenOptions): ModelDefinition {
  const { inputDim, outputDim, ...given } = options;
  const settings = resolveSettings('siren', sirenBackbone.settings, given);
  const { width, depth, omega } = settings;
  return perceptron({
    kind: sirenBackbone.name,
    ports: { inputDim, outputDim },
    settings,
    width,
    depth,
    activation: { name: 'sine', omega },
    layer: (b, x, weight, bias) =>
      b.sin(b.gemm(x, weight, bias, { alpha: omega, beta: omega, transB: true })),
    start: startOfSines(omega, depth, settings),
  });
}
