// What can be fitted: images, meshes and scenes, told apart by the file's extension; a folder is a scene.
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../core/index.js';
import { holdsRun, sceneExtensions, type RunKind } from '../recipes/runs/folder.js';
import { shellQuote } from './format.js';

/** What a kind is called, and how its files are known. */
export interface Kind {
  /** With its article. */
  readonly one: string;
  readonly several: string;
  readonly formats: string;
  /** With their dots, in lower case. */
  readonly extensions: readonly string[];
}

/** The kinds, in the order of the help. */
export const kinds: Readonly<Record<RunKind, Kind>> = {
  image: {
    one: 'an image',
    several: 'images',
    formats: 'PNG, JPEG, WebP, AVIF, TIFF',
    extensions: ['.png', '.jpg', '.jpeg', '.jpe', '.jfif', '.webp', '.avif', '.tif', '.tiff'],
  },
  mesh: {
    one: 'a mesh',
    several: 'meshes',
    formats: 'OBJ, PLY, STL, GLB, glTF',
    extensions: ['.obj', '.ply', '.stl', '.glb', '.gltf'],
  },
  scene: {
    one: 'a scene',
    several: 'scenes',
    formats: 'a folder with transforms.json, poses_bounds.npy or a COLMAP model',
    extensions: sceneExtensions,
  },
};

/** Names of the kinds. */
export const kindNames = Object.keys(kinds) as RunKind[];

/** "a, b or c" */
export function either(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}

/** "an image (PNG, …), a mesh (OBJ, …) or a scene (a folder …)" */
export const everyKind = either(kindNames.map((name) => `${kinds[name].one} (${kinds[name].formats})`));

/**
 * What an input holds, as far as its name says: by its extension, or a scene where it is a folder; undefined otherwise.
 * @param cwd where relative paths start
 */
export function kindOfFile(file: string, cwd: string): RunKind | undefined {
  if (isFolder(path.resolve(cwd, file))) return 'scene';
  const extension = path.extname(file).toLowerCase();
  return kindNames.find((name) => kinds[name].extensions.includes(extension));
}

function isFolder(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * The absolute path of what may be fitted, and what it holds.
 * @param looksLikeScene whether a file or folder is a scene by its names
 * @throws InputError for what certainly cannot be; reading it finds the rest
 */
export async function checkInput(
  input: string,
  cwd: string,
  looksLikeScene: (file: string) => Promise<boolean>,
): Promise<{ readonly file: string; readonly kind: RunKind }> {
  const file = path.resolve(cwd, input);
  if (!existsSync(file)) throw new InputError(`${input}: there is no such file or folder.`);
  const kind = kindOfFile(file, cwd);
  if (kind === undefined) {
    const extension = path.extname(file);
    const lists = kindNames.map((name) => `${kinds[name].one} (${kinds[name].extensions.join(' ')})`);
    throw new InputError(
      `${input}: got ${extension === '' ? 'no extension' : `the extension ${extension}`}, by which the kind of a file ` +
        `is told; expected ${either(lists)}, or the folder of a scene. Rename the file, or save it in one of these formats.`,
    );
  }
  if (kind !== 'scene') return { file, kind };
  if (isFolder(file) && holdsRun(file)) {
    throw new InputError(
      `${input} is the folder of a run, expected ${everyKind}. To go on with the run: evos fit --resume ${shellQuote(input)}`,
    );
  }
  if (await looksLikeScene(file)) return { file, kind };
  throw new InputError(
    `${input} is a ${isFolder(file) ? 'folder without a scene' : 'file that is no scene by its name'}, expected ${everyKind}; ` +
      'a scene has transforms.json, transforms_train.json, poses_bounds.npy, or sparse/0/cameras.bin in its folder',
  );
}
