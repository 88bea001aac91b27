// `evos/sdf`: meshes in, signed distances and samples out; and the selector that chooses among them.
export * from '../sdf/index.js';
export * from '../adapters/points/index.js';
