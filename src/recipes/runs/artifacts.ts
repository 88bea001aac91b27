// What a run leaves behind, as types: the content of metrics.json and compare.json.
import type { Timings } from '../../core/index.js';
import type { CompareSettings, FitImageSettings } from '../modalities/image/settings.js';
import type { CompareMeshSettings, FitMeshSettings } from '../modalities/mesh/settings.js';

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
}

/** What metrics.json holds of any run, apart from what training came to. */
export interface CommonMetrics<Input, Settings> {
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
    readonly settings: Readonly<Record<string, unknown>>;
  };
  readonly settings: Settings;
}

/** What any training came to, apart from its quality. */
export interface TrainingFigures {
  readonly seconds: RunSeconds;
  /** Samples trained on over the whole run. */
  readonly samples: number;
  /** Steps at which all samples were evaluated. */
  readonly evaluations: number;
}

/** Quality of an image fit. */
export interface ImageFigures {
  /** Peak 255, on the 8-bit picture; 200 stands for no difference at all. */
  readonly psnr: number;
  /** The official code's convention: peak is the image's maximum, not rounded. */
  readonly psnrImagePeak: number;
  /** null for pictures with a side below the window's 11 pixels. */
  readonly ssim: number | null;
}

/** One line of an image fit's history. */
export interface HistoryEntry extends CommonHistoryEntry, ImageFigures {}

/** What a run's figures say of its image. */
export interface ImageInfo {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly originalWidth: number;
  readonly originalHeight: number;
}

/** metrics.json of an image fit. */
export interface ImageMetrics
  extends CommonMetrics<ImageInfo, FitImageSettings>, TrainingFigures, ImageFigures {
  readonly kind: 'image';
  readonly ssimOfficial: number;
  readonly history: readonly HistoryEntry[];
}

/** One line of a mesh fit's history. */
export interface MeshHistoryEntry extends CommonHistoryEntry {
  /** Intersection over union on a fixed set of uniform points of the network's cube. */
  readonly iou: number;
  /** The same on points close to the surface. */
  readonly iouNear: number;
}

/** Quality of a mesh fit. */
export interface MeshFigures {
  /** On uniform points of the network's cube, by the network's sign. */
  readonly iou: number;
  /** On points near the surface. */
  readonly iouNear: number;
  /** Mean of the two mean distances between the surfaces, in longest sides of the original (Mescheder et al., 2019). */
  readonly chamferL1: number;
  /** Sum of the two mean squared distances, in the same unit, squared (Fan et al., 2017). */
  readonly chamferL2: number;
  /** Mean |cosine| between normals of closest points (Mescheder et al., 2019). */
  readonly normalConsistency: number;
}

/** What a run's figures say of its mesh. */
export interface MeshInfo {
  readonly file: string;
  readonly vertices: number;
  readonly triangles: number;
  readonly watertight: boolean;
  /** What was found wrong with the mesh, in words. */
  readonly warnings: readonly string[];
  /** Where the mesh lies in the network's cube: network = (mesh − center) · scale. */
  readonly frame: { readonly center: readonly [number, number, number]; readonly scale: number };
  /** How inside was told from outside, and why so. */
  readonly sign: string;
  readonly signReason: string;
}

/** metrics.json of a mesh fit. */
export interface MeshMetrics extends CommonMetrics<MeshInfo, FitMeshSettings>, TrainingFigures, MeshFigures {
  readonly kind: 'mesh';
  /** Of the extracted mesh. */
  readonly vertices: number;
  readonly triangles: number;
  readonly history: readonly MeshHistoryEntry[];
}

/** What a strategy's line says in any comparison. */
export interface AnyCompareRow<Entry> {
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
  readonly samples: number;
  readonly history: readonly Entry[];
}

/** One strategy's line in a comparison. */
export interface CompareRow extends AnyCompareRow<HistoryEntry>, ImageFigures {}

/** One strategy's line in a comparison on a mesh. */
export interface CompareMeshRow extends AnyCompareRow<MeshHistoryEntry>, MeshFigures {}

/** What any comparison says. */
export interface AnyCompareReport<Settings, Row> {
  readonly version: string;
  readonly baseline: string;
  readonly seed: number;
  readonly device: string;
  readonly workers: number;
  readonly machine: CommonMetrics<unknown, unknown>['machine'];
  readonly settings: Settings;
  readonly rows: readonly Row[];
}

/** compare.json */
export interface CompareReport extends AnyCompareReport<CompareSettings, CompareRow> {
  readonly kind: 'image-comparison';
  readonly input: ImageInfo;
}

/** compare.json of a mesh. */
export interface CompareMeshReport extends AnyCompareReport<CompareMeshSettings, CompareMeshRow> {
  readonly kind: 'mesh-comparison';
  readonly input: MeshInfo;
}
