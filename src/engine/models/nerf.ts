// NeRF's own network: sines and cosines of the position and of the direction, then layers with ReLU (Mildenhall et al., NeRF,
// ECCV 2020).
import { resolveSettings } from '../../core/resolve-settings.js';
import { integer } from '../../core/settings.js';
import type { GraphBuilder, Value } from '../graph/index.js';
import { defineBackbone } from './backbone.js';
import { biasOf, chain, glorot, macsOf, weightOf } from './dense.js';
import { assembleField } from './fields/field.js';
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
 * @example
 * const space = { centre: [0, 0, 0], half: 1, contracted: false, near: 0.1, far: 6 } as const;
 * const field = positionalField({ space });
 */
export function positionalField(options: PositionalFieldOptions): RadianceField {
  const { space, ...given } = options;
  checkSpace(space);
  const settings = resolveSettings('positionalField', positionalBackbone.settings, given);
  const { frequencies, directionFrequencies, width, depth } = settings;
  const encodedWidth = 3 + 6 * frequencies;
  const directionWidth = 3 + 6 * directionFrequencies;
  const shortcut = depth >> 1;
  const layers = [
    ...Array.from({ length: depth }, (_, i) => ({
      name: `net.${i}`,
      fanIn: i === 0 ? encodedWidth : i === shortcut ? width + encodedWidth : width,
      fanOut: width,
    })),
    { name: 'density', fanIn: width, fanOut: 1 },
    { name: 'feature', fanIn: width, fanOut: width },
    ...chain('colour', [width + directionWidth, width >> 1, 3]),
  ];
  const parameters = layers.flatMap((layer) => [weightOf(layer), biasOf(layer)]);
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
    macsPerSample: macsOf(layers),
    initialise: (random) =>
      layers.flatMap((layer) => [glorot(random, weightOf(layer)), new Float32Array(layer.fanOut)]),
  });
}

/** The numbers themselves, then sin and cos of 2ᵏπ times them. */
function positionalEncoding(b: GraphBuilder, x: Value, octaves: number): Value {
  const turns = Array.from({ length: octaves }, (_, k) => b.mul(x, Math.PI * 2 ** k));
  return b.concat([x, ...turns.flatMap((turn) => [b.sin(turn), b.cos(turn)])], 1);
}
