// `evos`: the core. Importing it loads no engine.
export * from '../core/index.js';
