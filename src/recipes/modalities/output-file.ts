// Where a rendering goes. Hours of rendering must not be lost to a command typed twice: what is there already is left alone
// unless the caller says otherwise, as folders of runs are.
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { OutputError } from '../../core/errors.js';
import { outputError, prepareOutput, statusOf, writeWhole } from '../runs/files.js';

/** Where a caller wants it. */
export interface OutputPlace {
  /** The file that was named. */
  readonly out?: string | undefined;
  /** Write over what is there already. */
  readonly overwrite?: boolean | undefined;
}

/** A place that may be written to. */
export interface OutputFile {
  readonly file: string;
  /** Writes it whole. @returns the file that holds it: where nobody named one, it may be there already, byte by byte */
  write(data: Uint8Array): Promise<string>;
}

/**
 * Finds the file for a rendering, and makes its folder ready.
 * @param usual where it goes unless a file was named; `-2`, `-3` and on before its extension where that is used
 * @throws OutputError where the file that was named is there already
 */
export async function outputFile(usual: string, { out, overwrite }: OutputPlace): Promise<OutputFile> {
  if (out !== undefined || overwrite === true) {
    const file = out ?? usual;
    if (overwrite !== true) await refuseExisting(file);
    await prepareOutput(file);
    return {
      file,
      async write(data) {
        await writeWhole(file, data);
        return file;
      },
    };
  }
  const used: string[] = [];
  const { dir, name, ext } = path.parse(usual);
  let file = usual;
  for (let i = 2; await isThere(file); i++) {
    used.push(file);
    file = path.join(dir, `${name}-${i}${ext}`);
  }
  await prepareOutput(file);
  return {
    file,
    async write(data) {
      for (const each of used) {
        const held = await readFile(each).catch(() => undefined);
        if (held?.equals(data) === true) return each;
      }
      await writeWhole(file, data);
      return file;
    },
  };
}

/** @throws OutputError for a file that is there already; devices and pipes take bytes as they come */
export async function refuseExisting(file: string): Promise<void> {
  // Links are followed: what they lead to would be written over.
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() === true) throw existing(file);
}

/** The error for what must not be written over. */
export const existing = (file: string): OutputError =>
  new OutputError(
    `${file} is there already, and would be lost: write to another file (--out), or say --overwrite`,
  );

async function isThere(file: string): Promise<boolean> {
  try {
    return (await statusOf(file)) !== undefined;
  } catch (error) {
    throw outputError(`cannot write ${file}`, path.dirname(file), error);
  }
}
