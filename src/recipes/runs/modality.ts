// A modality as the runs know it: what can be fitted, how it is recognised, and how it is read, trained, measured,
// rendered and inspected. Runs, comparisons, reports and the command line are written once, over this interface.
import type { JsonValue, MeasureEvent, Pool, Selector } from '../../core/index.js';
import type { OptionalPackage } from '../../core/packages.js';
import type { Image } from '../../image/index.js';
import type { ModelDefinition, EngineTrainer, ResolvedDevice, StepShape } from '../../engine/index.js';
import type { Setting } from '../../core/settings.js';
import type { Resolver } from '../settings/resolver.js';
import type { Checkpoint } from './checkpoint.js';
import type { ReportOf, RunTypes } from './events.js';
import type { CommonHistoryEntry, CommonMetrics } from './metrics.js';
import type { NetworkFile } from './models/network-file.js';
import type { SelectorFactory } from './selectors.js';
import type { RunState, Tally, TargetWords } from './state.js';

/** A figure of quality: how it is called and shown. */
export interface Measure {
  /** Its name in histories, metrics and rows. */
  readonly key: string;
  /** In a sentence: `PSNR`. */
  readonly title: string;
  /** `dB`; a factor of 100 goes with `%`. */
  readonly unit?: string;
  readonly factor?: number;
  readonly decimals: number;
  /** A value that stands for no difference at all, and what is said in its place. */
  readonly perfect?: { readonly value: number; readonly words: string };
  /** Measured while training goes on: a column of compare.csv. */
  readonly history?: boolean;
  /** Told while training goes on, and of a finished run. */
  readonly progress?: boolean;
  readonly result?: boolean;
  /** The heading of its column on a terminal, and which columns stay where there is little room: the highest. */
  readonly column?: { readonly title: string; readonly keep: number };
}

/** A measure's value among those of a run, a row or a line of its history; null where there is none. */
export function valueOf({ key, factor = 1 }: Pick<Measure, 'key' | 'factor'>, values: object): number | null {
  const value: unknown = new Map<string, unknown>(Object.entries(values)).get(key);
  return typeof value === 'number' ? factor * value : null;
}

/** What is said of a run whose measure stands for no difference at all; undefined of any other. */
export function perfectly({ perfect, ...measure }: Measure, value: number | null): string | undefined {
  return perfect !== undefined && value !== null && value === (measure.factor ?? 1) * perfect.value
    ? perfect.words
    : undefined;
}

/** Where a run's curve of a measure ended, which is what others are to reach: the final figure may be of other samples. */
export function reached(measure: Measure, { history }: { readonly history: readonly object[] }): number {
  return valueOf(measure, history.at(-1) ?? {}) ?? NaN;
}

/** Options of one modality by name, as `evos render` and `evos inspect` take them. */
export type OptionShape = Readonly<Record<string, { readonly setting: Setting; readonly words: string }>>;

