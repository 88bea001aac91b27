// What a kind of run (of pictures, meshes or scenes) brings to comparisons, and what comparisons make of it.
import type { z } from 'zod';
import type { Device } from '../../engine/index.js';
import type {
  AnyCompareReport,
  AnyCompareRow,
  CommonHistoryEntry,
  CommonMetrics,
  TrainingFigures,
} from './artifacts.js';
import type { Quality } from '../report/compared.js';
import type { SelectorFactory } from './selectors.js';

/** What is read of a run's events, whatever it fits. */
export type AnyRunEvent<Metrics> =
  | { readonly type: 'start'; readonly deviceReason: string }
  | { readonly type: 'step'; readonly step: number; readonly steps: number }
  | { readonly type: 'measure' | 'checkpoint' | 'end' | 'finish' | 'view' }
  | { readonly type: 'result'; readonly metrics: Metrics };

/** What is read of a run's figures, whatever it fits. */
export interface AnyMetrics extends CommonMetrics<unknown, unknown>, TrainingFigures {
  readonly kind: string;
  readonly history: readonly CommonHistoryEntry[];
}

/** What is read of a comparison's settings. */
export interface AnySettings {
  readonly strategies: readonly string[];
  readonly device: Device | 'auto';
}

/** A line of a history. */
export type EntryOf<Metrics extends AnyMetrics> = Metrics['history'][number];

/** A strategy's line: the figures of its run beside what it cost. */
export type RowOf<Metrics extends AnyMetrics, Figures> = AnyCompareRow<EntryOf<Metrics>> & Figures;

/** compare.json */
export type ReportOf<Settings, Metrics extends AnyMetrics, Figures> = {
  readonly kind: `${Metrics['kind']}-comparison`;
  readonly input: Metrics['input'];
} & AnyCompareReport<Settings, RowOf<Metrics, Figures>>;

/** What a run is started with beside its settings; a selector only where it is not found by the strategy's name. */
export interface RunPlace {
  readonly selector?: SelectorFactory;
  readonly signal?: AbortSignal;
}

/** What a kind of run brings to comparisons. `Figures` are those of a finished run that the table shows. */
export interface ComparedKind<
  Settings extends AnySettings,
  RunSettings extends object,
  Event extends AnyRunEvent<Metrics>,
  Metrics extends AnyMetrics,
  Figures,
> {
  readonly kind: Metrics['kind'];
  /** Names of the strategies that a run's settings know. */
  readonly strategies: readonly string[];
  /** The settings that a strategy may have of its own. */
  readonly entrySettings: z.ZodObject;
  /** A comparison's settings, complete. @throws ConfigError */
  settings(given: object): Settings;
  /** A run's settings out of layers of them, complete. @throws ConfigError */
  runSettings(...layers: readonly object[]): RunSettings;
  /** A strategy's selector, where a run cannot find it by name. @throws ArgumentError for a strategy that there is not */
  selector(strategy: string, own: Readonly<Record<string, SelectorFactory>>): SelectorFactory | undefined;
  /** What an input is called in the usual folder's name. */
  nameOf(input: string): string;
  /** Throws for an input that cannot be used, before anything is written. */
  check(input: string, settings: RunSettings): Promise<void>;
  fit(
    options: RunSettings &
      RunPlace & { readonly input: string; readonly out: string; readonly overwrite: true },
  ): AsyncGenerator<Event, void, undefined>;
  resume(
    options: RunPlace & { readonly folder: string; readonly expected: RunSettings },
  ): AsyncGenerator<Event, void, undefined>;
  /** What the table shows of a finished run. */
  figures(metrics: Metrics): Figures;
  /** What strategies are compared by. */
  readonly quality: Quality<Figures, EntryOf<Metrics>>;
  /** Columns of compare.csv with what was measured; those with costs are everybody's. */
  readonly columns: Readonly<Record<string, (entry: EntryOf<Metrics>) => number | string>>;
  /** compare.html, with pictures out of the runs' folders. */
  page(folder: string, report: ReportOf<Settings, Metrics, Figures>): Promise<string>;
}
