// Pictures from files and into files.
export * from './decode.js';
export * from './encode.js';
