// NeRF's own network: sines and cosines of the position and of the direction, then layers with ReLU (Mildenhall et al., NeRF,
// ECCV 2020).
import { ArgumentError } from '../../core/index.js';
import { integer } from '../../core/settings.js';
import type { GraphBuilder, Value } from '../graph/index.js';
import { defineBackbone } from './backbone.js';
import type { ParameterSpec } from './definition.js';
import { assembleField, uniform } from './fields/field.js';
import { checkSpace } from './fields/space.js';
import type { FieldParts, FieldSpace, RadianceField } from './fields/types.js';

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

/** NeRF's network by name. */
export const positionalBackbone = defineBackbone({
  name: 'nerf',
  summary:
    'the network that began radiance fields, with sines and cosines of positions (Mildenhall et al., 2020)',
  settings: {
    /** Width of the layers. */
    width: integer({ min: 2, default: POSITIONAL_FIELD_DEFAULTS.width }),
    /** Layers with ReLU before the density. */
    depth: integer({ min: 1, default: POSITIONAL_FIELD_DEFAULTS.depth }),
    /** Octaves of the position's sines and cosines. */
    frequencies: integer({ min: 1, default: POSITIONAL_FIELD_DEFAULTS.frequencies }),
    /** Octaves of the direction's. */
    directionFrequencies: integer({ min: 1, default: POSITIONAL_FIELD_DEFAULTS.directionFrequencies }),
  },
  needs: ['rays'],
  learningRate: 5e-4,
  adam: () => ({}),
  field: (space, settings) => positionalField({ space, ...settings }),
});

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
  return assembleField({
    kind: positionalBackbone.name,
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
