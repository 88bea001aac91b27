// What a comparison was started with: its inputs by name, each with a checksum, so that one that has changed is told before it
// is compared with itself as it was.
import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { ResumeError } from '../../../core/errors.js';
import { messageOf, readBytes, readJson, writeWhole } from '../files.js';

/** The record, in the comparison's folder. */
export const recordName = '.evos-inputs';

const shape = z.record(z.string(), z.string());

/** SHA-256 of each input that is a file, by name; folders are known again by their own runs. */
async function checksums(inputs: readonly string[]): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const input of inputs) {
    if (!statSync(input).isFile()) continue;
    found[path.basename(input)] = createHash('sha256')
      .update(await readBytes(input))
      .digest('hex');
  }
  return found;
}

async function readInputs(folder: string): Promise<Record<string, string>> {
  const file = path.join(folder, recordName);
  if (!existsSync(file)) return {};
  const problem = (cause: unknown): ResumeError =>
    new ResumeError(
      `${file}: ${messageOf(cause)}; expected the checksums of the inputs. Delete it if the inputs are as they were`,
      { cause },
    );
  try {
    return shape.parse(await readJson(file));
  } catch (cause) {
    throw problem(cause);
  }
}

/** Makes sure that no input has changed since a comparison was started. @throws ResumeError naming the first that has */
export async function checkInputs(folder: string, inputs: readonly string[]): Promise<void> {
  const known = await readInputs(folder);
  const now = await checksums(inputs);
  const changed = Object.keys(now).find((name) => known[name] !== undefined && known[name] !== now[name]);
  if (changed === undefined) return;
  throw new ResumeError(
    `${changed} is not what it was when the comparison in ${folder} was started; put it back, or start anew in another folder (--out)`,
  );
}

/**
 * Keeps the checksums.
 * @param resume whether those of inputs that this sitting does not have stay
 */
export async function keepInputs(folder: string, inputs: readonly string[], resume: boolean): Promise<void> {
  const known = resume ? await readInputs(folder) : {};
  const all = { ...known, ...(await checksums(inputs)) };
  if (Object.keys(all).length === 0) return;
  await writeWhole(path.join(folder, recordName), `${JSON.stringify(all, undefined, 2)}\n`);
}
