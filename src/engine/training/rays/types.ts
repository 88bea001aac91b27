// What a radiance field's trainer takes and gives. It is a trainer like the others, for samples that are rays; what is
// particular to rays comes beside.
import type { PixelCamera, Pool, Snapshot } from '../../../core/index.js';
import type { AdamOptions, RadianceField } from '../../models/index.js';
import type { Device } from '../options.js';
import type { EngineTrainer } from '../trainer.js';
import type { RayBackground } from './background.js';

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

/** Settings of `createRadianceTrainer`. */
export interface RadianceTrainerOptions {
  /** What is trained: `radianceField` or `positionalField` makes it. */
  readonly field: RadianceField;
  /** Adam's settings: `HASH_GRID_ADAM` for a hash grid. Default `adamDefaults`. */
  readonly adam?: AdamOptions;
  /** Seed of the initial weights, and of where along their rays samples lie; default 3407. */
  readonly seed?: number;
  /** A device that is known to work here (see `resolveDevice`); default `cpu`. */
  readonly device?: Device;
  /** What is rendered and exported is an average of the weights: see `TrainerOptions`. Default 0: the weights of the last step. */
  readonly averaging?: number;
  /** Worker threads on the CPU; default one per core. Other devices use one. */
  readonly workers?: number;
  /**
   * What shows where a ray's light is not used up: red, green, blue from 0 to 1, or `random`. Then every ray of every step
   * has a colour of its own, which follows from the seed, so that light let through is wrong whatever the photograph shows:
   * what is black there becomes black things and not holes. It is meant for photographs without transparency; targets that
   * were laid over some colour would need the ray's own. Renderings show the mean of such backgrounds, [0.5, 0.5, 0.5].
   */
  readonly background: RayBackground;
  /** Most samples of a ray in a step. Default 16. Rays that are rendered have up to 32, or as many as that where it is more. */
  readonly samplesPerRay?: number;
  /**
   * The pool that every step's batch comes from, if it is always the same and does not change. Where it says what its rays are made
   * from (`pixelRays`), a device that can make them takes cameras and photographs over with the first step, and reads of a batch only
   * `indices`, `whole`, `size` and `weights` (`capabilities.resident`); where it cannot, the trainer's `note` says why.
   */
  readonly pool?: Pool;
}

/**
 * Trains a field on rays. A batch's inputs are `[n, 6]`, origin and unit direction in the world; its targets, and what
 * `predict` and a step's predictions give, are `[n, 3]` colours from 0 to 1 over the background. The loss is the mean over
 * rays and channels of the squared error times the ray's weight, where the batch has `weights`. With random backgrounds a
 * step's predictions are over those of that very step, as its loss is: a ray that lets light through differs from its target
 * by chance, and the more, the more it lets through. Errors worked out from them are so of rays that are not yet opaque
 * larger than a rendering's, by the variance of what shows behind (1/12 a channel where nothing is met).
 */
export interface RadianceTrainer extends EngineTrainer {
  readonly model: RadianceField;
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
  /**
   * The same of pixels that a camera sees, counted row by row, where the device makes their rays itself, in single precision: of a
   * lens that bends its picture back into itself those pixels show anything (`PixelRays.unfit`).
   * @param from the first one's number
   * @param count how many
   * @throws ArgumentError for pixels that the camera does not have, or a lens model that the device does not know
   */
  renderPixels?(camera: PixelCamera, from: number, count: number): Promise<RenderedRays>;
  /** The field at points. @param points `[n, 3]` @param directions `[n, 3]` of length 1; default: seen from above */
  query(points: Float32Array, directions?: Float32Array): Promise<FieldSamples>;
  /** Weights, moments and what is known of empty space. */
  snapshot(): Promise<Snapshot>;
}
