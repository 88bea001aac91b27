// Radiance fields from a network of positions: its first output is the density, the others go with the direction through a
// small network to the colour, as Müller et al. have it (Instant Neural Graphics Primitives, SIGGRAPH 2022, Sec. 5.4).
import type { JsonValue } from '../../../core/index.js';
import type { GraphBuilder, Value } from '../../graph/index.js';
import type { ModelDefinition, ParameterSpec, UniformSource } from '../definition.js';
import type { DenseChain } from '../dense-chain.js';
import { chain, countAll, glorot, macsOf, weightOf, type Layer } from '../dense.js';
import { checkSpace, fieldCoordinates } from './space.js';
import { harmonicsWidth, sphericalHarmonics } from './spherical-harmonics.js';
import type { FieldChains, FieldParts, FieldSpace, RadianceField } from './types.js';

/** Numbers that the density's network gives: the density's logarithm, and what the colour's network gets. */
export const fieldFeatures = 16;

/**
 * The colour's weights are kept divided by this, so that Adam's steps, which suit the density's network, move them this much
 * of as far (Karras et al., Progressive Growing of GANs, 2018, Sec. 4.1). At the full rate the first steps, which all pull
 * towards the scene's mean colour, drive every ReLU of the layers below zero in many runs, and from there is no way back.
 */
const colourRate = 0.3;

/** The exponent is held to this: e¹⁵ lets nothing through a ten-thousandth of the cube. */
const mostLogDensity = 15;

/**
 * eˣ, as instant-ngp has it: any density can be reached, and empty space is far from zero steps away. Along one axis: ONNX Runtime
 * compares a column with a number element by element, ten times as slowly.
 * @param raw `[n, 1]`
 */
function exponential(b: GraphBuilder, raw: Value): Value {
  return b.unsqueeze(b.exp(b.clip(b.squeeze(raw, [1]), -mostLogDensity, mostLogDensity)), [1]);
}

/** What a field over a network is made from. */
export interface FieldOver {
  readonly space: FieldSpace;
  /** What the field is told apart by and made again from, beside the network's kind. */
  readonly settings: object;
  /** Width of the colour's layers. Default 64, as published. */
  readonly width?: number;
  /** Layers with ReLU of the colour's network. Default 2, as published. */
  readonly depth?: number;
}

/**
 * A radiance field whose density is a network's.
 * @param network from coordinates `[n, 3]` in [−1, 1] to `[n, fieldFeatures]`
 * @throws ArgumentError for a space that is none
 */
export function fieldOver(network: ModelDefinition, options: FieldOver): RadianceField {
  const { space, settings, width = 64, depth = 2 } = options;
  checkSpace(space);
  const hidden = Array<number>(depth).fill(width);
  const colours = chain('colour', [fieldFeatures - 1 + harmonicsWidth, ...hidden, 3]);
  const colourWeights = colours.map(weightOf);
  const { encoding } = network;
  const dense = encoding === undefined ? network.dense : encoding.dense;
  // A table is not among what the networks get.
  const first = network.parameters.length - (encoding === undefined ? 0 : 1);
  const parts: FieldParts = {
    ...(encoding === undefined ? {} : { layout: encoding.layout }),
    ...(dense === undefined ? {} : { chains: chainsOf(dense, colours) }),
    encodedWidth: encoding?.width ?? 3,
    encode: (b, coordinates, parameters) =>
      encoding === undefined ? coordinates : encoding.lookUp(b, coordinates, parameters[0] as Value),
    density(b, encoded, weights) {
      const features = (encoding ?? network).build(b, encoded, weights.slice(0, first));
      return {
        density: exponential(b, b.slice(features, [0], [1], [1])),
        features: b.slice(features, [1], [fieldFeatures], [1]),
      };
    },
    encodeDirections: sphericalHarmonics,
    colour(b, features, directions, weights) {
      let y = b.concat([features, directions], 1);
      weights.slice(first).forEach((weight, i) => {
        y = b.gemm(y, weight, undefined, { transB: true, alpha: colourRate });
        y = i < depth ? b.relu(y) : b.sigmoid(y);
      });
      return y;
    },
  };
  return assembleField({
    kind: network.kind,
    settings,
    space,
    parts,
    parameters: [...network.parameters, ...colourWeights],
    macsPerSample: network.macsPerSample + macsOf(colours),
    ...(network.opset === undefined ? {} : { opset: network.opset }),
    initialise: (random) => [
      ...network.initialise(random),
      ...colourWeights.map((spec) => glorot(random, spec, colourRate)),
    ],
  });
}

/** A field of dense layers as data. */
function chainsOf(density: DenseChain, colours: readonly Layer[]): FieldChains {
  const colour = colours.map(({ fanIn, fanOut }, i) => ({
    ...{ fanIn, fanOut, bias: false as const },
    activation: { name: i < colours.length - 1 ? ('relu' as const) : ('identity' as const) },
  }));
  return { density, mostLogDensity, colour, colourRate };
}

/** A field as one model, in the world's units. */
export function assembleField(field: {
  readonly kind: string;
  readonly settings: object;
  readonly space: FieldSpace;
  readonly parts: FieldParts;
  readonly parameters: readonly ParameterSpec[];
  readonly macsPerSample: number;
  readonly opset?: number;
  initialise(random: UniformSource): Float32Array[];
}): RadianceField {
  const { space, parts, parameters, settings } = field;
  return {
    ...field,
    settings: JSON.parse(JSON.stringify({ ...settings, space })) as Record<string, JsonValue>,
    inputDim: 6,
    outputDim: 4,
    parameterCount: countAll(parameters),
    smooth: false,
    build(b, x, values) {
      const positions = b.slice(x, [0], [3], [1]);
      const directions = b.slice(x, [3], [6], [1]);
      const encoded = parts.encode(b, fieldCoordinates(b, positions, space), values);
      const network = parts.layout === undefined ? values : values.slice(1);
      const { density, features } = parts.density(b, encoded, network);
      const seen = parts.encodeDirections(b, directions);
      return b.concat([b.div(density, space.half), parts.colour(b, features, seen, network)], 1);
    },
  };
}
