// Shared by all scene formats: reading files, staying inside the scene's folder, and saying what is wrong.
import { stat, readFile } from 'node:fs/promises';
import path from 'node:path';
import { EvosError, InputError } from '../../core/errors.js';
import { readWhole } from '../../core/read-whole.js';

/** Reads a file of a scene whole. @throws InputError when that cannot be, or it is empty. */
export function readSceneFile(file: string, expected: string): Promise<Buffer> {
  return readWhole<Buffer>((name) => readFile(name), file, `expected ${expected}`, 'export the scene again');
}

/** Whether there is a file, or a folder, at a path. */
export async function kindOf(name: string): Promise<'file' | 'folder' | undefined> {
  try {
    const found = await stat(name);
    return found.isDirectory() ? 'folder' : 'file';
  } catch {
    return undefined;
  }
}

/** Bytes of a file; 0 where there is none. */
export async function sizeOf(name: string): Promise<number> {
  try {
    const found = await stat(name);
    return found.isFile() ? found.size : 0;
  } catch {
    return 0;
  }
}

/**
 * The absolute path of what a scene's file names, which must lie in the scene's folder: a scene from elsewhere has no
 * business with other files. Links in the folder are its owner's and are followed.
 *
 * @param where the file and entry that names it, for the message
 * @throws InputError for a path outside the folder
 */
export function pathInScene(folder: string, named: string, where: string): string {
  const file = path.resolve(folder, named.replaceAll('\\', '/'));
  if (file.startsWith(folder.endsWith(path.sep) ? folder : folder + path.sep)) return file;
  throw new InputError(
    `${where}: got the path ${named}, outside the scene's folder ${folder}; expected a path inside it; ` +
      'move the files there, or name the folder that holds them all',
  );
}

/** A path as names of views have it: relative to the scene's folder, with slashes. */
export function nameInScene(folder: string, file: string): string {
  return path.relative(folder, file).split(path.sep).join('/');
}

/** Runs `make`, whose ArgumentErrors are the file's fault here. @throws InputError saying where. */
export function blaming<T>(where: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof EvosError) || error instanceof InputError) throw error;
    throw new InputError(`${where}: ${error.message}`, { cause: error });
  }
}

/** Names for a message: the first few, and how many more there are. */
export function listed(names: readonly string[], most = 20): string {
  const more = names.length - most;
  return more > 0 ? `${names.slice(0, most).join(', ')} and ${more} more` : names.join(', ');
}
