// Build step: writes config.schema.json beside the compiled package.
import { writeFileSync } from 'node:fs';
import { configSchema } from './config-schema.js';

writeFileSync(
  new URL('../config.schema.json', import.meta.url),
  `${JSON.stringify(configSchema(), null, 2)}\n`,
);
