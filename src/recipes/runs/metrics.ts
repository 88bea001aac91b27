// The content of metrics.json and compare.json that every modality has. A modality adds its own figures.
import type { Timings } from '../../core/index.js';
import type { Failure } from './failed.js';

/** Seconds by purpose; `total` also holds loading, checkpoints and writing. */
export interface RunSeconds extends Timings {
  readonly total: number;
}

/** What a line of any run's history says. */
export interface CommonHistoryEntry {
  readonly step: number;
  /** Training time so far: train + select, without measuring quality. */
  readonly seconds: number;
  readonly loss: number;
  /** Share of the samples the schedule asked for at this step. */
  readonly ratio: number;
  /** Samples trained on so far; runs of earlier versions do not say. */
  readonly samples?: number;
}

/** What a run says of its input. */
export interface InputInfo {
  /** Path of the file or folder, as it was given. */
  readonly file: string;
}

/** What metrics.json holds of any run, apart from what training came to. */
export interface CommonMetrics<Input extends InputInfo = InputInfo, Settings = object> {
  readonly version: string;
  readonly input: Input;
  readonly strategy: string;
  readonly steps: number;
  readonly seed: number;
  /** What it ran on, e.g. `cpu` with workers 2. */
  readonly device: string;
  readonly workers: number;
  readonly microBatch: number;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly node: string;
    readonly date: string;
  };
  readonly model: {
    readonly kind: string;
    readonly parameters: number;
    readonly macsPerSample: number;
    /** The same where the whole grid is worked out at once, for a network that has such a form. */
    readonly sharedMacsPerSample?: number;
    readonly settings: Readonly<Record<string, unknown>>;
  };
  readonly settings: Settings;
}

/** What any training came to, apart from its quality. */
export interface TrainingFigures {
  readonly seconds: RunSeconds;
  /** Samples trained on over the whole run. */
  readonly samples: number;
  /** Steps at which the strategy evaluated all that it chooses among, samples or tiles. */
  readonly evaluations: number;
}

/** metrics.json, as far as every modality has it. */
export interface RunMetrics extends CommonMetrics, TrainingFigures {
  readonly kind: string;
  readonly history: readonly CommonHistoryEntry[];
}

/** What a strategy's line says in any comparison. */
export interface AnyCompareRow<Entry = CommonHistoryEntry> {
  readonly strategy: string;
  /** The run's own folder, relative to the comparison's. */
  readonly folder: string;
  readonly seconds: RunSeconds;
  /** train + select of this run over that of the baseline. */
  readonly timeRatio: number;
  /**
   * Training seconds until the baseline's final quality was first reached (interpolated): its PSNR, or the last IoU of
   * its history; null when it never was.
   */
  readonly secondsToBaseline: number | null;
  /** Baseline's training seconds over `secondsToBaseline`; null when never reached. */
  readonly speedUp: number | null;
  /** The same for each of the setting `targets`, where there are some. */
  readonly secondsToTargets?: readonly { readonly target: number; readonly seconds: number | null }[];
  /** By the network that the setting `lpips` names: lower is more alike. */
  readonly lpips?: number;
  readonly samples: number;
  readonly history: readonly Entry[];
}

/** A run of a comparison that has no figures, since its training diverged, or left nothing. */
export interface FailedRun extends Failure {
  readonly strategy: string;
}

/** What any comparison says. */
export interface AnyCompareReport<
  Settings = object,
  Row = AnyCompareRow,
  Input extends InputInfo = InputInfo,
> {
  /** The modality's name and `-comparison`. */
  readonly kind: string;
  readonly input: Input;
  readonly version: string;
  readonly baseline: string;
  readonly seed: number;
  readonly device: string;
  readonly workers: number;
  readonly machine: CommonMetrics['machine'];
  readonly settings: Settings;
  readonly rows: readonly Row[];
  /** Left out where no run failed. */
  readonly failed?: readonly FailedRun[];
}

/** PSNR that stands for no difference at all, in decibels: JSON has no infinities. */
export const exactPsnr = 200;

/** Training seconds, what a strategy is charged with: quality for the record is none of it. */
export const trainingSeconds = ({ seconds }: Pick<TrainingFigures, 'seconds'>): number =>
  seconds.train + seconds.select;
