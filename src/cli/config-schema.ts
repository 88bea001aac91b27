// The JSON Schema of evos.config.json, for editors: made from the schema that judges it.
import { z } from 'zod';
import { configFile } from '../recipes/modalities/image/options.js';

/** The JSON Schema (draft 2020-12) of a configuration file. */
export function configSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(configFile, { io: 'input' });
  return {
    $schema,
    title: 'evos configuration',
    description: 'Settings for the evos command line; an option given on the command line goes before them.',
    ...rest,
  };
}
