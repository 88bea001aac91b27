// `evos/tfjs`: selectors and trainers for the user's own TensorFlow.js. Nothing of it is imported.
export * from '../adapters/tfjs/index.js';
