// Loads a user's module, TypeScript too. `import … from 'evos'` in it means this very package, wherever that is installed.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../../core/errors.js';
import { messageOf } from './files.js';

/** Entries of the package: the longer names first, as a name stands for all that begin with it. */
const entries = [
  'evos/image/files',
  'evos/image',
  'evos/sdf/files',
  'evos/sdf',
  'evos/nerf/files',
  'evos/nerf',
  'evos/engine',
  'evos/onnx',
  'evos/tfjs',
  'evos/recipes',
  'evos',
];

/** The file of an entry: `image-files.js` of `evos/image/files`. */
const fileOf = (entry: string): string => `${entry.split('/').slice(1).join('-') || 'index'}.js`;

/** Takes the place out of a syntax error's message, which counts columns from 0: `:2:13`. */
function parseFault(message: string, file: string): { readonly place: string; readonly reason: string } {
  const [before, place] = message.split(`${file}:`);
  const [, line, column] = /^(\d+):(\d+)/.exec(place ?? '') ?? [];
  if (before === undefined || line === undefined) return { place: '', reason: message };
  return { place: `:${line}:${Number(column) + 1}`, reason: before.trim() };
}

/**
 * The default export of a module.
 * @param shown the file as messages name it
 * @param expected what it should export, for messages
 * @throws ConfigError when it cannot be loaded, or has none
 */
export async function loadModule(file: string, shown: string, expected: string): Promise<unknown> {
  const { createJiti } = await import('jiti');
  const built = fileURLToPath(new URL('../../entries/', import.meta.url));
  const alias = Object.fromEntries(entries.map((entry) => [entry, path.join(built, fileOf(entry))]));
  const jiti = createJiti(import.meta.url, { fsCache: false, moduleCache: false, alias });
  let module: unknown;
  try {
    module = await jiti.import(file);
  } catch (cause) {
    const { place, reason } = parseFault(messageOf(cause), file);
    throw new ConfigError(`${shown}${place}: cannot be loaded: ${reason}`, { cause });
  }
  if (typeof module === 'object' && module !== null && 'default' in module && module.default !== undefined) {
    return module.default;
  }
  throw new ConfigError(`${shown}: has no default export; expected ${expected}.`);
}
