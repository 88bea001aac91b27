// `evos/sdf`: meshes in, signed distances and samples out.
export * from './mesh.js';
export * from './distance.js';
export { inspectMesh, warnings, type MeshReport } from './inspect.js';
