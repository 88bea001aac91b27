// Networks of fully connected layers, one behind the other: what most backbones are. They differ in what goes in, in the
// activation, and in how their weights start.
import { ArgumentError } from '../../core/errors.js';
import type { JsonValue } from '../../core/index.js';
import type { GraphBuilder, Value } from '../graph/index.js';
import { checkPorts, type ModelPorts } from './backbone.js';
import type { ModelDefinition, UniformSource } from './definition.js';
import type { DenseActivation } from './dense-chain.js';
import { biasOf, chain, countAll, macsOf, uniform, weightOf, type Layer } from './dense.js';

/** What such a network is made from. */
export interface PerceptronOptions {
  readonly kind: string;
  readonly ports: ModelPorts;
  /** Its other settings, all of them. What is undefined is left out. */
  readonly settings: Readonly<Record<string, JsonValue | undefined>>;
  readonly width: number;
  /** Hidden layers after the first one. */
  readonly depth: number;
  /** What goes into the first layer in place of the inputs: so many numbers, and their nodes. */
  readonly encoding?: {
    readonly width: number;
    /** @param x `[n, inputDim]`; gives `[n, width]` */
    encode(b: GraphBuilder, x: Value): Value;
  };
  /** The activation of hidden layers, where an engine with kernels of its own may know it. Default: it does not. */
  readonly activation?: DenseActivation;
  /** A hidden layer with its activation. @param weight `[out, in]` */
  readonly layer: (b: GraphBuilder, x: Value, weight: Value, bias: Value) => Value;
  /**
   * How a layer starts.
   * @param place 0 is the first layer, `depth + 1` the last one, which has no activation
   */
  readonly start: (
    random: UniformSource,
    layer: Layer,
    place: number,
  ) => { readonly weight: Float32Array; readonly bias: Float32Array };
}

/**
 * Defines a network of fully connected layers. Weights lie as `[out, in]`, names are those of PyTorch's sequential layers
 * (`net.0.weight`). The last layer has no activation.
 * @throws ArgumentError for numbers of inputs or outputs that cannot be
 */
export function perceptron(options: PerceptronOptions): ModelDefinition {
  const { kind, ports, width, depth, encoding, activation, start, layer } = options;
  const { inputDim, outputDim } = ports;
  checkPorts(ports);
  const hidden = Array<number>(depth + 1).fill(width);
  const layers = chain('net', [encoding?.width ?? inputDim, ...hidden, outputDim]);
  const parameters = layers.flatMap((each) => [weightOf(each), biasOf(each)]);
  const all: PerceptronOptions['settings'] = { inputDim, outputDim, width, depth, ...options.settings };
  return {
    kind,
    settings: Object.fromEntries(
      Object.entries(all).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined),
    ),
    inputDim,
    outputDim,
    parameters,
    parameterCount: countAll(parameters),
    macsPerSample: macsOf(layers),
    ...(activation === undefined || encoding !== undefined
      ? {}
      : {
          dense: layers.map(({ fanIn, fanOut }, i) => ({
            fanIn,
            fanOut,
            activation: i > depth ? { name: 'identity' as const } : activation,
          })),
        }),

    initialise: (random) =>
      layers.flatMap((each, place) => {
        const { weight, bias } = start(random, each, place);
        return [weight, bias];
      }),

    build(b: GraphBuilder, x: Value, values: readonly Value[]): Value {
      if (values.length !== parameters.length) {
        throw new ArgumentError(
          `${kind}: expected ${parameters.length} parameter values, got ${values.length}`,
        );
      }
      return layers.reduce(
        (input, _, i) => {
          const weight = values[2 * i] as Value;
          const bias = values[2 * i + 1] as Value;
          if (i > depth) return b.gemm(input, weight, bias, { transB: true });
          return layer(b, input, weight, bias);
        },
        encoding === undefined ? x : encoding.encode(b, x),
      );
    },
  };
}

/** What weights start from, as a multiple of what was published, in the first layer and in the hidden ones. */
export interface WeightScales {
  readonly firstScale: number;
  readonly hiddenScale: number;
}

/**
 * How layers of sines start (Sitzmann et al., 2020, Sec. 3.2): their arguments are then distributed alike in every layer.
 * Biases stay as PyTorch draws them, which is what the authors' code does.
 * @param omega the factor inside the sines
 * @param depth hidden layers after the first one
 */
export function startOfSines(
  omega: number,
  depth: number,
  { firstScale, hiddenScale }: WeightScales,
): PerceptronOptions['start'] {
  return (random, { fanIn, fanOut }, place) => {
    const scale = place === 0 ? firstScale : place > depth ? 1 : hiddenScale;
    const published = place === 0 ? 1 / fanIn : Math.sqrt(6 / fanIn) / omega;
    return {
      weight: uniform(random, fanOut * fanIn, scale * published),
      bias: uniform(random, fanOut, 1 / Math.sqrt(fanIn)),
    };
  };
}

/** Weights and biases as PyTorch's nn.Linear draws them: uniform in ±1/√fanIn. */
export const startOfLinear: PerceptronOptions['start'] = (random, { fanIn, fanOut }) => ({
  weight: uniform(random, fanOut * fanIn, 1 / Math.sqrt(fanIn)),
  bias: uniform(random, fanOut, 1 / Math.sqrt(fanIn)),
});
