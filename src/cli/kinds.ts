// What can be fitted: images and meshes, told apart by the file's extension.
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../core/index.js';
import type { RunKind } from '../recipes/run-folder.js';
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
};

/** Names of the kinds. */
export const kindNames = Object.keys(kinds) as RunKind[];

/** "an image (PNG, …) or a mesh (OBJ, …)" */
export const everyKind = kindNames.map((name) => `${kinds[name].one} (${kinds[name].formats})`).join(' or ');

/** What a file holds by its extension; undefined when that says neither. */
export function kindOfFile(file: string): RunKind | undefined {
  const extension = path.extname(file).toLowerCase();
  return kindNames.find((name) => kinds[name].extensions.includes(extension));
}

/**
 * The absolute path of a file that may be fitted, and what it holds.
 * @throws InputError for what certainly cannot be; reading it finds the rest
 */
export function checkInput(input: string, cwd: string): { readonly file: string; readonly kind: RunKind } {
  const file = path.resolve(cwd, input);
  if (!existsSync(file)) throw new InputError(`${input}: there is no such file.`);
  if (statSync(file).isDirectory()) {
    throw new InputError(
      `${input} is a folder, expected ${everyKind}. To go on with a run: evos fit --resume ${shellQuote(input)}`,
    );
  }
  const kind = kindOfFile(file);
  if (kind === undefined) {
    const extension = path.extname(file);
    const lists = kindNames.map((name) => `${kinds[name].one} (${kinds[name].extensions.join(' ')})`);
    throw new InputError(
      `${input}: got ${extension === '' ? 'no extension' : `the extension ${extension}`}, by which the kind of a file ` +
        `is told; expected ${lists.join(' or ')}. Rename the file, or save it in one of these formats.`,
    );
  }
  return { file, kind };
}
