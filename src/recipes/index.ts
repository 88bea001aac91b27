// `evos/recipes`: whole runs. What the command line calls and what an SDK user calls are one and the same.
export * from './artifacts.js';
export * from './events.js';
export * from './options.js';
export * from './settings.js';
export * from './mesh-settings.js';
export { fitImage, resumeImage, type FitImageOptions, type ResumeImageOptions } from './fit-image.js';
export { compare, secondsTo, type CompareOptions } from './compare.js';
export { builtInSelectors, type SelectorContext, type SelectorFactory } from './selectors.js';
export { inspectModel, renderModel, type Inspection, type RenderOptions } from './model.js';
export { diagnose, type Diagnosis } from './diagnose.js';
