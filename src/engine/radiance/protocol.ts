// What a radiance field's trainer and its worker threads say to each other. Numbers travel through shared memory.
import type { FieldSpace } from '../models/index.js';
import type { FrameSetup, PartJob } from '../onnx/protocol.js';
import type { RayBackground } from '../training/rays/background.js';
import type { DensityGridSetup } from '../training/rays/density-grid.js';
import type { RayMemory } from './ray-memory.js';

/** What a worker is given when it starts. */
export interface RaySetup extends FrameSetup {
  readonly space: FieldSpace;
  readonly grid: DensityGridSetup;
  readonly samplesPerRay: number;
  readonly seed: number;
  readonly background: RayBackground;
}

/** A worker's part of a batch of rays: worker w of W takes every W-th ray from the w-th on. */
export interface RayPassJob extends PartJob {
  readonly count: number;
  /** Counted from 0; with the seed, where samples lie. */
  readonly step: number;
  /** The density below which the grid's cells are empty. */
  readonly threshold: number;
}

/** Jobs of a worker that trains on rays. */
export type RayJob =
  | { readonly type: 'memory'; readonly memory: RayMemory }
  | RayPassJob
  | {
      readonly type: 'render';
      readonly graph: string;
      readonly count: number;
      readonly parts: number;
      readonly threshold: number;
    }
  /** Points `[from, to)`, in the field's coordinates: densities alone, or colours too. */
  | {
      readonly type: 'points';
      readonly graph: string;
      readonly colours: boolean;
      readonly from: number;
      readonly to: number;
    };

/** Names of the graphs' own inputs and outputs, beside the common ones; `inputs` are positions or what was looked up. */
export const rayPorts = {
  /** `[r, 3]` */
  directions: 'directions',
  /** int32 `[n, 2]`: ray and place along it. */
  places: 'places',
  /** `[n, 1]` */
  lengths: 'lengths',
  /** `[n, 1]` */
  distances: 'distances',
  /** `[r, 3]`: what shows through behind each ray. */
  backgrounds: 'backgrounds',
  /** `[n, 1]` */
  densities: 'densities',
  colours: 'colours',
  opacities: 'opacities',
  depths: 'depths',
} as const;