/** What long work takes. */
export interface Waiting {
  /** Ends it at the next occasion; its reason is thrown. */
  readonly signal?: AbortSignal;
  /** Told the share that is done, from 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** What rendering or inspecting is asked for. */
export interface Request extends Waiting {
  /** A run's folder, a model.onnx, or an input. */
  readonly path: string;
  /** Options as the modality declares them. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Where to write, where that was said. */
  readonly out?: string;
  /** Write over what is there already. */
  readonly overwrite?: boolean;
}

/** What rendering leaves. */
export interface Rendered<Data extends object = object> {
  readonly file: string;
  readonly seconds: number;
  /** The result in a few words: `1920x1080`. */
  readonly words: string;
  /** What programs are told besides. */
  readonly data: Data;
}

/** A file that people have in place of one that is read. */
export interface Unread {
  /** With its article: `a video`. */
  readonly what: string;
  /** What to do with it: `convert it to PNG`. */
  readonly instead: string;
}

/** A modality. An entry is light: `load` brings the rest. */
export interface Modality<Types extends RunTypes = RunTypes> {
  /** What metrics, models and checkpoints call it. */
  readonly kind: string;
  /** With its article: `an image`. */
  readonly one: string;
  readonly several: string;
  /** The files it reads, in words. */
  readonly formats: string;
  /** Their extensions, with dots, in lower case. */
  readonly extensions: readonly string[];
  /** What it does not read and might be given, by extension. */
  readonly unread?: Readonly<Record<string, Unread>>;
  /** Whether an input may be a folder. */
  readonly folders?: boolean;
  /** The name of an input, for examples. */
  readonly example: string;
  /** Optional packages that its runs need beside the engine. Left out: none. */
  readonly packages?: readonly OptionalPackage[];
  /** Looks closer at a file or folder whose name fits. Left out: the name is all there is to go by. */
  recognise?(file: string): Promise<boolean>;
  /** What it looks for there, as a sentence for whoever named something else. */
  readonly expects?: string;
  readonly settings: Resolver<Types['settings'], Types['compare']>;
  /** Names of the configuration's sections. */
  readonly sections: { readonly fit: string; readonly compare: string };
  /** The functions of `evos/recipes` that fit and compare, one input or several, as reports name them. */
  readonly calls: { readonly fit: string; readonly compare: string; readonly compareAll?: string };
  /** Of quality; strategies are compared by the first. */
  readonly measures: readonly [Measure, ...Measure[]];
  /** What the measures of a comparison's table are, a sentence each. */
  readonly footnotes: readonly string[];
  /** The tasks after training in words. */
  readonly tasks: Readonly<Record<string, string>>;
  /** Options of `evos render`, and the ones to suggest after a fit. */
  readonly render: {
    readonly options: OptionShape;
    readonly suggestion: string;
    /** What to say to whoever gives options of another modality. */
    readonly instead: string;
  };
  /** Options of `evos inspect` for an input that is not fitted yet. Left out: only runs and models can be inspected. */
  readonly inspect?: { readonly options: OptionShape };
  /** What is about to be fitted: its size, then further sentences. */
  describe(info: Types['info']): readonly string[];
  /** What else is told of a finished run, a sentence each. */
  outcome?(metrics: Types['metrics']): readonly string[];
  load(): Promise<ModalityRun<Types>>;
}

/** A plugin as a checkpoint names it. */
export interface PluginRecord {
  /** Absolute path. */
  readonly file: string;
  /** Of the file's bytes. */
  readonly sha256: string;
}

/** What a run is asked to do, and where. */
export interface RunPlan<Types extends RunTypes> {
  /** The input as events and metrics describe it. */
  readonly info: Types['info'];
  readonly notes: readonly string[];
  readonly settings: Types['settings'];
  readonly input: Types['input'];
  readonly device: ResolvedDevice;
  readonly folder: string;
  readonly signal: AbortSignal | undefined;
  /** The caller's own selector. */
  readonly selector: SelectorFactory | undefined;
  readonly plugins: readonly PluginRecord[];
  /** The network to train, where it is one of a file: for `networkOf`. */
  readonly network?: NetworkFile;
  /** Where to go on from. */
  readonly checkpoint?: Checkpoint;
}

/** An input, read. */
export interface ReadInput<Types extends RunTypes> {
  readonly input: Types['input'];
  readonly info: Types['info'];
  /** What the user should know about it. */
  readonly notes: readonly string[];
  readonly usual?: UsualSettings<Types['settings']>;
}

/** Defaults of a fit that follow from its input; what was named goes before them. */
export interface UsualSettings<Settings> {
  readonly settings: Partial<Settings>;
  /** What the user is told where one of them takes effect. */
  readonly note: string;
}

/** What a checkpoint says of its run, beside the settings. */
export interface StoredInput<Info> {
  readonly info: Info;
  /** What the modality keeps to know its input again. */
  readonly input: Readonly<Record<string, JsonValue>>;
}

/** A pool that is drawn anew now and then. */
export interface Refresh {
  /** After every so many steps. */
  readonly every: number;
  /** Draws the samples of the steps after this one. Counts as training. */
  run(step: number): Promise<void>;
  /** Begins with what `run` is to do after that step, where a device trains meanwhile and the processor has time. */
  prefetch(step: number): void;
}

/** What a finished run leaves behind. */
export interface Outcome<Metrics> {
  readonly metrics: Metrics;
  readonly files: readonly string[];
}

/** What training needs, and what becomes of it. */
export interface RunParts<Types extends RunTypes> {
  readonly model: ModelDefinition;
  readonly pool: Pool;
  readonly selector: Selector;
  /** Disposed of by the run. */
  readonly trainer: EngineTrainer;
  readonly refresh?: Refresh;
  /** Samples of the next step, where that changes from step to step. */
  readonly batchSize?: () => number;
  /** Samples of an ordinary step at the start of a run, by which a `microBatch` of 0 is chosen. */
  readonly usualBatch?: number;
  /** How it is counted what was trained on; default: sample by sample. */
  readonly tally?: Tally;
  readonly words: TargetWords;
  /** What the checkpoint keeps beside the settings, to know the input again. */
  readonly stored: Readonly<Record<string, JsonValue>>;
  /** Steps from one measurement to the next. Default: a twentieth of the run. */
  readonly measureEvery?: number;
  /** Quality for the record. @param whole after the last step: of everything, where on the way a sample may do */
  readonly measure: (whole: boolean) => Promise<Record<string, number>>;
  /** A figure of the measurements, and the value at which training ends before its last step. Default: it does not. */
  readonly target?: { readonly name: string; readonly value: number };
  /** A line of the history. @param common what every line says */
  entry(event: MeasureEvent, common: CommonHistoryEntry): Types['entry'];
  /** Writes what a finished run leaves behind. A generator has events, and may throw when the signal is fired. */
  finish(
    common: CommonMetrics<Types['info'], Types['settings']>,
    state: RunState<Types['entry']>,
  ):
    | Promise<Outcome<Types['metrics']>>
    | AsyncGenerator<Types['progress'], Outcome<Types['metrics']>, undefined>;
}

/** Reads an input in two parts: one for all runs on it, and one for each. */
export interface Decoding<Types extends RunTypes> {
  /** Decodes an input, as plain data that can go to another thread. @throws InputError for one that cannot be used */
  decode(file: string, settings: Types['settings']): Promise<object>;
  /** Makes the rest of what was decoded. @throws InputError */
  read(decoded: object, file: string, settings: Types['settings']): Promise<ReadInput<Types>>;
}

/** Two pictures to compare. */
export interface PicturePair {
  readonly reference: Image;
  readonly result: Image;
}

/** The rest of a modality. */
export interface ModalityRun<Types extends RunTypes = RunTypes> {
  /** Names of the files and folders that a run leaves in its folder. */
  readonly files: readonly string[];
  /** What an input is called in the name of a folder. */
  nameOf(input: string): string;
  /** Reads an input. @throws InputError for one that cannot be used */
  read(file: string, settings: Types['settings']): Promise<ReadInput<Types>>;
  /** For several runs on one input, which decode it once. Left out: each of them reads it. */
  readonly decoding?: Decoding<Types>;
  /** Keeps the input in the run's folder, or what it takes to find it again. */
  keep(folder: string, file: string, input: Types['input']): Promise<void>;
  /** The input of a run that goes on. @throws ResumeError when it is gone or another */
  reopen(
    folder: string,
    stored: StoredInput<Types['info']>,
    settings: Types['settings'],
  ): Promise<Types['input']>;
  /** Frees what an input holds. */
  release?(input: Types['input']): Promise<void>;
  /**
   * A step of such a run, by which a device is chosen where none is named. Left out: that of an ordinary network.
   * @param info says what is known of the input, where the step goes by it
   */
  step?(
    settings: Types['settings'],
    info: () => Types['info'] | Promise<Types['info']>,
  ): StepShape | Promise<StepShape>;
  /** Makes the parts of a run. */
  parts(plan: RunPlan<Types>): RunParts<Types> | Promise<RunParts<Types>>;
  /** What the table of a comparison shows of a finished run. */
  figures(metrics: Types['metrics']): Types['figures'];
  /** What was trained on and what came out of it, as pictures of one size that measures for pictures can compare. */
  pictures?(folder: string): Promise<PicturePair>;
  /** compare.html, with pictures out of the runs' folders. */
  page(folder: string, report: ReportOf<Types>): Promise<string>;
  /** Renders a trained model again. */
  render(request: Request): Promise<Rendered>;
  /** Says what an input holds. Goes with the entry's `inspect`. */
  inspect?(request: Request): Promise<object>;
}

/** Makes a modality out of its parts; the types follow. */
export function defineModality<Types extends RunTypes>(modality: Modality<Types>): Modality<Types> {
  return modality;
}
