// WIRE: layers whose activation is a complex Gabor wavelet, a wave inside a bump (Saragadam et al., WIRE: Wavelet Implicit
// Neural Representations, CVPR 2023). ONNX has no complex numbers, so each is a pair of real ones.
import { ArgumentError } from '../../core/errors.js';
import { resolveSettings } from '../../core/resolve-settings.js';
import { integer, number } from '../../core/settings.js';
import type { GraphBuilder, Value } from '../graph/index.js';
import { checkPorts, defineBackbone } from './backbone.js';
import type { ModelDefinition, ParameterSpec } from './definition.js';
import { chain, countAll, uniform, type Layer } from './dense.js';

/** Settings of a WIRE. */
export interface WireOptions {
  /** Numbers per input, at least 1. */
  readonly inputDim: number;
  /** Numbers per output, at least 1. */
  readonly outputDim: number;
  /** Complex numbers per layer. 181 as published: 256/√2, which has as many parameters as 256 real ones. */
  readonly width?: number;
  /** Hidden layers after the first one; 0 or more. 2 as published. */
  readonly depth?: number;
  /** ω₀, frequency of the wavelet. 20 as the authors' code advises for pictures, 10 for occupancies. */
  readonly omega?: number;
  /** s₀, how narrow the wavelet is. 30 as the authors' code advises for pictures, 40 for occupancies. */
  readonly sigma?: number;
}

/** What the authors' code advises for pictures that are not noisy. */
export const WIRE_DEFAULTS = { width: 181, depth: 2, omega: 20, sigma: 30 } as const;

/** WIRE by name. */
export const wireBackbone = defineBackbone({
  name: 'wire',
  summary: 'layers with complex Gabor wavelets as activations (Saragadam et al., 2023)',
  settings: {
    /** Width of the layers, in complex numbers. */
    width: integer({ min: 1, default: WIRE_DEFAULTS.width }),
    /** Hidden layers after the first one. */
    depth: integer({ min: 0, default: WIRE_DEFAULTS.depth }),
    /** Frequency of the wavelets. */
    omega: number({ above: 0, default: WIRE_DEFAULTS.omega }),
    /** How narrow the wavelets are: larger is narrower. */
    sigma: number({ above: 0, default: WIRE_DEFAULTS.sigma }),
  },
  needs: [],
  learningRate: 5e-3,
  schedule: { learningRateSchedule: 'exponential', learningRateFinal: 0.1 },
  adam: () => ({}),
  create: (ports, settings) => wire({ ...ports, ...settings }),
});

/** A complex value: both parts `[n, width]`. The first layer's sums are real. */
interface Complex {
  readonly real: Value;
  readonly imaginary: Value | undefined;
}

/**
 * Defines a WIRE: ψ(z) = exp(iω₀z − |s₀z|²) (Eq. 4) with z = Wh + b complex, real in the first layer; the last layer is plain,
 * and its real part is the output. It is the variant of the paper's results; the authors' code has a real one too,
 * cos(ω₀z₁)·exp(−(s₀z₂)²) with two products a layer, which this is not. Real and imaginary parts start uniform in ±1/√fanIn,
 * as PyTorch draws complex layers.
 * Parameters: `net.i.weight.real` [out, in], `net.i.weight.imaginary`, `net.i.bias.real` [out], `net.i.bias.imaginary`; the
 * first layer has real ones alone, and the last no imaginary bias, which the output would never see.
 * @throws ArgumentError for sizes that are no whole numbers in range, or a factor that is not positive
 * @example
 * const model = wire({ inputDim: 2, outputDim: 3 });
 */
export function wire(options: WireOptions): ModelDefinition {
  const { inputDim, outputDim, ...given } = options;
  const ports = { inputDim, outputDim };
  checkPorts(ports);
  const settings = resolveSettings('wire', wireBackbone.settings, given);
  const { width, depth, omega, sigma } = settings;
  const layers = chain('net', [inputDim, ...Array<number>(depth + 1).fill(width), outputDim]);
  const specs = layers.map((layer, i) => partsOf(layer, i === 0, i > depth));
  const parameters = specs.flat();

  const activate = (b: GraphBuilder, { real, imaginary }: Complex): Complex => {
    const squares = b.mul(b.mul(real, real), -(sigma ** 2));
    // iω(p + iq) − s²(p² + q²): the imaginary part makes the bump too, by −ωq.
    const exponent =
      imaginary === undefined
        ? squares
        : b.sub(squares, b.mul(b.add(b.mul(imaginary, sigma ** 2), omega), imaginary));
    const [bump, phase] = [b.exp(exponent), b.mul(real, omega)];
    return { real: b.mul(bump, b.cos(phase)), imaginary: b.mul(bump, b.sin(phase)) };
  };

  return {
    kind: wireBackbone.name,
    settings: { ...ports, ...settings },
    ...ports,
    parameters,
    parameterCount: countAll(parameters),
    // Four real products make a complex one; the first layer takes one, and the last gives the real part alone.
    macsPerSample: layers.reduce(
      (sum, { fanIn, fanOut }, i) => sum + fanIn * fanOut * (i === 0 ? 1 : i > depth ? 2 : 4),
      0,
    ),

    initialise: (random) =>
      specs.flatMap((own, i) =>
        own.map(({ count }) => uniform(random, count, 1 / Math.sqrt(layers[i]?.fanIn ?? 1))),
      ),

    build(b: GraphBuilder, x: Value, values: readonly Value[]): Value {
      if (values.length !== parameters.length) {
        throw new ArgumentError(`wire: expected ${parameters.length} parameter values, got ${values.length}`);
      }
      const times = (a: Value, weight: Value, sum?: Value, factor = 1): Value =>
        b.gemm(a, weight, sum, { transB: true, alpha: factor });
      const [first, bias] = values as [Value, Value];
      let h = activate(b, { real: times(x, first, bias), imaginary: undefined });
      for (let i = 0; i <= depth; i++) {
        const [real, imaginary, realBias, imaginaryBias] = values.slice(2 + 4 * i) as [
          Value,
          Value,
          Value,
          Value | undefined,
        ];
        const { real: p, imaginary: q } = h as { real: Value; imaginary: Value };
        const sum = times(q, imaginary, times(p, real, realBias), -1);
        if (i === depth) return sum;
        h = activate(b, { real: sum, imaginary: times(q, real, times(p, imaginary, imaginaryBias)) });
      }
      return h.real;
    },
  };
}

/** The parameters of a layer. */
function partsOf({ name, fanIn, fanOut }: Layer, isReal: boolean, isLast: boolean): ParameterSpec[] {
  const weight = (part: string): ParameterSpec => ({
    name: `${name}.weight.${part}`,
    shape: [fanOut, fanIn],
    count: fanOut * fanIn,
  });
  const bias = (part: string): ParameterSpec => ({
    name: `${name}.bias.${part}`,
    shape: [fanOut],
    count: fanOut,
  });
  const second = (spec: ParameterSpec, has: boolean): ParameterSpec[] => (has ? [spec] : []);
  return [
    weight('real'),
    ...second(weight('imaginary'), !isReal),
    bias('real'),
    ...second(bias('imaginary'), !isReal && !isLast),
  ];
}
