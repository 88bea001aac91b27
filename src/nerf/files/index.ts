// Scenes and camera paths from files.
export { isScene, loadScene, type LoadSceneOptions } from './load.js';
export { cameraPathLimits, readCameraPath } from './read-camera-path.js';
