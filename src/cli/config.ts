// The configuration file: found beside the user, loaded whatever its kind, judged by the same schema as the
// options. Whatever is wrong is told with the file, the place in it, what was got and what was expected.
import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../core/index.js';
import { configFile } from '../recipes/modalities/image/options.js';
import type { z } from 'zod';
import { shownPath } from './format.js';
import { problemSentence, problemsOf } from '../recipes/settings/validate.js';

const names = ['evos.config.ts', 'evos.config.js', 'evos.config.mjs', 'evos.config.json'];

/** A configuration file's content: judged, and without defaults for what it does not say. */
export type Config = z.input<typeof configFile>;

/**
 * Finds and reads the configuration.
 * @param asked the file named by --config; without it, one of the usual names in `cwd`
 * @returns an empty configuration when there is no file and none was asked for
 * @throws ConfigError
 */
export async function loadConfig(asked: string | undefined, cwd: string): Promise<Config> {
  const file = asked === undefined ? findConfig(cwd) : path.resolve(cwd, asked);
  if (file === undefined) return {};
  const shown = shownPath(file, cwd);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new ConfigError(`--config: there is no file ${shown}.`);
  }
  const content =
    path.extname(file) === '.json' ? await readJson(file, shown) : await loadModule(file, shown);
  const problems = problemsOf(configFile, content);
  if (problems.length > 0)
    throw new ConfigError(problems.map((problem) => `${shown}: ${problemSentence(problem)}`).join('\n'));
  // Not what the schema makes of it: with its defaults filled in nobody could tell which settings the file names.
  return content as Config;
}

function findConfig(cwd: string): string | undefined {
  const found = names.filter((name) => existsSync(path.join(cwd, name)));
  if (found.length > 1) {
    throw new ConfigError(
      `Found ${found.join(' and ')}: keep one, or name the one to use with --config FILE.`,
    );
  }
  return found[0] === undefined ? undefined : path.join(cwd, found[0]);
}

async function readJson(file: string, shown: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new ConfigError(`${shown}: cannot be read as JSON: ${messageOf(error)}`, { cause: error });
  }
}

async function loadModule(file: string, shown: string): Promise<unknown> {
  const { createJiti } = await import('jiti');
  // `import { defineConfig } from 'evos/recipes'` must work with a program installed globally, too
  const own = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
  const alias = { 'evos/recipes': own('../entries/recipes.js'), evos: own('../entries/index.js') };
  const jiti = createJiti(import.meta.url, { fsCache: false, moduleCache: false, alias });
  let module: unknown;
  try {
    module = await jiti.import(file);
  } catch (error) {
    throw new ConfigError(`${shown}: cannot be loaded: ${messageOf(error)}`, { cause: error });
  }
  const content =
    typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined;
  if (content === undefined) {
    throw new ConfigError(`${shown}: has no default export; expected \`export default { fit: { … } }\`.`);
  }
  return content;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
