// What a scene's run leaves behind, as types: the content of its metrics.json and compare.json.
import type { FieldSpace, RayBackground } from '../../../engine/index.js';
import type { PhotoScene } from '../../../nerf/index.js';
import type { ViewEvent } from '../../runs/events.js';
import type {
  AnyCompareReport,
  AnyCompareRow,
  CommonHistoryEntry,
  CommonMetrics,
  InputInfo,
  TrainingFigures,
} from '../../runs/metrics.js';
import type { CompareSceneSettings, FitSceneSettings } from './settings.js';

/** How well a held-out photograph is met. */
export interface SceneViewQuality {
  /** As the scene's files name it. */
  readonly name: string;
  /** In decibels, without masked pixels; 200 stands for no difference at all. */
  readonly psnr: number;
  /** null for photographs with a side below the window's 11 pixels. */
  readonly ssim: number | null;
}

/** A held-out view of a scene was rendered and measured, in the order of the scene. */
export interface SceneViewEvent extends SceneViewQuality, ViewEvent {}

/** One line of a scene fit's history. */
export interface SceneHistoryEntry extends CommonHistoryEntry {
  /** The mean over the held-out views of the PSNR on a fixed lattice of their pixels. */
  readonly psnr: number;
  /** Share of all rays that a step trains on. */
  readonly ratio: number;
}

/** What a run's metrics say of its scene. Lengths are in the units of the scene's files. */
export interface SceneInfo
  extends InputInfo, Pick<PhotoScene, 'format' | 'unbounded' | 'bounds' | 'warnings'> {
  /** What was taken off all positions of the scene's files, where they are far from their origin. */
  readonly origin?: PhotoScene['origin'];
  readonly photographs: {
    /** In the files' lists. */
    readonly listed: number;
    readonly found: number;
    readonly train: number;
    readonly test: number;
    /** How it was decided which are held out, in words. */
    readonly heldOutBy: string;
    readonly masked: number;
  };
  /** Width × height as trained on, and how many photographs have it. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Of the photographs that are trained on. */
  readonly rays: number;
  /** How bounds, near and far were found. */
  readonly extent: string;
  readonly space: FieldSpace;
  /** Red, green, blue from 0 to 1; `random`: each ray's own while training, mid-grey in renderings. */
  readonly background: RayBackground;
}

/** Quality of a scene fit. */
export interface SceneFigures {
  /** Mean over the held-out views, in decibels. */
  readonly psnr: number;
  /** Mean over the held-out views; null where they are too small. */
  readonly ssim: number | null;
}

/** metrics.json of a scene fit. */
export interface SceneMetrics
  extends CommonMetrics<SceneInfo, FitSceneSettings>, TrainingFigures, SceneFigures {
  readonly kind: 'scene';
  /** Rays trained on over the whole run. */
  readonly samples: number;
  /** Always 0: no strategy for rays evaluates all of them. */
  readonly evaluations: number;
  readonly views: readonly SceneViewQuality[];
  readonly history: readonly SceneHistoryEntry[];
}

/** One strategy's line in a comparison on a scene. */
export interface CompareSceneRow extends AnyCompareRow<SceneHistoryEntry>, SceneFigures {}

/** compare.json of a scene. */
export interface CompareSceneReport extends AnyCompareReport<
  CompareSceneSettings,
  CompareSceneRow,
  SceneInfo
> {}
