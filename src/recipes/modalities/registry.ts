// The modalities that there are: the built-in ones, a line each, and those that plugins bring.
import { statSync } from 'node:fs';
import path from 'node:path';
import { createRegistry } from '../../core/registry.js';
import { register } from '../../core/index.js';
// Not through the room's entry, which brings the runtime with it: every command needs this.
import { registerBackbone } from '../../engine/models/registry.js';
import type { Modality, PluginRecord } from '../runs/modality.js';
import { loadPlugins } from '../runs/plugins.js';
import { imageModality } from './image/modality.js';
import { meshModality } from './mesh/modality.js';
import { sceneModality } from './scene/modality.js';

interface Entry {
  readonly name: string;
  readonly modality: Modality;
}

const entry = (modality: Modality): Entry => ({ name: modality.kind, modality });

const registry = createRegistry<Entry>('kind', [imageModality, meshModality, sceneModality].map(entry));

/** All of them, in the order of the help. */
export const modalities = (): readonly Modality[] => registry.all().map(({ modality }) => modality);

/** @throws ArgumentError naming the kinds that there are */
export const findModality = (kind: string): Modality => registry.find(kind).modality;

/** The modalities whose inputs have such a name: for a folder those that read folders, else by the extension. */
export function modalitiesByName(file: string): readonly Modality[] {
  const isFolder = statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
  const extension = path.extname(file).toLowerCase();
  return modalities().filter(({ folders, extensions }) =>
    isFolder ? folders === true : extensions.includes(extension),
  );
}

/**
 * Loads plugins and registers what they bring.
 * @param cwd where relative paths start
 * @throws ConfigError when one cannot be loaded; ArgumentError when a name is taken
 */
export async function usePlugins(
  files: readonly string[],
  cwd = process.cwd(),
): Promise<readonly (PluginRecord & { readonly strategies: readonly string[] })[]> {
  const loaded = await loadPlugins(files, cwd, ({ strategies, backbones, modalities: added }) => {
    register({ strategies });
    for (const backbone of backbones) registerBackbone(backbone);
    for (const modality of added) registry.register(entry(modality));
  });
  return loaded.map(({ file, sha256, plugin }) => ({
    file,
    sha256,
    strategies: plugin.strategies.map(({ name }) => name),
  }));
}
