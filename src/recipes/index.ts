// `evos/recipes`: whole runs. What the command line calls and what an SDK user calls are one and the same.
export * from './artifacts.js';
export * from './define-config.js';
export * from './events.js';
export * from './options.js';
export * from './settings.js';
export * from './mesh-settings.js';
export { fitImage, resumeImage, type FitImageOptions, type ResumeImageOptions } from './fit-image.js';
export { fitMesh, resumeMesh, type FitMeshOptions, type ResumeMeshOptions } from './fit-mesh.js';
export {
  compareMeshSettings,
  fitMeshSettings,
  meshEntrySettings,
  resolveMeshSettings,
} from './mesh-options.js';
export * from './scene-settings.js';
export * from './scene-figures.js';
export { fitScene, resumeScene, type FitSceneOptions, type ResumeSceneOptions } from './fit-scene.js';
export { compareScene, type CompareSceneOptions } from './compare-scene.js';
export {
  compareSceneSettings,
  fitSceneSettings,
  resolveSceneSettings,
  sceneEntrySettings,
} from './scene-options.js';
export { openScene, type OpenedScene, type OpenSceneOptions } from './scene-open.js';
export type { SceneRecord } from './scene-record.js';
export { kindOfInput, kindOfRun, type RunKind } from './run-folder.js';
export { compare, secondsTo, type CompareOptions } from './compare.js';
export { compareMesh, type CompareMeshOptions } from './compare-mesh.js';
export { builtInSelectors, type SelectorContext, type SelectorFactory } from './selectors.js';
export {
  inspectScene,
  looksLikeScene,
  type InspectSceneOptions,
  type SceneInspection,
} from './inspect-scene.js';
export { inspectModel, modelKind, renderModel, type Inspection, type RenderOptions } from './model.js';
export {
  renderSceneMesh,
  renderSceneModel,
  type RenderedScene,
  type RenderedSceneMesh,
  type RenderSceneMeshOptions,
  type RenderSceneOptions,
} from './render-scene.js';
export { renderMeshModel, type RenderedMesh, type RenderMeshOptions } from './render-mesh.js';
export { diagnose, type Diagnosis } from './diagnose.js';
