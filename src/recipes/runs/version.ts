// The package's version, as metrics and models carry it.
export { version } from '../../engine/manifest.js';
