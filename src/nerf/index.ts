// `evos/nerf`: scenes in, rays out.
export {
  createIntrinsics,
  resizeIntrinsics,
  type Intrinsics,
  type IntrinsicsInit,
  type LensModel,
} from './intrinsics.js';
export { pixelDirection, projectPoint } from './camera.js';
export { cameraRays, viewFromCamera, type CameraRays, type ThreeCamera } from './three-camera.js';
export * from './scene.js';
export { isScene, loadScene, type LoadSceneOptions } from './load.js';
export { sceneSpace, type SceneSpace } from './scene-space.js';
export { extentDefaults } from './extent.js';
export { holdOut, shrinkScene, type HeldOut } from './split.js';
export { createRayPool, rayPoolDefaults, type RayPool, type RayPoolOptions } from './ray-pool.js';
export { drawCameras, type DrawCamerasOptions } from './draw-cameras.js';
export * from './ray-source.js';
export { createRaySampler, type RayFeedback, type RaySampler } from './ray-sampler.js';
export {
  rayDefaults,
  rayStrategies,
  type CommonRayOptions,
  type ErrorMapRayOptions,
  type EvosOnlineRayOptions,
  type EvosRayOptions,
  type RaySamplerOptions,
  type UniformRayOptions,
} from './ray-sampler-options.js';
export { colourGradientErrors } from './colour-gradient.js';
export {
  orbitDefaults,
  orbitPath,
  reframe,
  type CameraPath,
  type Orbit,
  type OrbitKind,
  type OrbitOptions,
  type PathCamera,
} from './camera-path.js';
export { cameraPathLimits, readCameraPath } from './read-camera-path.js';
