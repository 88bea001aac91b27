// Choosing pixels for somebody's own trainer, in two calls.
export { createPixelSelector, type PixelSelectorOptions } from './selector.js';
