// Radiance fields: networks from position and direction to density and colour. Two of them: a multiresolution hash grid
// with two small networks behind it (Müller et al., Instant Neural Graphics Primitives, SIGGRAPH 2022, Sec. 5.4), and the
// plain network with sines and cosines of the position that began it (Mildenhall et al., NeRF, ECCV 2020).
import { ArgumentError, type JsonValue } from '../../core/index.js';
import type { GraphBuilder, Value } from '../graph/index.js';
import { checkSpace, fieldCoordinates } from './space.js';
import type { FieldParts, FieldSpace, RadianceField } from './types.js';
import type { ParameterSpec, RandomSource } from '../models/definition.js';
import { gridLookup } from '../models/grid-graph.js';
import { hashGrid } from '../models/hash-grid.js';
import { harmonicsWidth, sphericalHarmonics } from './spherical-harmonics.js';

/** Settings of a hash-grid field. */
export interface RadianceFieldOptions {
  /** Where in the world the field is: `sceneSpace` of `evos/nerf` works it out from a scene. */
  readonly space: FieldSpace;
  /** Grids, coarse to fine. Default 12. */
  readonly levels?: number;
  /** Base-2 logarithm of the most rows a level has, 3 to 24. Default 17. */
  readonly log2TableSize?: number;
  /** Cells along the cube's side on the coarsest level, at least 2. Default 16. */
  readonly baseResolution?: number;
  /** Cells along the cube's side on the finest level. Default 1,024. */
  readonly finestResolution?: number;
  /** Width of the layers. 64 as published. */
  readonly hidden?: number;
  /** Layers with ReLU of the colour's network, at least 1. 2 as published. */
  readonly colourLayers?: number;
}

/**
 * The networks as published; the grid is for two CPU cores and photographs of some hundred pixels a side (published: 16
 * levels, 2¹⁹ rows).
 */
export const RADIANCE_FIELD_DEFAULTS = {
  levels: 12,
  log2TableSize: 17,
  baseResolution: 16,
  finestResolution: 1024,
  hidden: 64,
  colourLayers: 2,
} as const;

/** Numbers that the density's network gives: the density's logarithm, and what the colour's network gets. */
const featureWidth = 16;

/**
 * The colour's weights are kept divided by this, so that Adam's steps, which suit the table, move them this much of as far
 * (Karras et al., Progressive Growing of GANs, 2018, Sec. 4.1). At the full rate the first steps, which all pull towards the
 * scene's mean colour, drive every ReLU of the layers below zero in many runs, and from there is no way back.
 */
const colourRate = 0.3;

/** The exponent is held to this: e¹⁵ lets nothing through a ten-thousandth of the cube. */
const mostLogDensity = 15;

/** eˣ, as instant-ngp has it: any density can be reached, and empty space is far from zero steps away. */
function exponential(b: GraphBuilder, raw: Value): Value {
  return b.exp(b.clip(raw, -mostLogDensity, mostLogDensity));
}

const column = (b: GraphBuilder, x: Value, i: number): Value => b.slice(x, [i], [i + 1], [1]);

/**
 * Defines a hash-grid field. Parameters: `grid.table`, `net.0.weight`, `net.1.weight` (density), `colour.0.weight`, …,
 * no biases, drawn as `hashGrid` draws them. Train it with `HASH_GRID_ADAM`.
 * @throws ArgumentError for settings out of range
 */
