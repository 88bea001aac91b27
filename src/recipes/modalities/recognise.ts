// What an input is: by its name, by a closer look where names leave it open, and by `kind` where that does not decide.
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../../core/index.js';
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
  if (found === undefined) throw new InputError(`${shown}: there is no such file or folder.`);
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
  if (first === undefined) throw unlike(shown, isFolder, named);
  if (others.length === 0) return first;
  const kinds = [first, ...others].map((each) => each.kind);
  throw new InputError(
    `${shown} may be ${either([first, ...others].map(({ one }) => one))}; say which with --kind ${kinds.join(' or --kind ')}`,
  );
}

function unknownName(file: string, shown: string): InputError {
  const extension = path.extname(file);
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
function unlike(shown: string, isFolder: boolean, named: readonly Modality[]): InputError {
  const what = either(named.map(({ one }) => one.replace(/^an? /, '')));
  const is = isFolder ? `a folder without a ${what}` : `a file that is no ${what} by its name`;
  const expects = named.flatMap((each) => each.expects ?? []);
  return new InputError(`${[`${shown} is ${is}, expected ${everyKind()}`, ...expects].join('; ')}`);
}

/** Whether there is something at a path at all. @throws InputError */
export function checkExists(file: string, shown: string): void {
  if (!existsSync(file)) throw new InputError(`${shown}: there is no such file or folder.`);
}
