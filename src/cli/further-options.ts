// Options that modalities bring to a command, each once, with the modalities that take it.
import type { Modality, OptionShape } from '../recipes/runs/modality.js';
import { modalities } from '../recipes/modalities/registry.js';
import { kebabCase } from '../recipes/settings/spelling.js';
import type { Option } from './fields.js';

/** @param of the options of one modality */
export function furtherOptions(of: (modality: Modality) => OptionShape | undefined): readonly Option[] {
  const found = new Map<string, Option>();
  for (const modality of modalities()) {
    for (const [key, { setting, words }] of Object.entries(of(modality) ?? {})) {
      const having = modalities().filter((each) => Object.hasOwn(of(each) ?? {}, key));
      const description = `${having.map(({ kind }) => kind).join(', ')}: ${words}`;
      const flag = kebabCase(key);
      const bare = setting.type === 'switch';
      if (!found.has(flag))
        found.set(flag, { key, flag, setting, bare, description, shownDefault: undefined });
    }
  }
  return [...found.values()];
}