export function radianceField(options: RadianceFieldOptions): RadianceField {
  const { space, ...given } = options;
  checkSpace(space);
  const settings = { ...RADIANCE_FIELD_DEFAULTS, ...given };
  const { levels, log2TableSize, baseResolution, finestResolution, hidden, colourLayers } = settings;
  if (!Number.isSafeInteger(colourLayers) || colourLayers < 1) {
    throw new ArgumentError(
      `radianceField: colourLayers must be a whole number of at least 1, got ${colourLayers}`,
    );
  }
  const grid = hashGrid({
    inputDim: 3,
    outputDim: featureWidth,
    levels,
    log2TableSize,
    baseResolution,
    finestResolution,
    hidden,
    layers: 1,
    outputBias: false,
  });
  const { encoding } = grid;
  if (encoding === undefined) throw new ArgumentError('radianceField: the grid has no encoding');
  const sizes = [featureWidth - 1 + harmonicsWidth, ...Array<number>(colourLayers).fill(hidden), 3];
  const colours = sizes.slice(1).map((out, i): ParameterSpec => {
    const fanIn = sizes[i] as number;
    return { name: `colour.${i}.weight`, shape: [out, fanIn], count: out * fanIn };
  });
  // The table is not among what the networks get.
  const first = grid.parameters.length - 1;
  const parts: FieldParts = {
    layout: encoding.layout,
    encodedWidth: encoding.width,
    encode: (b, coordinates, parameters) =>
      gridLookup(b, encoding.layout, coordinates, parameters[0] as Value),
    density(b, encoded, network) {
      const features = encoding.build(b, encoded, network.slice(0, first));
      return {
        density: exponential(b, column(b, features, 0)),
        features: b.slice(features, [1], [featureWidth], [1]),
      };
    },
    encodeDirections: sphericalHarmonics,
    colour(b, features, directions, network) {
      let y = b.concat([features, directions], 1);
      network.slice(first).forEach((weight, i) => {
        y = b.gemm(y, weight, undefined, { transB: true, alpha: colourRate });
        y = i < colourLayers ? b.relu(y) : b.sigmoid(y);
      });
      return y;
    },
  };
  return assemble({
    kind: 'radiance-hash-grid',
    settings,
    space,
    parts,
    parameters: [...grid.parameters, ...colours],
    macsPerSample: grid.macsPerSample + colours.reduce((sum, { count }) => sum + count, 0),
    ...(grid.opset === undefined ? {} : { opset: grid.opset }),
    initialise: (random) => [
      ...grid.initialise(random),
      ...colours.map(({ count, shape }) => {
        const [out = 1, fanIn = 1] = shape;
        return uniform(random, count, Math.sqrt(6 / (fanIn + out)) / colourRate);
      }),
    ],
  });
}

/** Settings of a plain field. */
export interface PositionalFieldOptions {
  /** Where in the world the field is: `sceneSpace` of `evos/nerf` works it out from a scene. */
  readonly space: FieldSpace;
  /** Octaves of the position's sines and cosines. 10 as published. */
  readonly frequencies?: number;
  /** Octaves of the direction's. 4 as published. */
  readonly directionFrequencies?: number;
  /** Width of the layers. */
  readonly width?: number;
  /** Layers with ReLU before the density; the position comes in again before the one after half of them. */
  readonly depth?: number;
}

/** As published but for width and depth, there 256 and 8: many hours on two CPU cores. */
export const POSITIONAL_FIELD_DEFAULTS = {
  frequencies: 10,
  directionFrequencies: 4,
  width: 64,
  depth: 4,
} as const;

/**
 * Defines NeRF's network: positions and directions as sines and cosines of 2ᵏπ times them (Eq. 4), `depth` layers with ReLU
 * with a shortcut from the position, density from the last of them, colour from one more layer of half the width that sees
 * the direction too. The density is softplus where the paper has ReLU, which may die at the start.
 * @throws ArgumentError for settings out of range
 */
