// Random Fourier features: sines and cosines of coordinates along random directions, in front of layers with ReLU (Tancik et
// al., Fourier Features Let Networks Learn High Frequency Functions in Low Dimensional Domains, NeurIPS 2020).
import { createRandom } from '../../core/numeric/random.js';
import { cosPi, log } from '../../core/numeric/exact-math.js';
import { resolveSettings } from '../../core/resolve-settings.js';
import { integer, number } from '../../core/settings.js';
import { defineBackbone } from './backbone.js';
import type { ModelDefinition, UniformSource } from './definition.js';
import { sinesAndCosines } from './frequency-encoding.js';
import { perceptron } from './perceptron.js';
import { reluLayer } from './relu.js';

/** Settings of a network with Fourier features. */
export interface FourierOptions {
  /** Numbers per input, at least 1. */
  readonly inputDim: number;
  /** Numbers per output, at least 1. */
  readonly outputDim: number;
  /** Random frequencies, each with a sine and a cosine. 256 as published. */
  readonly features?: number;
  /**
   * Standard deviation of the frequencies, in waves along a side of the input, which is 2 long. 10 as published for pictures:
   * less blurs, more is grainy.
   */
  readonly sigma?: number;
  /** What the frequencies are drawn from. They are constants of the network: the same seed gives the same ones. */
  readonly featureSeed?: number;
  /** Width of the layers. 256 as published. */
  readonly width?: number;
  /** Hidden layers after the first one; 0 or more. 2 as published. */
  readonly depth?: number;
}

/** As published for pictures (Sec. 6 and the authors' code). */
export const FOURIER_DEFAULTS = { features: 256, sigma: 10, featureSeed: 0, width: 256, depth: 2 } as const;

/** The network by name. */
export const fourierBackbone = defineBackbone({
  name: 'fourier',
  summary: 'sines and cosines along random directions, then layers with ReLU (Tancik et al., 2020)',
  settings: {
    /** Random frequencies, each with a sine and a cosine. */
    features: integer({ min: 1, max: 65_536, default: FOURIER_DEFAULTS.features }),
    /** Standard deviation of the random frequencies, in waves along a side of the input. */
    sigma: number({ above: 0, default: FOURIER_DEFAULTS.sigma }),
    /** Seed of the random frequencies, which are not trained. */
    featureSeed: integer({ min: 0, max: 0xffff_ffff, default: FOURIER_DEFAULTS.featureSeed }),
    /** Width of the layers. */
    width: integer({ min: 1, default: FOURIER_DEFAULTS.width }),
    /** Hidden layers after the first one. */
    depth: integer({ min: 0, default: FOURIER_DEFAULTS.depth }),
  },
  needs: [],
  learningRate: 1e-3,
  adam: () => ({}),
  create: (ports, settings) => fourier({ ...ports, ...settings }),
});

/**
 * Defines a network with Fourier features: sin 2πBv and cos 2πBv (Sec. 5) with B normal of deviation `sigma` and v = x/2,
 * since coordinates go from −1 to 1 here and from 0 to 1 there; then layers with ReLU. Weights start normal as by Glorot &
 * Bengio, biases normal of deviation 0.01: what the authors' code gets from stax. It ends in a sigmoid, which outputs in
 * [−1, 1] do not need. B is a constant of the graph, drawn from `featureSeed`, and so is in every exported file.
 * @throws ArgumentError for sizes that are no whole numbers in range, or a deviation that is not positive
 * @example
 * const model = fourier({ inputDim: 2, outputDim: 3, sigma: 10 });
 */
export function fourier(options: FourierOptions): ModelDefinition {
  const { inputDim, outputDim, ...given } = options;
  const settings = resolveSettings('fourier', fourierBackbone.settings, given);
  const { width, depth, features, sigma, featureSeed } = settings;
  const frequencies = normal(createRandom(featureSeed), features * inputDim, sigma);
  return perceptron({
    kind: fourierBackbone.name,
    ports: { inputDim, outputDim },
    settings,
    width,
    depth,
    encoding: {
      width: 2 * features,
      encode: (b, x) => sinesAndCosines(b, x, frequencies, inputDim),
    },
    layer: reluLayer,
    start: (random, { fanIn, fanOut }) => ({
      weight: normal(random, fanOut * fanIn, Math.sqrt(2 / (fanIn + fanOut))),
      bias: normal(random, fanOut, 0.01),
    }),
  });
}

/** Normal numbers of mean 0 (Box and Muller, 1958), the same bits in every JavaScript engine. */
function normal(random: UniformSource, count: number, deviation: number): Float32Array {
  return Float32Array.from({ length: count }, () => {
    const length = Math.sqrt(-2 * log(1 - random.float()));
    return deviation * length * cosPi(random.float());
  });
}
