// From settings to what a step of a run is like: a device is chosen by it.
import type { ModelPorts, SampleStep } from '../../engine/index.js';
import { adamOf, backboneSettings } from './models/network.js';
import { usualBatch } from './selectors.js';

interface StepSettings {
  readonly backbone: string;
  readonly learningRate: number;
  readonly strategy: string;
  readonly ratio: number;
  readonly batch: number;
  readonly workers: number;
  readonly microBatch: number;
}

/** An ordinary step on a pool of so many samples. */
export function sampleStep(settings: StepSettings, ports: ModelPorts, pool: number): SampleStep {
  const { backbone, workers, microBatch } = settings;
  return {
    kind: 'samples',
    ...{ backbone, ports, pool },
    settings: backboneSettings(settings),
    adam: adamOf(settings),
    samples: Math.max(1, usualBatch(settings, pool)),
    ...(workers > 0 ? { workers } : {}),
    ...(microBatch > 0 ? { microBatch } : {}),
  };
}
