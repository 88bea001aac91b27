// Choosing rays for somebody's NeRF trainer, in two calls.
export { createRaySampler, type RayFeedback, type RaySampler } from './sampler.js';
export {
  rayDefaults,
  rayStrategies,
  type CommonRayOptions,
  type ErrorMapRayOptions,
  type EvosOnlineRayOptions,
  type EvosRayOptions,
  type RaySamplerOptions,
  type UniformRayOptions,
} from './options.js';
