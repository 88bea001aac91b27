// Reads scenes and camera paths.
export { isScene, loadScene, type LoadSceneOptions } from './load.js';
export { drawCameras, type DrawCamerasOptions } from './draw-cameras.js';
export { cameraPathLimits, readCameraPath } from './read-camera-path.js';
