// The stream of events that a run or a comparison yields: the core's, with the run's own beginning, checkpoints and result.
import type { FitEvent } from '../../core/index.js';
import type { CompareSettings, RunSettings } from '../settings/resolver.js';
import type { Summary } from './comparing/types.js';
import type {
  AnyCompareReport,
  AnyCompareRow,
  CommonHistoryEntry,
  CommonMetrics,
  FailedRun,
  InputInfo,
  RunMetrics,
} from './metrics.js';

/** The first event: what is about to happen, on what. */
export interface StartEvent<Input, Settings> {
  readonly type: 'start';
  /** What is fitted, the modality's name. */
  readonly kind: string;
  readonly input: Input;
  readonly model: CommonMetrics['model'];
  readonly settings: Settings;
  /** The device in words, with why `auto` chose it. */
  readonly device: string;
  readonly deviceReason: string;
  readonly workers: number;
  readonly microBatch: number;
  /** The run's folder. */
  readonly out: string;
  /** The step the run goes on after; 0 for a new run. */
  readonly resumedFrom: number;
  /** How long training will take, about, by a few steps that were tried; undefined for short runs. */
  readonly estimatedSeconds?: number;
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
export interface ResultEvent<Metrics> {
  readonly type: 'result';
  readonly metrics: Metrics;
  readonly out: string;
  readonly files: readonly string[];
}

/** Work after training, such as extracting and measuring a mesh: how far it is, in [0, 1]. */
export interface FinishEvent {
  readonly type: 'finish';
  /** The modality has the words for it. */
  readonly task: string;
  readonly share: number;
}

/** A part of the input, such as a held-out photograph, was measured. */
export interface ViewEvent {
  readonly type: 'view';
  readonly name: string;
  /** From 0. */
  readonly index: number;
  readonly count: number;
}

/** The types that one modality brings. */
export interface RunTypes {
  /** Settings of a fit, and of a comparison, complete. */
  readonly settings: RunSettings;
  readonly compare: CompareSettings;
  /** The input in memory. */
  readonly input: unknown;
  /** What events and metrics.json say of it. */
  readonly info: InputInfo;
  /** A line of the history. */
  readonly entry: CommonHistoryEntry;
  /** Quality of a finished run, as the table of a comparison has it. */
  readonly figures: object;
  /** metrics.json */
  readonly metrics: RunMetrics;
  /** Events of the work after training. */
  readonly progress: FinishEvent | ViewEvent;
}

/** A strategy's line in compare.json. */
export type RowOf<Types extends RunTypes> = AnyCompareRow<Types['entry']> & Types['figures'];

/** compare.json */
export type ReportOf<Types extends RunTypes> = AnyCompareReport<
  Types['compare'],
  RowOf<Types>,
  Types['info']
>;

/** What a run yields. After an abort the last event is `end` with reason `aborted`. */
export type RunEvent<Types extends RunTypes = RunTypes> =
  | StartEvent<Types['info'], Types['settings']>
  | FitEvent
  | CheckpointEvent
  | Types['progress']
  | ResultEvent<Types['metrics']>;

/** The training of one strategy diverged, or left nothing. */
export interface FailedEvent extends FailedRun {
  readonly type: 'failed';
  /** What a fit would have ended with. */
  readonly message: string;
}

/**
 * What a comparison yields: the strategies take turns, so `strategy` says whose turn begins, and their own events follow
 * wrapped with the name; when all have ended a row for each, and the report; or `aborted`. A run that `failed` has no row, and
 * the others go on.
 */
export type ComparisonEvent<Types extends RunTypes = RunTypes> =
  | { readonly type: 'strategy'; readonly strategy: string; readonly index: number; readonly count: number }
  | { readonly type: 'run'; readonly strategy: string; readonly event: RunEvent<Types> }
  | FailedEvent
  | { readonly type: 'row'; readonly row: RowOf<Types> }
  | { readonly type: 'aborted'; readonly out: string }
  | {
      readonly type: 'compared';
      readonly report: ReportOf<Types>;
      readonly out: string;
      readonly files: readonly string[];
    };

/** compare.json of a comparison over several inputs and seeds. Figures over all of them first, then cell by cell. */
export interface CampaignReport extends Summary {
  /** The modality's name and `-campaign`. */
  readonly kind: string;
  readonly version: string;
  readonly settings: CompareSettings;
  /** One input with one seed each, of those that have been compared. */
  readonly cells: readonly CampaignCell[];
  /** How many there will be. */
  readonly count: number;
  /** The runs that failed; where the baseline did, there is no cell. Left out where none did. */
  readonly failed?: readonly FailedIn[];
}

/** A run of a campaign that failed. */
export interface FailedIn extends FailedRun {
  /** The input's file name. */
  readonly name: string;
  readonly seed: number;
}

/** One input with one seed. */
export interface CampaignCell {
  /** The input's file name. */
  readonly name: string;
  readonly seed: number;
  /** Relative to the comparison's, with slashes; it has a compare.html and a compare.json of its own, with histories. */
  readonly folder: string;
  readonly input: InputInfo;
  readonly device: string;
  readonly workers: number;
  readonly machine: CommonMetrics['machine'];
  readonly rows: readonly Omit<AnyCompareRow, 'history'>[];
}

/**
 * What a comparison over several inputs and seeds yields: `cell` says which input and seed begins, the events of its comparison
 * follow wrapped, and at the end comes the report; or `stopped`.
 */
export type CampaignEvent<Types extends RunTypes = RunTypes> =
  | {
      readonly type: 'cell';
      readonly name: string;
      readonly input: string;
      readonly seed: number;
      readonly index: number;
      readonly count: number;
    }
  | {
      readonly type: 'part';
      readonly name: string;
      readonly seed: number;
      readonly event: ComparisonEvent<Types>;
    }
  | { readonly type: 'stopped'; readonly done: number; readonly count: number; readonly out: string }
  | {
      readonly type: 'compared-all';
      readonly report: CampaignReport;
      readonly out: string;
      readonly files: readonly string[];
    };