export function positionalField(options: PositionalFieldOptions): RadianceField {
  const { space, ...given } = options;
  checkSpace(space);
  const settings = { ...POSITIONAL_FIELD_DEFAULTS, ...given };
  for (const [name, value] of Object.entries(settings)) {
    const least = name === 'width' ? 2 : 1;
    if (Number.isSafeInteger(value) && value >= least) continue;
    throw new ArgumentError(
      `positionalField: ${name} must be a whole number of at least ${least}, got ${value}`,
    );
  }
  const { frequencies, directionFrequencies, width, depth } = settings;
  const encodedWidth = 3 + 6 * frequencies;
  const directionWidth = 3 + 6 * directionFrequencies;
  const shortcut = depth >> 1;
  const layers: { name: string; fanIn: number; out: number }[] = [];
  for (let i = 0; i < depth; i++) {
    const fanIn = i === 0 ? encodedWidth : i === shortcut ? width + encodedWidth : width;
    layers.push({ name: `net.${i}`, fanIn, out: width });
  }
  const half = width >> 1;
  layers.push({ name: 'density', fanIn: width, out: 1 });
  layers.push({ name: 'feature', fanIn: width, out: width });
  layers.push({ name: 'colour.0', fanIn: width + directionWidth, out: half });
  layers.push({ name: 'colour.1', fanIn: half, out: 3 });
  const parameters = layers.flatMap(({ name, fanIn, out }): ParameterSpec[] => [
    { name: `${name}.weight`, shape: [out, fanIn], count: out * fanIn },
    { name: `${name}.bias`, shape: [out], count: out },
  ]);
  const dense = (b: GraphBuilder, x: Value, values: readonly Value[], layer: number): Value =>
    b.gemm(x, values[2 * layer] as Value, values[2 * layer + 1], { transB: true });
  const parts: FieldParts = {
    encodedWidth,
    encode: (b, coordinates) => positionalEncoding(b, coordinates, frequencies),
    density(b, encoded, values) {
      let y = encoded;
      for (let i = 0; i < depth; i++) {
        const x = i === shortcut && i > 0 ? b.concat([y, encoded], 1) : y;
        y = b.relu(dense(b, x, values, i));
      }
      return { density: b.softplus(dense(b, y, values, depth)), features: y };
    },
    encodeDirections: (b, directions) => positionalEncoding(b, directions, directionFrequencies),
    colour(b, features, directions, values) {
      const seen = b.concat([dense(b, features, values, depth + 1), directions], 1);
      return b.sigmoid(dense(b, b.relu(dense(b, seen, values, depth + 2)), values, depth + 3));
    },
  };
  return assemble({
    kind: 'radiance-positional',
    settings,
    space,
    parts,
    parameters,
    macsPerSample: layers.reduce((sum, { fanIn, out }) => sum + fanIn * out, 0),
    initialise: (random) =>
      parameters.map(({ name, shape, count }) => {
        const [out = 1, fanIn = 1] = shape;
        return name.endsWith('bias')
          ? new Float32Array(count)
          : uniform(random, count, Math.sqrt(6 / (fanIn + out)));
      }),
  });
}

/** The numbers themselves, then sin and cos of 2ᵏπ times them. */
function positionalEncoding(b: GraphBuilder, x: Value, octaves: number): Value {
  const turns = Array.from({ length: octaves }, (_, k) => b.mul(x, Math.PI * 2 ** k));
  return b.concat([x, ...turns.flatMap((turn) => [b.sin(turn), b.cos(turn)])], 1);
}

function uniform(random: RandomSource, count: number, bound: number): Float32Array {
  return Float32Array.from({ length: count }, () => (random.float() * 2 - 1) * bound);
}

/** What the two kinds of field have in common: the whole of it as one model, in the world's units. */
function assemble(field: {
  readonly kind: string;
  readonly settings: object;
  readonly space: FieldSpace;
  readonly parts: FieldParts;
  readonly parameters: readonly ParameterSpec[];
  readonly macsPerSample: number;
  readonly opset?: number;
  initialise(random: RandomSource): Float32Array[];
}): RadianceField {
  const { space, parts, parameters, settings } = field;
  return {
    ...field,
    settings: JSON.parse(JSON.stringify({ ...settings, space })) as Record<string, JsonValue>,
    inputDim: 6,
    outputDim: 4,
    parameterCount: parameters.reduce((sum, { count }) => sum + count, 0),
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
