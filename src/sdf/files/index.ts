// Meshes from files and into files.
export * from './load.js';
export * from './export.js';
