// `evos/sdf`: meshes in, signed distances and samples out.
export * from '../sdf/index.js';
