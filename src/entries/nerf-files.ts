// `evos/nerf/files`: scenes and camera paths from files.
export * from '../nerf/files/index.js';
