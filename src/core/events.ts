// What a run tells while it goes: one stream of typed events that the command line, a web page and tests read.

/** Seconds spent so far, by purpose. */
export interface Timings {
  /** In training steps, the evaluating ones included. */
  readonly train: number;
  /** In choosing samples: `next`, `report`, frequency responses. */
  readonly select: number;
  /** In measuring quality for the record; no strategy depends on it and it is not training time. */
  readonly evaluate: number;
}

/** After each training step. */
export interface StepEvent {
  readonly type: 'step';
  /** Step t, counted from 1. */
  readonly step: number;
  /** Steps of the whole run, T. */
  readonly steps: number;
  /** The loss before this step's update. */
  readonly loss: number;
  /** Share of the pool the schedule asked for. */
  readonly ratio: number;
  /** Samples this step trained on. */
  readonly samples: number;
  /**
   * Whether the selector was told the errors of this step's samples. Only with `indices` of `'all'` was that the whole pool:
   * selectors that never evaluate it learn from every step.
   */
  readonly evaluates: boolean;
  /** The samples this step trained on; the selector's memory, valid until the next event is asked for. */
  readonly indices: Uint32Array | 'all';
  readonly seconds: Timings;
}

/** After a step at which quality was measured. */
export interface MeasureEvent {
  readonly type: 'measure';
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly ratio: number;
  /** The modality's figures, by name: `psnr`, `ssim`, `iou`, … */
  readonly metrics: Readonly<Record<string, number>>;
  readonly seconds: Timings;
}

/** The last event of `fit`. */
export interface EndEvent {
  readonly type: 'end';
  /** `aborted` when the signal fired: the last finished step counts, nothing is lost. */
  readonly reason: 'finished' | 'aborted';
  readonly step: number;
  readonly steps: number;
  readonly seconds: Timings;
}

/** One event of `fit`. */
export type FitEvent = StepEvent | MeasureEvent | EndEvent;
