// What a configuration file may hold, and the JSON Schema of evos.config.json for editors.
import { defineSettings, list, text } from '../core/settings.js';
import { objectSchema, shapeSchema, type JsonSchema } from '../recipes/settings/json-schema.js';
import { wordsOf } from '../recipes/settings/words.js';
import { modalities } from '../recipes/modalities/registry.js';

/** What a configuration file holds beside the sections with settings. */
export const configMembers = defineSettings('config', {
  /** Where the JSON Schema lies, for editors. */
  $schema: text({ default: undefined }),
  /** Modules with strategies, backbones or modalities of your own; paths start at this file. */
  plugins: list({ default: [] }),
});

/** The JSON Schema (draft 2020-12) of a configuration file. */
export function configSchema(): Record<string, unknown> {
  const members = shapeSchema(configMembers, (name) => ({ description: wordsOf('config', name) }));
  const sections = new Map<string, JsonSchema>();
  for (const { one, settings, sections: names } of modalities()) {
    for (const purpose of ['fit', 'compare'] as const) {
      const description = `settings for \`evos ${purpose}\` with ${one}`;
      sections.set(names[purpose], { ...settings.schema(purpose), description });
    }
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    // A name, not an address that anything is fetched from.
    $id: 'urn:evos:config.schema.json',
    title: 'evos configuration',
    description: 'Settings for the evos command line; an option given on the command line goes before them.',
    ...objectSchema({ ...members.properties, ...Object.fromEntries(sections) }),
  };
}
