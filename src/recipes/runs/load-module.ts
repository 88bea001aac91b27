// Loads a user's module, TypeScript too. `import … from 'evos'` in it means this very package, wherever that is installed.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../../core/index.js';

/** Entries of the package, and the files that they are. */
const entries = {
  'evos/image/files': 'image-files',
  'evos/image': 'image',
  'evos/sdf/files': 'sdf-files',
  'evos/sdf': 'sdf',
  'evos/nerf/files': 'nerf-files',
  'evos/nerf': 'nerf',
  'evos/engine': 'engine',
  'evos/onnx': 'onnx',
  'evos/recipes': 'recipes',
  evos: 'index',
};

/**
 * The default export of a module.
 * @param shown the file as messages name it
 * @param expected what it should export, for messages
 * @throws ConfigError when it cannot be loaded, or has none
 */
export async function loadModule(file: string, shown: string, expected: string): Promise<unknown> {
  const { createJiti } = await import('jiti');
  const built = fileURLToPath(new URL('../../entries/', import.meta.url));
  const alias = Object.fromEntries(
    Object.entries(entries).map(([name, entry]) => [name, path.join(built, `${entry}.js`)]),
  );
  const jiti = createJiti(import.meta.url, { fsCache: false, moduleCache: false, alias });
  let module: unknown;
  try {
    module = await jiti.import(file);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`${shown}: cannot be loaded: ${problem}`, { cause });
  }
  if (typeof module === 'object' && module !== null && 'default' in module && module.default !== undefined) {
    return module.default;
  }
  throw new ConfigError(`${shown}: has no default export; expected ${expected}.`);
}
