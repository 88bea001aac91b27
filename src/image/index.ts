// Pictures: pool, Laplacian, PSNR and SSIM, heat maps.
export * from './image.js';
export * from './from-pixels.js';
export * from './normalise.js';
export * from './pool.js';
export * from './laplacian.js';
export * from './quality.js';
export * from './heatmap.js';
