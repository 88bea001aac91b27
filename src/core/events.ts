// What a run tells while it goes: one stream of typed events that the command line, a web page and tests read.
import type { Want } from './contracts.js';

/** Seconds spent so far, by purpose. */
export interface Timings {
  /** In training steps, the evaluating ones included. */
  readonly train: number;
  /** In choosing samples: `next`, passes to score, `report`, frequency responses. */
  readonly select: number;
  /** In measuring quality for the record; no strategy depends on it and it is not training time. */
  readonly evaluate: number;
}

/** What all events tell. */
interface Progress {
  /** Step t, counted from 1. */
  readonly step: number;
  /** Steps of the whole run, T. */
  readonly steps: number;
  readonly seconds: Timings;
}

/** What events of one step tell. */
interface Trained extends Progress {
  /**
   * The loss before this step's update. Of a step that was sent ahead and of which nothing is wanted it is that of an earlier
   * step, since nothing comes back.
   */
  readonly loss: number;
  /** Share of the pool the schedule asked for. */
  readonly ratio: number;
}

/** After each training step. */
export interface StepEvent extends Trained {
  readonly type: 'step';
  /** Samples this step trained on. */
  readonly samples: number;
  /** What the selector was told of this step's samples. */
  readonly wants: readonly Want[];
  /** Whether the selector could not go on without it: the step was an evaluation. */
  readonly awaited: boolean;
  /** Whether these were all of the pool's samples, in its order. */
  readonly whole: boolean;
  /**
   * The samples this step trained on; the selector's memory, valid until the next event is asked for. Where `whole` is true
   * the array is made when it is first read.
   */
  readonly indices: Uint32Array;
}

/** After a step at which quality was measured. */
export interface MeasureEvent extends Trained {
  readonly type: 'measure';
  /** The modality's metrics, by name: `psnr`, `ssim`, `iou`, … */
  readonly metrics: Readonly<Record<string, number>>;
}

/** The last event of `fit`. */
export interface EndEvent extends Progress {
  readonly type: 'end';
  /** `aborted` when the signal fired: the last finished step counts, nothing is lost. */
  readonly reason: 'finished' | 'aborted';
}

/** One event of `fit`. */
export type FitEvent = StepEvent | MeasureEvent | EndEvent;
