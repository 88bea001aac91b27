// `evos/nerf`: scenes in, rays out; and the sampler that chooses among them.
export * from '../nerf/index.js';
export * from '../adapters/rays/index.js';
