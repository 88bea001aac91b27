// Plugins are loaded before words are parsed, so that what they bring has options, help and names.
import path from 'node:path';
import { ResumeError } from '../core/errors.js';
import { usePlugins } from '../recipes/modalities/registry.js';
import { readCheckpointSettings } from '../recipes/runs/checkpoint.js';
import { runFiles } from '../recipes/runs/folder.js';
import { checkPlugins, strategyFile } from '../recipes/runs/plugins.js';
import { namedPlugins, valuesOf } from './config.js';

/** Loads the plugins that words name: as such, in the configuration, as strategies, and by the folder of a run. */
export async function loadPluginsOf(words: readonly string[], cwd: string): Promise<void> {
  const ofRuns = await Promise.all(words.map((word) => pluginsOfRun(path.resolve(cwd, word))));
  const strategies = valuesOf(words, 'strategies').flatMap((entries) => entries.split(','));
  const files = strategies.flatMap((entry) => strategyFile(entry)?.file ?? []);
  await usePlugins([...(await namedPlugins(words, cwd)), ...files, ...ofRuns.flat()], cwd);
}

/** What is wrong with a run's plugins is told when it is opened. */
async function pluginsOfRun(given: string): Promise<string[]> {
  const folder = given.endsWith('.onnx') ? path.dirname(given) : given;
  const stored = await readCheckpointSettings(path.join(folder, runFiles.checkpoint));
  try {
    return await checkPlugins(stored?.plugins, folder);
  } catch (error) {
    if (error instanceof ResumeError) return [];
    throw error;
  }
}
