// metrics.json and compare.json of meshes.
import type {
  AnyCompareReport,
  AnyCompareRow,
  CommonHistoryEntry,
  CommonMetrics,
  InputInfo,
  TrainingFigures,
} from '../../runs/metrics.js';
import type { CompareMeshSettings, FitMeshSettings } from './settings.js';

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

/** What a run's metrics say of its mesh. */
export interface MeshInfo extends InputInfo {
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

/** One strategy's line in a comparison on a mesh. */
export interface CompareMeshRow extends AnyCompareRow<MeshHistoryEntry>, MeshFigures {}

/** compare.json of a mesh. */
export interface CompareMeshReport extends AnyCompareReport<CompareMeshSettings, CompareMeshRow, MeshInfo> {}
