// The package's name and version, as metrics, models and caches carry them.
import { createRequire } from 'node:module';

/** What package.json says of this package. */
export const { name, version } = createRequire(import.meta.url)('../../package.json') as {
  readonly name: string;
  readonly version: string;
};
