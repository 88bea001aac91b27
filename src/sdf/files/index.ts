// Reads and writes meshes.
export * from './load.js';
export * from './export.js';
