// Reads and writes pictures.
export * from './decode.js';
export * from './encode.js';
export type { GeometryOptions } from './geometry.js';
export type { Spell } from './bands.js';
