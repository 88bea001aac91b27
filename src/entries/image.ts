// `evos/image`: pixels in, figures out.
export * from '../image/index.js';
