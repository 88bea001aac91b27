// `evos/image/files`: pictures from files and into files.
export * from '../image/files/index.js';
