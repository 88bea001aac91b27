// `evos/recipes`: whole runs. What the command line calls and what an SDK user calls are one and the same.
export * from '../recipes/index.js';
