// What a radiance field's trainer and its worker threads say to each other. Numbers travel through shared memory.
import type { FieldSpace } from '../models/index.js';
import type { FrameSetup } from '../onnx/protocol.js';
import type { UpdateScalars } from '../training/state.js';
import type { RayBackground } from './background.js';
import type { DensityGridSetup } from './density-grid.js';
import type { RayMemory } from './ray-memory.js';

/** What a worker is given when it starts. */
export interface RaySetup extends FrameSetup {
  readonly space: FieldSpace;
  readonly grid: DensityGridSetup;
  readonly samplesPerRay: number;
  readonly seed: number;
  readonly background: RayBackground;
}

/** A worker's part of a step, or of a pass to score: worker w of W takes every W-th ray from the w-th on. */
export interface RayPassJob {
  readonly type: 'pass';
  /** The graph that passes run, and the one that the last of a step runs where that updates too. */
  readonly graph: string;
  readonly lastGraph: string;
  readonly count: number;
  /** Of `workers` with a part. */
  readonly parts: number;
  /** Counted from 0; with the seed, where samples lie. */
  readonly step: number;
  /** The density below which the grid's cells are empty. */
  readonly threshold: number;
  readonly errorScale: number;
  /** Missing where the pass only scores. */
  readonly update?: UpdateScalars;
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
