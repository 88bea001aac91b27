// Choosing rays for somebody's NeRF trainer, in two calls.
export { createRaySampler, type RayFeedback, type RaySampler } from './sampler.js';
export { rayDefaults, type CommonRayOptions, type RaySamplerOptions } from './options.js';
