// Shared by all mesh formats: reading a file, and saying what is wrong with it.
import { constants } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { InputError } from '../../core/errors.js';
import { readWhole } from '../../core/read-whole.js';

/** What a file is called in messages, and what to do about one that is damaged. */
export const saveAgain = 'download it or export it again';

/** Reads a file whole. @throws InputError when that cannot be, or it is empty. */
export function readMeshFile(file: string, expected: string): Promise<Uint8Array> {
  return readWhole(readFile, file, expected, saveAgain);
}

/** Characters a text can have: what a string of the engine holds. */
export const textLimit = constants.MAX_STRING_LENGTH;

/** @throws InputError for a text that would not fit a string. */
export function checkTextSize(length: number, name: string, format: string): void {
  if (length <= textLimit) return;
  throw new InputError(
    `${name}: got ${format} of ${Math.ceil(length / 2 ** 20)} MiB as text; expected at most ` +
      `${Math.floor(textLimit / 2 ** 20)} MiB; save it in the binary form of the format`,
  );
}
