// `evos/engine` where a bundler makes it for a browser: the same names; of the devices, the page's GPU.
export * from '../engine/models/index.js';
export * from '../engine/devices/in-browser.js';
export { shownBackground } from '../engine/training/rays/background.js';
export * from '../engine/radiance/volume.js';
export { crossFrequencyTerm, trainerDefaults } from '../engine/training/options.js';
