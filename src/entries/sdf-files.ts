// `evos/sdf/files`: meshes from files and into files.
export * from '../sdf/files/index.js';
