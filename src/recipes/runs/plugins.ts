// Plugins: files of the user's own with strategies, backbones and modalities. A run names its plugins in its checkpoint,
// with checksums, and does not go on without them or with others.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError, ResumeError } from '../../core/errors.js';
import type { JsonValue, Strategy } from '../../core/index.js';
import type { Backbone } from '../../engine/index.js';
import { loadModule } from './load-module.js';
import type { Modality, PluginRecord } from './modality.js';
import { learnWords } from '../settings/words.js';

/** What a plugin brings. */
export interface Plugin {
  readonly strategies?: readonly Strategy[];
  readonly backbones?: readonly Backbone[];
  readonly modalities?: readonly Modality[];
}

/** Plugins of this thread, by file: each is loaded once. */
const loaded = new Map<string, Promise<Loaded>>();

interface Loaded extends PluginRecord {
  readonly plugin: Required<Plugin>;
}

/**
 * Loads plugins, each once a thread.
 * @param cwd where relative paths start
 * @param register makes what a plugin brings known
 * @throws ConfigError when a file is missing, cannot be loaded, or brings nothing
 */
export async function loadPlugins(
  files: readonly string[],
  cwd: string,
  register: (plugin: Required<Plugin>) => void,
): Promise<Loaded[]> {
  return Promise.all(
    files.map((name) => {
      const file = path.resolve(cwd, name);
      let loading = loaded.get(file);
      if (loading === undefined) {
        loading = load(file, name).then((found) => {
          register(found.plugin);
          return found;
        });
        loaded.set(file, loading);
      }
      return loading;
    }),
  );
}

async function load(file: string, shown: string): Promise<Loaded> {
  if (!existsSync(file)) throw new ConfigError(`${shown}: there is no such plugin; check the path`);
  const sha256 = await checksum(file);
  learnWords(await readFile(file, 'utf8'));
  return { file, sha256, plugin: pluginOf(await loadModule(file, shown, expected), shown) };
}

const expected =
  'a strategy, a backbone, a modality, a list of these, or `export default definePlugin({ … })`';

/** What a default export brings. @throws ConfigError when it is nothing that is known */
function pluginOf(content: unknown, shown: string): Required<Plugin> {
  const strategies: Strategy[] = [];
  const backbones: Backbone[] = [];
  const modalities: Modality[] = [];
  const sort = (entry: unknown): void => {
    if (Array.isArray(entry)) entry.forEach(sort);
    else if (isModality(entry)) modalities.push(entry);
    else if (isBackbone(entry)) backbones.push(entry);
    else if (isStrategy(entry)) strategies.push(entry);
    else
      throw new ConfigError(
        `${shown}: its default export is none of what a plugin brings; expected ${expected}.`,
      );
  };
  if (isBundle(content)) {
    [content.strategies, content.backbones, content.modalities].forEach((list) => sort(list ?? []));
  } else sort(content);
  return { strategies, backbones, modalities };
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isBundle = (value: unknown): value is Plugin =>
  isObject(value) && ['strategies', 'backbones', 'modalities'].some((name) => name in value);

const isModality = (value: unknown): value is Modality =>
  isObject(value) && 'kind' in value && 'load' in value;

const isBackbone = (value: unknown): value is Backbone =>
  isObject(value) && 'name' in value && 'create' in value && 'learningRate' in value;

const isStrategy = (value: unknown): value is Strategy =>
  isObject(value) && 'name' in value && 'create' in value && !('learningRate' in value);

/**
 * The parts of an entry of `strategies` that names a plugin's file: `./mine.ts@gap=8`, `mine=./mine.ts`.
 * @returns undefined for a strategy's name; `given` is the name with its "="
 */
export function strategyFile(
  entry: string,
): { readonly given: string; readonly file: string; readonly settings: string } | undefined {
  const [, given = '', file, settings = ''] =
    /^([^=@/\\]*=)?([^@]*[^@/\\]\.[cm]?[jt]s)(@.*)?$/s.exec(entry) ?? [];
  return file === undefined ? undefined : { given, file, settings };
}

/** Plugins as a checkpoint in this folder names them: relative to it, so that both may move together. */
export const recordPlugins = (plugins: readonly PluginRecord[], folder: string): JsonValue =>
  plugins.map(({ file, sha256 }) => ({ file: path.relative(path.resolve(folder), file), sha256 }));

/**
 * The files of the plugins that a checkpoint names.
 * @throws ResumeError when one is missing or not as it was
 */
export async function checkPlugins(stored: unknown, folder: string): Promise<string[]> {
  const records = Array.isArray(stored) ? stored.filter(isRecord) : [];
  const files: string[] = [];
  for (const { file: relative, sha256 } of records) {
    const file = path.resolve(folder, relative);
    const problem = !existsSync(file)
      ? 'is not there any more'
      : (await checksum(file)) === sha256
        ? undefined
        : 'is not as it was';
    if (problem !== undefined) {
      throw new ResumeError(
        `the run in ${folder} was started with the plugin ${file}, which ${problem}; put it back, or start anew`,
      );
    }
    files.push(file);
  }
  return files;
}

const isRecord = (value: unknown): value is PluginRecord =>
  isObject(value) && 'file' in value && typeof value.file === 'string' && 'sha256' in value;

async function checksum(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}
