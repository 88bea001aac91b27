// `evos/image`: pixels in, metrics out; and the selector that chooses among them.
export * from '../image/index.js';
export * from '../adapters/pixels/index.js';
