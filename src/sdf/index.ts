// Meshes: signed distances, pool, frequency operator, extraction, metrics, previews.
export * from './mesh.js';
export { fileFrame, nearFrame } from './origin.js';
export { inspectMesh, warnings, type MeshReport } from './inspect.js';
export * from './distance/distance.js';
export * from './surface.js';
export { cube, sampleMesh, sampleSplits } from './samples.js';
export type { SampleOptions, SamplePart, SampleSplit, SdfSamples } from './samples.js';
export * from './pool.js';
export * from './frequency.js';
export * from './extract/extract.js';
export * from './metrics/metrics.js';
export { sampleSurface, type SurfaceSamples } from './metrics/samples.js';
export { cubePoints, pointsAround, toMeshUnits, toNetworkUnits } from './metrics/volume.js';
export * from './preview/preview.js';
export { cameraDefaults, frontCamera, type PreviewCamera } from './preview/camera.js';
export { errorColours, usualErrorLimit } from './preview/errors.js';
export { toSrgb } from './preview/shade.js';
