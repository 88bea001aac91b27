// `evos/image`: pixels in, figures and pictures out. Decoding, the pixel pool, the Laplacian, PSNR and SSIM.
export * from './image.js';
export * from './decode.js';
export * from './encode.js';
export * from './normalise.js';
export * from './pool.js';
export * from './laplacian.js';
export * from './quality.js';
export * from './heatmap.js';
