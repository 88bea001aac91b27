// The stream of events a recipe yields: the core's, with the run's own beginning, checkpoints and result.
import type { FitEvent } from '../core/index.js';
import type { CompareReport, CompareRow, ImageMetrics } from './artifacts.js';
import type { FitImageSettings } from './settings.js';

/** The first event: what is about to happen, on what. */
export interface StartEvent {
  readonly type: 'start';
  readonly input: ImageMetrics['input'];
  readonly model: ImageMetrics['model'];
  readonly settings: FitImageSettings;
  /** The device in words, with why `auto` chose it. */
  readonly device: string;
  readonly deviceReason: string;
  readonly workers: number;
  readonly microBatch: number;
  /** The run's folder. */
  readonly out: string;
  /** The step the run goes on after; 0 for a new run. */
  readonly resumedFrom: number;
  /** Things worth knowing that are not errors, e.g. that a large photograph is trained at a smaller size. */
  readonly notes: readonly string[];
}

/** A checkpoint was written whole. */
export interface CheckpointEvent {
  readonly type: 'checkpoint';
  readonly step: number;
  readonly file: string;
}

/** The last event of a run that was not aborted; the files are all written. */
export interface ResultEvent {
  readonly type: 'result';
  readonly metrics: ImageMetrics;
  readonly out: string;
  readonly files: readonly string[];
}

/** What `fitImage` yields. After an abort the last event is `end` with reason `aborted`. */
export type FitImageEvent = StartEvent | FitEvent | CheckpointEvent | ResultEvent;

/**
 * What `compare` yields: the strategies take turns, so `strategy` says whose turn begins, and their own events follow
 * wrapped with the name; when all have ended a row for each, and the report; or `aborted`.
 */
export type CompareEvent =
  | { readonly type: 'strategy'; readonly strategy: string; readonly index: number; readonly count: number }
  | { readonly type: 'run'; readonly strategy: string; readonly event: FitImageEvent }
  | { readonly type: 'row'; readonly row: CompareRow }
  | { readonly type: 'aborted'; readonly out: string }
  | {
      readonly type: 'compared';
      readonly report: CompareReport;
      readonly out: string;
      readonly files: readonly string[];
    };
