// `evos/sdf`: meshes in, signed distances and samples out.
export * from './mesh.js';
export * from './load.js';
export { inspectMesh, warnings, type MeshReport } from './inspect.js';
export * from './distance.js';
export * from './surface.js';
export { cube, sampleMesh, sampleSplits } from './samples.js';
export type { SampleOptions, SamplePart, SampleSplit, SdfSamples } from './samples.js';
export * from './pool.js';
export * from './frequency.js';
export * from './extract.js';
export * from './export.js';
export * from './metrics.js';
export { sampleSurface, type SurfaceSamples } from './metrics-samples.js';
export { cubePoints, pointsAround, toMeshUnits, toNetworkUnits } from './metrics-volume.js';
export * from './preview.js';
export { cameraDefaults, frontCamera, type Camera } from './preview-camera.js';
export { errorColours, usualErrorLimit } from './preview-errors.js';
export { toSrgb } from './preview-shade.js';
