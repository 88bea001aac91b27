// What a radiance field's trainer and its worker threads say to each other. Numbers travel through shared memory.
import type { UpdateScalars } from '../onnx/parameters/shared.js';
import type { WorkerSetup } from '../onnx/protocol.js';
import type { RayBackground } from './background.js';
import type { DensityGridSetup } from './density-grid.js';
import type { RayMemory } from './ray-memory.js';
import type { FieldSpace } from './types.js';

/** What a worker is given when it starts. */
export interface RadianceWorkerSetup extends WorkerSetup {
  readonly space: FieldSpace;
  readonly grid: DensityGridSetup;
  readonly samplesPerRay: number;
  readonly seed: number;
  readonly background: RayBackground;
}

/** Worker w of W takes every W-th ray from the w-th on. */
export interface RayStepJob {
  readonly type: 'step';
  readonly count: number;
  /** Of `workers` with a part. */
  readonly parts: number;
  /** Counted from 0; with the seed, where samples lie. */
  readonly step: number;
  /** The density below which the grid's cells are empty. */
  readonly threshold: number;
  readonly errorScale: number;
  readonly update: UpdateScalars;
}

export type RadianceJob =
  | { readonly type: 'memory'; readonly memory: RayMemory }
  | RayStepJob
  | {
      readonly type: 'render';
      readonly count: number;
      readonly parts: number;
      readonly threshold: number;
    }
  /** Points `[from, to)`, in the field's coordinates: densities alone, or colours too. */
  | { readonly type: 'density' | 'field'; readonly from: number; readonly to: number }
  | { readonly type: 'publish' }
  | { readonly type: 'restore' };

export type RadianceReply = {
  readonly type: 'done';
  readonly loss: number;
  /** Samples that were looked at. */
  readonly samples: number;
};
