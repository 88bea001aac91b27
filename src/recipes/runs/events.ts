// The stream of events a recipe yields: the core's, with the run's own beginning, checkpoints and result.
import type { FitEvent } from '../../core/index.js';
import type {
  CompareMeshReport,
  CompareMeshRow,
  CompareReport,
  CompareRow,
  ImageInfo,
  ImageMetrics,
  MeshInfo,
  MeshMetrics,
} from './artifacts.js';
import type {
  CompareSceneReport,
  CompareSceneRow,
  SceneInfo,
  SceneMetrics,
  SceneViewQuality,
} from '../modalities/scene/metrics.js';
import type { FitSceneSettings } from '../modalities/scene/settings.js';
import type { FitMeshSettings } from '../modalities/mesh/settings.js';
import type { FitImageSettings } from '../modalities/image/settings.js';

/** The first event: what is about to happen, on what. */
export interface StartEvent<Input = ImageInfo, Settings = FitImageSettings> {
  readonly type: 'start';
  readonly input: Input;
  readonly model: ImageMetrics['model'];
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
export interface ResultEvent<Metrics = ImageMetrics> {
  readonly type: 'result';
  readonly metrics: Metrics;
  readonly out: string;
  readonly files: readonly string[];
}

/** What is done after training, such as extracting and measuring a mesh: how far it is, in [0, 1]. */
export interface FinishEvent {
  readonly type: 'finish';
  readonly task: 'extract' | 'measure' | 'preview' | 'render' | 'turntable';
  readonly share: number;
}

/** A held-out view of a scene was rendered and measured, in the order of the scene. */
export interface ViewEvent extends SceneViewQuality {
  readonly type: 'view';
  /** From 0. */
  readonly index: number;
  readonly count: number;
}

/** What a run yields; `Finish` is what it tells of the work after training. */
export type RunEvent<Input, Settings, Metrics, Finish> =
  StartEvent<Input, Settings> | FitEvent | CheckpointEvent | Finish | ResultEvent<Metrics>;

/** What `fitImage` yields. After an abort the last event is `end` with reason `aborted`. */
export type FitImageEvent = RunEvent<ImageInfo, FitImageSettings, ImageMetrics, never>;

/** What `fitMesh` yields. After an abort the last event is `end` with reason `aborted`. */
export type FitMeshEvent = RunEvent<MeshInfo, FitMeshSettings, MeshMetrics, FinishEvent>;

/** What `fitScene` yields. After an abort the last event is `end` with reason `aborted`. */
export type FitSceneEvent = RunEvent<SceneInfo, FitSceneSettings, SceneMetrics, FinishEvent | ViewEvent>;

/** What a comparison yields; see `CompareEvent`. */
export type ComparisonEvent<Event, Row, Report> =
  | { readonly type: 'strategy'; readonly strategy: string; readonly index: number; readonly count: number }
  | { readonly type: 'run'; readonly strategy: string; readonly event: Event }
  | { readonly type: 'row'; readonly row: Row }
  | { readonly type: 'aborted'; readonly out: string }
  | {
      readonly type: 'compared';
      readonly report: Report;
      readonly out: string;
      readonly files: readonly string[];
    };

/**
 * What `compare` yields: the strategies take turns, so `strategy` says whose turn begins, and their own events follow
 * wrapped with the name; when all have ended a row for each, and the report; or `aborted`.
 */
export type CompareEvent = ComparisonEvent<FitImageEvent, CompareRow, CompareReport>;

/** What `compareMesh` yields, as `compare` does. */
export type CompareMeshEvent = ComparisonEvent<FitMeshEvent, CompareMeshRow, CompareMeshReport>;

/** What `compareScene` yields, as `compare` does. */
export type CompareSceneEvent = ComparisonEvent<FitSceneEvent, CompareSceneRow, CompareSceneReport>;
