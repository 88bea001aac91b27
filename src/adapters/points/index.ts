// Choosing points for somebody's own SDF trainer, in two calls.
export { createPointSelector, type PointSelectorOptions } from './selector.js';
