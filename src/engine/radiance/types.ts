// What a radiance field's trainer takes and gives. It is a trainer like the others, for samples that are rays; what is
// particular to rays comes beside.
import type { Snapshot } from '../../core/index.js';
import type { GraphBuilder, Value } from '../graph/index.js';
import type { ModelDefinition } from '../models/definition.js';
import type { GridLayout } from '../models/grid-layout.js';
import type { AdamOptions, Device } from '../onnx/options.js';
import type { OnnxTrainer } from '../onnx/trainer.js';
import type { RayBackground } from './background.js';

/** Where in the world a field is, and how much of the world it holds. */
export interface FieldSpace {
  /** The middle of the cube that is trained at full resolution, in the world's units. */
  readonly centre: readonly [x: number, y: number, z: number];
  /** Half the cube's side, in the world's units. */
  readonly half: number;
  /**
   * Whether there is something to see outside the cube. Then all of space is drawn together into a cube of twice the side
   * (Barron et al., Mip-NeRF 360, 2022, Eq. 10, with the maximum norm), and the network works on that; otherwise rays end
   * where they leave the cube.
   */
  readonly contracted: boolean;
  /** Along a ray of unit direction, in the world's units: nothing is nearer to a camera than this. */
  readonly near: number;
  /** Nothing counts beyond this. */
  readonly far: number;
}

/** What a ray sees. Arrays are the caller's to keep. */
export interface RenderedRays {
  /** `[n, 3]`: red, green, blue, from 0 to 1, over the background. */
  readonly colours: Float32Array;
  /** `[n]`: the mean distance along the ray at which its light comes from, in the world's units; `far` where it meets nothing. */
  readonly depths: Float32Array;
  /** `[n]`: how much of the ray's light comes from the field, from 0 to 1; the rest is background. */
  readonly opacities: Float32Array;
}

/** A field at points. Arrays are the caller's to keep. */
export interface FieldSamples {
  /** `[n]`: extinction per unit of the world's length, at least 0. */
  readonly densities: Float32Array;
  /** `[n, 3]`: red, green, blue, from 0 to 1. */
  readonly colours: Float32Array;
}

/** The parts of a field, which volume rendering puts together. All values are graph values. */
export interface FieldParts {
  /** Where a kernel looks positions up on the CPU: its table is the first parameter. */
  readonly layout?: GridLayout;
  /** Numbers per position that the lookup gives; 3 without one. */
  readonly encodedWidth: number;
  /**
   * Positions as the kernel would give them.
   * @param coordinates `[n, 3]` in [−1, 1]
   * @param parameters all of the field's
   * @returns `[n, encodedWidth]`
   */
  encode(b: GraphBuilder, coordinates: Value, parameters: readonly Value[]): Value;
  /**
   * @param encoded `[n, encodedWidth]`
   * @param network the field's parameters without the table
   * @returns `density` `[n, 1]`, per half side of the cube; `features` for the colour
   */
  density(b: GraphBuilder, encoded: Value, network: readonly Value[]): { density: Value; features: Value };
  /** @param directions `[r, 3]` of length 1 */
  encodeDirections(b: GraphBuilder, directions: Value): Value;
  /**
   * @param directions encoded, a row for each sample
   * @returns `[n, 3]` in (0, 1)
   */
  colour(b: GraphBuilder, features: Value, directions: Value, network: readonly Value[]): Value;
}

/**
 * A network from position and direction (`inputDim` 6, both in the world, the direction of length 1) to density, per unit of
 * the world's length, and colour (`outputDim` 4).
 */
export interface RadianceField extends ModelDefinition {
  readonly space: FieldSpace;
  readonly parts: FieldParts;
}

/** Settings of `createRadianceTrainer`. */
export interface RadianceTrainerOptions {
  /** What is trained: `radianceField` or `positionalField` makes it. */
  readonly field: RadianceField;
  /** Adam's settings: `HASH_GRID_ADAM` for a hash grid. */
  readonly adam: AdamOptions;
  /** Seed of the initial weights, and of where along their rays samples lie. */
  readonly seed: number;
  /** A device that is known to work here (see `resolveDevice`). */
  readonly device: Device;
  /** Worker threads on the CPU; default one per core. Other devices use one. */
  readonly workers?: number;
  /**
   * What shows where a ray's light is not used up: red, green, blue from 0 to 1, or `random`. Then every ray of every step
   * has a colour of its own, which follows from the seed, so that light let through is wrong whatever the photograph shows:
   * what is black there becomes black things and not holes. It is meant for photographs without transparency; targets that
   * were laid over some colour would need the ray's own. Renderings show the mean of such backgrounds, [0.5, 0.5, 0.5].
   */
  readonly background: RayBackground;
  /** Most samples per ray. Default 32. */
  readonly samplesPerRay?: number;
}

/**
 * Trains a field on rays. A batch's inputs are `[n, 6]`, origin and unit direction in the world; its targets, and what
 * `predict` and a step's predictions give, are `[n, 3]` colours from 0 to 1 over the background. The loss is the mean over
 * rays and channels of the squared error times the ray's weight, where the batch has `weights`. With random backgrounds a
 * step's predictions are over those of that very step, as its loss is: a ray that lets light through differs from its target
 * by chance, and the more, the more it lets through. Errors worked out from them are so of rays that are not yet opaque
 * larger than a rendering's, by the variance of what shows behind (1/12 a channel where nothing is met).
 */
export interface RadianceTrainer extends OnnxTrainer {
  readonly field: RadianceField;
  /** How many points along rays the last step looked at. */
  readonly lastSamples: number;
  /** The share of space that is not known to be empty, from 0 to 1. */
  readonly occupancy: number;
  /**
   * How many rays a step may take to look at about so many points: few at the start, when everything may be anywhere, and
   * more the better empty space is known. Steps then take as long as one another.
   * @param points at least 1
   * @returns a whole number of rays, from 64 to 65,536
   */
  raysFor(points: number): number;
  /** Colour, depth and opacity of rays. @param rays `[n, 6]` */
  render(rays: Float32Array): Promise<RenderedRays>;
  /** The field at points. @param points `[n, 3]` @param directions `[n, 3]` of length 1; default: seen from above */
  query(points: Float32Array, directions?: Float32Array): Promise<FieldSamples>;
  /** Weights, moments and what is known of empty space. */
  snapshot(): Promise<Snapshot>;
}
