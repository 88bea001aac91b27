// `evos/recipes`: whole runs. What the command line calls and what an SDK user calls are one and the same.
export * from './define-config.js';
export type {
  CheckpointEvent,
  ComparisonEvent,
  FinishEvent,
  ResultEvent,
  RunEvent,
  RunTypes,
  StartEvent,
  ViewEvent,
} from './runs/events.js';
export type {
  AnyCompareReport,
  AnyCompareRow,
  CommonHistoryEntry,
  CommonMetrics,
  InputInfo,
  RunMetrics,
  RunSeconds,
  TrainingFigures,
} from './runs/metrics.js';
export {
  defineModality,
  type Measure,
  type Modality,
  type ModalityRun,
  type ReadInput,
  type Rendered,
  type Request,
  type RunParts,
  type RunPlan,
} from './runs/modality.js';
export { kindOfRun } from './runs/folder.js';
export { inspectModel, modelKind, modelPath, type Inspection } from './runs/model-file.js';
export { selectorOf, usualBatch, type SelectorContext, type SelectorFactory } from './runs/selectors.js';
export { adamOf, networkOf } from './runs/network.js';
export { settingsOf } from './settings/settings-of.js';
export { backbonesFor, strategiesFor } from './settings/built-in.js';
export { batchSettings, trainingSettings } from './settings/shared.js';
export type { Resolver } from './settings/resolver.js';
export { FileList, readBytes, writeWhole } from './runs/files.js';
export { runFiles } from './runs/folder.js';
export { modelMetadata } from './runs/model-metadata.js';
export { plainComparisonPage, plainRunPage } from './report/plain.js';
export { findModality, modalities, usePlugins } from './modalities/registry.js';
export {
  compareKind,
  fitKind,
  inspectPath,
  kindOfModel,
  renderKind,
  resumeRun,
} from './modalities/by-kind.js';
export { recognise } from './modalities/recognise.js';
export {
  startCompare,
  startFit,
  startResume,
  type FitOptions,
  type ResumeOptions,
} from './modalities/start.js';
export * from './modalities/image/settings.js';
export type {
  CompareReport,
  CompareRow,
  HistoryEntry,
  ImageFigures,
  ImageInfo,
  ImageMetrics,
} from './modalities/image/metrics.js';
export * from './modalities/image/fit.js';
export { renderModel, type RenderOptions } from './modalities/image/render.js';
export * from './modalities/mesh/settings.js';
export * from './modalities/mesh/metrics.js';
export * from './modalities/mesh/fit.js';
export { renderMeshModel, type RenderedMesh, type RenderMeshOptions } from './modalities/mesh/render.js';
export * from './modalities/scene/settings.js';
export * from './modalities/scene/metrics.js';
export * from './modalities/scene/fit.js';
export { openScene, type OpenedScene, type OpenSceneOptions } from './modalities/scene/open.js';
export type { SceneRecord } from './modalities/scene/record.js';
export {
  inspectScene,
  looksLikeScene,
  type InspectSceneOptions,
  type SceneInspection,
} from './modalities/scene/inspect.js';
export {
  renderSceneMesh,
  renderSceneModel,
  type RenderedScene,
  type RenderedSceneMesh,
  type RenderSceneMeshOptions,
  type RenderSceneOptions,
} from './modalities/scene/render.js';
export { diagnose, type Diagnosis } from './diagnose.js';
