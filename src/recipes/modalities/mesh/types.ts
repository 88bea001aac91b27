// The types of the modality of meshes.
import type { DistanceField, Frame, TriangleMesh } from '../../../sdf/index.js';
import type { FinishEvent } from '../../runs/events.js';
import type { MeshFigures, MeshHistoryEntry, MeshInfo, MeshMetrics } from './metrics.js';
import type { InsideMeter } from './quality.js';
import type { CompareMeshSettings, FitMeshSettings } from './settings.js';

/** A mesh, ready to be trained on. Its field has threads: dispose of it. */
export interface MeshInput {
  readonly mesh: TriangleMesh;
  readonly frame: Frame;
  readonly field: DistanceField;
  readonly meter: InsideMeter;
}

/** The types of this modality. */
export interface MeshTypes {
  readonly settings: FitMeshSettings;
  readonly compare: CompareMeshSettings;
  readonly input: MeshInput;
  readonly info: MeshInfo;
  readonly entry: MeshHistoryEntry;
  readonly figures: MeshFigures;
  readonly metrics: MeshMetrics;
  readonly progress: FinishEvent;
}
