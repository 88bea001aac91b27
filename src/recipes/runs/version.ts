// The package's version, as metrics and models carry it.
import { createRequire } from 'node:module';

const manifest = createRequire(import.meta.url)('../../../package.json') as { version: string };

/** Version of this package. */
export const version: string = manifest.version;
