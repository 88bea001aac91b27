// What an input is: by its name, by a closer look where names leave it open, and by `kind` where that does not decide.
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../../core/errors.js';
import { holdsRun } from '../runs/folder.js';
import type { Modality } from '../runs/modality.js';
import { findModality, modalities, modalitiesByName } from './registry.js';

/** "a, b or c" */
export function either(words: readonly string[], between: 'or' | 'and' = 'or'): string {
  const [last = '', ...before] = [...words].reverse();
  return before.length === 0 ? last : `${before.reverse().join(', ')} ${between} ${last}`;
}

/** "an image (PNG, …), a mesh (OBJ, …) or a scene (a folder …)" */
export const everyKind = (): string => either(modalities().map(({ one, formats }) => `${one} (${formats})`));

/**
 * The modality of an input.
 * @param shown the input as messages name it
 * @param kind what it is said to be
 * @throws InputError for what certainly cannot be fitted; reading it finds the rest
 */
export async function recognise(file: string, shown: string, kind?: string): Promise<Modality> {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) throw missing(shown);
  const isFolder = found.isDirectory();
  if (isFolder && holdsRun(file)) {
    throw new InputError(
      `${shown} is the folder of a run, expected ${everyKind()}. To go on with the run: evos fit --resume ${shown}`,
    );
  }
  if (kind !== undefined) return findModality(kind);
  const named = modalitiesByName(file);
  if (named.length === 0 && !isFolder) throw unknownName(file, shown);
  const looked = await Promise.all(
    named.map(async (modality) => ({ modality, sure: await modality.recognise?.(file) })),
  );
  const sure = looked.filter((each) => each.sure === true);
  // A closer look goes before a name alone.
  const left = sure.length > 0 ? sure : looked.filter((each) => each.sure === undefined);
  const [first, ...others] = left.map(({ modality }) => modality);
  if (first === undefined) throw unlike(file, shown, isFolder, named);
  if (others.length === 0) return first;
  const kinds = [first, ...others].map((each) => each.kind);
  throw new InputError(
    `${shown} may be ${either([first, ...others].map(({ one }) => one))}; say which with --kind ${kinds.join(' or --kind ')}`,
  );
}

/** Nothing is there: a path that is wrong, or an address, which is none. */
function missing(shown: string): InputError {
  const [, scheme] = /^([a-z][a-z0-9+.-]+):\/\//i.exec(shown) ?? [];
  if (scheme === undefined) return new InputError(`${shown}: there is no such file or folder.`);
  const instead =
    scheme.toLowerCase() === 'file'
      ? 'give the path alone.'
      : 'nothing is fetched from the network here. Download it, and name the file.';
  return new InputError(`${shown}: got a URL, expected the path of a file or folder; ${instead}`);
}

function unknownName(file: string, shown: string): InputError {
  const extension = path.extname(file);
  for (const { unread = {} } of modalities()) {
    const known = Object.hasOwn(unread, extension.toLowerCase())
      ? unread[extension.toLowerCase()]
      : undefined;
    if (known === undefined) continue;
    return new InputError(
      `${shown}: got ${known.what} (${extension}), which is not read here; expected ${everyKind()}; ${known.instead}.`,
    );
  }
  const lists = modalities()
    .filter(({ extensions }) => extensions.length > 0)
    .map(({ one, extensions }) => `${one} (${extensions.join(' ')})`);
  const folders = modalities().filter((each) => each.folders === true);
  const folder = folders.length === 0 ? '' : `, or the folder of ${either(folders.map(({ one }) => one))}`;
  return new InputError(
    `${shown}: got ${extension === '' ? 'no extension' : `the extension ${extension}`}, by which the kind of a file ` +
      `is told; expected ${either(lists)}${folder}. Rename the file, or save it in one of these formats.`,
  );
}

/** The name fits, the content does not. */
function unlike(file: string, shown: string, isFolder: boolean, named: readonly Modality[]): InputError {
  const what = either(named.map(({ one }) => one.replace(/^an? /, '')));
  const is = isFolder ? `a folder without a ${what}` : `a file that is no ${what} by its name`;
  const expects = named.flatMap((each) => each.expects ?? []);
  const parts = [
    `${shown} is ${is}, expected ${everyKind()}`,
    ...(isFolder ? heldIn(file, shown) : []),
    ...expects,
  ];
  return new InputError(parts.join('; '));
}

/** What most of a folder's files are, where they could be fitted one by one. */
function heldIn(folder: string, shown: string): string[] {
  const files = namesIn(folder);
  const held = modalities()
    .filter(({ folders }) => folders !== true)
    .map((modality) => ({
      modality,
      inside: files.filter((name) => modality.extensions.includes(path.extname(name).toLowerCase())),
    }))
    .sort((a, b) => b.inside.length - a.inside.length);
  const [most] = held;
  const first = most?.inside[0];
  if (most === undefined || first === undefined) return [];
  const count = most.inside.length;
  const { one, several } = most.modality;
  return [
    count === 1
      ? `it holds ${one}; to fit that, name it: ${path.join(shown, first)}`
      : `it holds ${count} ${several}; to fit one of them, name it: ${path.join(shown, first)}`,
  ];
}

/** None where they may not be listed. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** Whether there is something at a path at all. @throws InputError */
export function checkExists(file: string, shown: string): void {
  if (!existsSync(file)) throw missing(shown);
}
