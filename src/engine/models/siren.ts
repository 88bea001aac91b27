// SIREN: fully connected layers with sine activations (Sitzmann et al., Implicit Neural Representations with
// Periodic Activation Functions, NeurIPS 2020), initialised as the authors' code does.
import { ArgumentError } from '../../core/index.js';
import { resolveSettings } from '../../core/resolve-settings.js';
import { integer, number } from '../../core/settings.js';
import type { GraphBuilder, Value } from '../graph/index.js';
import { checkPorts, defineBackbone } from './backbone.js';
import type { ModelDefinition } from './definition.js';
import { biasOf, chain, countAll, macsOf, uniform, weightOf } from './dense.js';

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
}

/** The published settings (NeurIPS 2020, Sec. 3.2 and supplement). */
export const SIREN_DEFAULTS = { width: 256, depth: 3, omega: 30 } as const;

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
  },
  needs: [],
  learningRate: 1e-4,
  adam: () => ({}),
  create: (ports, settings) => siren({ ...ports, ...settings }),
});

/**
 * Defines a SIREN. Weights lie as `[out, in]`, names are those of the authors' sequential layers (`net.0.weight`).
 * Each sine layer is one Gemm with α = β = ω and a Sin.
 * @throws ArgumentError for sizes that are no whole numbers in range, or an ω that is not positive.
 */
export function siren(options: SirenOptions): ModelDefinition {
  const { inputDim, outputDim, ...given } = options;
  checkPorts({ inputDim, outputDim });
  const { width, depth, omega } = resolveSettings('siren', sirenBackbone.settings, given);
  const layers = chain('net', [inputDim, ...Array<number>(depth + 1).fill(width), outputDim]);
  const parameters = layers.flatMap((layer) => [weightOf(layer), biasOf(layer)]);
  return {
    kind: sirenBackbone.name,
    settings: { inputDim, outputDim, width, depth, omega },
    inputDim,
    outputDim,
    parameters,
    parameterCount: countAll(parameters),
    macsPerSample: macsOf(layers),
    dense: layers.map(({ fanIn, fanOut }, i) => ({
      fanIn,
      fanOut,
      activation: i > depth ? { name: 'identity' } : { name: 'sine', omega },
    })),

    initialise: (random) =>
      layers.flatMap(({ fanIn, fanOut }, i) => [
        // Sec. 3.2: arguments of the sines are then distributed alike in every layer.
        uniform(random, fanOut * fanIn, i === 0 ? 1 / fanIn : Math.sqrt(6 / fanIn) / omega),
        // The authors leave biases as PyTorch's nn.Linear draws them.
        uniform(random, fanOut, 1 / Math.sqrt(fanIn)),
      ]),

    build(builder: GraphBuilder, x: Value, values: readonly Value[]): Value {
      if (values.length !== parameters.length) {
        throw new ArgumentError(
          `siren: expected ${parameters.length} parameter values, got ${values.length}`,
        );
      }
      return layers.reduce((input, _, i) => {
        const weight = values[2 * i] as Value;
        const bias = values[2 * i + 1] as Value;
        if (i > depth) return builder.gemm(input, weight, bias, { transB: true });
        return builder.sin(builder.gemm(input, weight, bias, { alpha: omega, beta: omega, transB: true }));
      }, x);
    },
  };
}
