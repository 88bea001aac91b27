// Scenes: cameras, rays, the ray pool, camera paths.
export {
  createIntrinsics,
  resizeIntrinsics,
  type Intrinsics,
  type IntrinsicsInit,
  type LensModel,
} from './cameras/intrinsics.js';
export { pixelDirection, projectPoint } from './cameras/camera.js';
export { cameraRays, viewFromCamera, type CameraRays, type ThreeCamera } from './cameras/three-camera.js';
export * from './scene.js';
export { sceneSpace, type SceneSpace } from './scene-space.js';
export { extentDefaults } from './extent.js';
export { holdOut, shrinkScene, type HeldOut } from './split.js';
export { createRayPool, rayPoolDefaults, type RayPool, type RayPoolOptions } from './rays/pool.js';
export * from './rays/source.js';
export { colourGradientErrors } from './rays/colour-gradient.js';
export {
  orbitDefaults,
  orbitPath,
  reframe,
  type CameraPath,
  type Orbit,
  type OrbitKind,
  type OrbitOptions,
  type PathCamera,
} from './cameras/camera-path.js';
