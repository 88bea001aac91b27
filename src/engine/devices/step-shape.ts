// What a step of training is like, as plain data: enough to make one in another process and time it.
import { siren, type AdamOptions, type ModelPorts } from '../models/index.js';
import type { LossOptions } from '../models/loss.js';
import type { CrossFrequencyOptions } from '../training/options.js';
import type { RayBackground } from '../training/rays/background.js';

/** What steps of all kinds say. */
interface CommonShape {
  /** A backbone by name, and its settings. */
  readonly backbone: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly adam: AdamOptions;
  /** Worker threads on the CPU. Default: one per core. */
  readonly workers?: number;
}

/** A step on samples of a pool. */
export interface SampleStep extends CommonShape, LossOptions {
  readonly kind: 'samples';
  readonly ports: ModelPorts;
  /** Samples of the pool, and of a step. */
  readonly pool: number;
  readonly samples: number;
  /** Samples per pass. Default: what suits the device. */
  readonly microBatch?: number;
  /** A further loss term that the trainer is made with. The measured step is one without. */
  readonly crossFrequency?: Omit<CrossFrequencyOptions, 'targetResponse'>;
}

/** A step on rays, through a cube around the origin. */
export interface RayStep extends CommonShape {
  readonly kind: 'rays';
  readonly background: RayBackground;
  readonly samplesPerRay: number;
  readonly rays: number;
}

/** A step of training. */
export type StepShape = SampleStep | RayStep;

const ports = { inputDim: 2, outputDim: 3 } as const;

/** What is measured where nobody says what is to be trained: the network that most papers have, and a few thousand samples. */
export const usualStep: StepShape = {
  kind: 'samples',
  backbone: siren(ports).kind,
  settings: { width: 256, depth: 3 },
  ports,
  adam: { learningRate: 1e-4 },
  ...{ pool: 4096, samples: 4096 },
};

/** A step in words: `siren, 4,096 samples`. */
export function stepInWords(step: StepShape): string {
  const count = step.kind === 'rays' ? step.rays : step.samples;
  return `${step.backbone}, ${count.toLocaleString('en-US')} ${step.kind}`;
}
