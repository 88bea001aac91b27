// The words of settings: found in the JSDoc of their declarations, all of them, and true where they speak of a default.
import { describe, expect, it } from 'vitest';
import { defaultsOf } from '../../../src/recipes/settings/shared.js';
import { helpWords, scanDocs } from '../../../src/recipes/settings/scan-docs.js';
import { docOf, wordsOf } from '../../../src/recipes/settings/words.js';
import { imageSettings } from '../../../src/recipes/modalities/image/settings.js';
import { meshSettings } from '../../../src/recipes/modalities/mesh/settings.js';
import { sceneSettings } from '../../../src/recipes/modalities/scene/settings.js';
import { strategies } from '../../../src/core/index.js';
import { backbones } from '../../../src/engine/models/registry.js';
import { typedValue } from '../../../src/recipes/settings/check.js';

describe('a scan of source text', () => {
  it.each<[string, string, unknown]>([
    [
      'named settings',
      "export const a = defineSettings('mine', { /** How much. */ much: number({ min: 0, default: 1 }), none: toggle(true) });",
      { mine: { much: 'How much.' } },
    ],
    [
      'an object with a name, whatever it is handed to',
      "export default anything<{ a: 1 }>({\n  name: 'toy',\n  summary: `a {toy}`,\n  settings: {\n    /**\n     * How warm\n     * it is.\n     *\n     * More.\n     */\n    'warmth': number({ default: 1 }),\n  },\n  create() { return { name: 'no', of: /['\"{]/ }; },\n});",
      { toy: { warmth: 'How warm it is.\n\nMore.' } },
    ],
    [
      'settings and names of other declarations, and spreads',
      "const called = 'toy'; const shared = { /** One. */ one: 1 }; const settings = { ...shared, /** Two. */ two: choice(['a', 'b'], 'a') };\nexport const toy = { name: called, settings };",
      { toy: { one: 'One.', two: 'Two.' } },
    ],
    [
      'options of a command',
      "defineCommand({ name: 'go', controls: { /** Where to. */ out: text({ form: { pattern: /^\\/[a}]+$/, expected: '/a' }, default: undefined }), /** Loud. */ loud: toggle(false) } })",
      { go: { out: 'Where to.', loud: 'Loud.' } },
    ],
    [
      'a modality',
      "/** A kind. */ export const m = { kind: 'series', a: 4 / 2 / 1, settings: defineSettings('own', { /** Long. */ long: 1 }) };",
      { series: { long: 'Long.' }, own: { long: 'Long.' } },
    ],
    [
      'no more than comments that begin with two stars',
      "const x = { name: 'x', settings: { /* no */ a: 1, // no\n b: 2 } };/** z */",
      {},
    ],
  ])('finds %s', (_, source, docs) => {
    expect(scanDocs([source])).toEqual(docs);
  });

  it('finds what one file takes from another', () => {
    expect(
      scanDocs([
        "export const name = 'grid';\n/** It. */\nexport const shared = { /** Deep. */ depth: 1 };",
        'export const grid = { name, settings: { ...shared, /** Wide. */ width: 2 } };',
      ]),
    ).toEqual({ grid: { depth: 'Deep.', width: 'Wide.' } });
  });

  it.each([
    [
      'Share of the samples (EVOS, Sec. 3.4), or e.g. of tiles. Default 0.5.',
      'share of the samples (EVOS, Sec. 3.4), or e.g. of tiles',
    ],
    ['Steps before it. instant-ngp’s.', 'steps before it'],
    ['SIREN of `width` W.', 'SIREN of width W'],
    ['As {@link other} has it\n\nMore.', 'as other has it'],
  ])('takes the first sentence for the help: %s', (doc, words) => {
    expect(helpWords(doc)).toBe(words);
  });
});

const modalities = [
  ['image', imageSettings],
  ['mesh', meshSettings],
  ['scene', sceneSettings],
] as const;

describe.each(modalities)('the settings of %s', (kind, settings) => {
  it.each(['fit', 'compare'] as const)('all have words, by all that declare them: %s', (purpose) => {
    for (const { key, words } of settings.fields(purpose)) {
      expect(words.length, key).toBeGreaterThan(0);
      for (const { owners, text } of words) expect(text.length, `${owners.join()} ${key}`).toBeGreaterThan(8);
    }
  });

  it('have the default that their JSDoc says', () => {
    for (const { key, usual } of settings.fields('compare')) {
      const doc = [kind, 'run', 'training', 'batch']
        .map((id) => docOf(id, key))
        .find((text) => text !== undefined);
      const said = /Default:? `?([^`\s]+?)`?\.(?:\s|$)/.exec(doc ?? '')?.[1];
      if (said !== undefined && usual !== undefined) expect(said, key).toBe(usual);
    }
  });
});

it('would find a default that is not so', () => {
  expect(docOf('run', 'seed')).toMatch(/Default 3407\./);
});

it('strategies and backbones say what each of their settings does', () => {
  for (const { name, settings } of [...strategies(), ...backbones()]) {
    for (const key of Object.keys(settings)) expect(wordsOf(name, key), `${name} ${key}`).not.toBe('');
  }
});

it('what a doc of a strategy says of its default is so', () => {
  for (const { name, settings } of [...strategies(), ...backbones()]) {
    for (const [key, value] of Object.entries(defaultsOf(settings))) {
      const said = /Default:? `?([^`\s]+?)`?\.(?:\s|$)/.exec(docOf(name, key) ?? '')?.[1];
      if (said !== undefined) expect(said, `${name} ${key}`).toBe(typedValue(value));
    }
  }
});
