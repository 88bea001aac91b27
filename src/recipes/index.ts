// `evos/recipes`: whole runs. What the command line calls and what an SDK user calls are one and the same.
export * from './runs/artifacts.js';
export * from './define-config.js';
export * from './runs/events.js';
export * from './modalities/image/settings.js';
export * from './modalities/mesh/settings.js';
export {
  fitImage,
  resumeImage,
  type FitImageOptions,
  type ResumeImageOptions,
} from './modalities/image/fit.js';
export { fitMesh, resumeMesh, type FitMeshOptions, type ResumeMeshOptions } from './modalities/mesh/fit.js';
export * from './modalities/scene/settings.js';
export * from './modalities/scene/metrics.js';
export {
  fitScene,
  resumeScene,
  type FitSceneOptions,
  type ResumeSceneOptions,
} from './modalities/scene/fit.js';
export { compareScene, type CompareSceneOptions } from './modalities/scene/compare.js';
export { openScene, type OpenedScene, type OpenSceneOptions } from './modalities/scene/open.js';
export type { SceneRecord } from './modalities/scene/record.js';
export { kindOfInput, kindOfRun, type RunKind } from './runs/folder.js';
export { compare, secondsTo, type CompareOptions } from './modalities/image/compare.js';
export { compareMesh, type CompareMeshOptions } from './modalities/mesh/compare.js';
export { builtInSelectors, type SelectorContext, type SelectorFactory } from './runs/selectors.js';
export {
  inspectScene,
  looksLikeScene,
  type InspectSceneOptions,
  type SceneInspection,
} from './modalities/scene/inspect.js';
export {
  inspectModel,
  modelKind,
  renderModel,
  type Inspection,
  type RenderOptions,
} from './modalities/image/model.js';
export {
  renderSceneMesh,
  renderSceneModel,
  type RenderedScene,
  type RenderedSceneMesh,
  type RenderSceneMeshOptions,
  type RenderSceneOptions,
} from './modalities/scene/render.js';
export { renderMeshModel, type RenderedMesh, type RenderMeshOptions } from './modalities/mesh/render.js';
export { diagnose, type Diagnosis } from './diagnose.js';
