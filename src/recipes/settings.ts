// Checks settings against their schema and turns what is wrong into one sentence each.
import type { z } from 'zod';
import { ConfigError } from '../core/index.js';

/**
 * Fills in defaults and checks.
 * @throws ConfigError naming each setting that is wrong, what was got and what was expected.
 */
export function parseSettings<Schema extends z.ZodType>(schema: Schema, values: unknown): z.output<Schema> {
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  throw new ConfigError(
    result.error.issues.map(({ path, message }) => `${path.join('.') || 'settings'}: ${message}`).join('; '),
  );
}
