// Reads and writes pictures.
export * from './decode.js';
export * from './encode.js';
