// The JSON Schema (draft 2020-12) of settings, for editors.
import { present } from '../../core/present.js';
import type { Setting, SettingsShape } from '../../core/settings.js';

/** A JSON Schema, as far as settings need it. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false;
}

/** What one setting may be. */
export function schemaOf(setting: Setting): JsonSchema {
  switch (setting.type) {
    case 'number':
      return {
        type: setting.whole ? 'integer' : 'number',
        ...present({ minimum: setting.min, maximum: setting.max }),
        ...present({ exclusiveMinimum: setting.above, exclusiveMaximum: setting.below }),
      };
    case 'ramp': {
      const end = schemaOf({ ...setting, type: 'number', default: undefined });
      return { anyOf: [end, { ...objectSchema({ from: end, to: end }), required: ['from', 'to'] }] };
    }
    case 'choice':
      return { type: 'string', enum: setting.choices };
    case 'switch':
      return { type: 'boolean' };
    case 'text':
      return { type: 'string', minLength: 1, ...(setting.form && { pattern: setting.form.pattern.source }) };
    case 'list':
      return {
        type: 'array',
        items: { type: 'string', minLength: 1 },
        ...(setting.default.length > 0 ? { minItems: 1 } : {}),
      };
  }
}

/** An object with these members and no others. */
export function objectSchema(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', properties, additionalProperties: false };
}

/**
 * The schema of settings by name.
 * @param described words and default of a setting
 */
export function shapeSchema(
  shape: SettingsShape,
  described: (name: string) => Pick<JsonSchema, 'description' | 'default'>,
): JsonSchema {
  const members = Object.entries(shape).map(
    ([name, setting]) => [name, { ...schemaOf(setting), ...described(name) }] as const,
  );
  return objectSchema(Object.fromEntries(members));
}
