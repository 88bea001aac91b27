// Finds COLMAP's models in a scene's folder. Its mapper begins a new one where photographs do not join, so `sparse/0` may
// hold three of them and `sparse/1` three hundred.
import { open, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { kindOf, listed } from './scene-files.js';

/** A model, before it is read. */
export interface FoundModel {
  /** Absolute. */
  readonly folder: string;
  /** As messages have it. */
  readonly name: string;
  readonly binary: boolean;
  /** How many photographs it says that it has. */
  readonly photographs: number;
}

/** Where COLMAP and the tools around it put models, the first first. */
const places = ['sparse', 'colmap/sparse', '.'];

/**
 * The models of a scene: those in the first place that has any.
 * @returns `beside`: the model's files lie in the folder itself
 */
export async function colmapModels(
  folder: string,
): Promise<{ readonly models: readonly FoundModel[]; readonly beside: boolean }> {
  for (const place of places) {
    const models: FoundModel[] = [];
    // A model in the place itself comes after those in numbered folders.
    const inside = place === '.' ? [] : await foldersIn(path.join(folder, place));
    for (const name of [...inside, '.']) {
      const model = await modelIn(folder, path.posix.join(place, name));
      if (model !== undefined) models.push(model);
    }
    if (models.length > 0) return { models, beside: place === '.' };
  }
  return { models: [], beside: false };
}

/** The model of the most photographs, the first of equal ones, and what to tell where there are others. */
export function largestModel(
  models: readonly FoundModel[],
): (FoundModel & { readonly note: string | undefined }) | undefined {
  const most = Math.max(...models.map(({ photographs }) => photographs));
  const largest = models.find(({ photographs }) => photographs === most) ?? models[0];
  if (largest === undefined) return undefined;
  const others = models.filter((model) => model !== largest);
  if (others.length === 0) return { ...largest, note: undefined };
  const told = ({ name, photographs }: FoundModel): string => `${name} (${photographs})`;
  return {
    ...largest,
    note:
      `of ${models.length} models of COLMAP's the largest is read, ${told(largest)} photographs; left out: ` +
      `${listed(others.map(told))}; name another's cameras file to read that one`,
  };
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => !entry.isFile()).map(({ name }) => name);
  const order = new Intl.Collator('en', { numeric: true });
  return names.sort(order.compare);
}

async function modelIn(folder: string, name: string): Promise<FoundModel | undefined> {
  const at = path.join(folder, name);
  for (const binary of [true, false]) {
    const extension = binary ? 'bin' : 'txt';
    if ((await kindOf(path.join(at, `cameras.${extension}`))) !== 'file') continue;
    const images = path.join(at, `images.${extension}`);
    const photographs = await (binary ? countInBinary(images) : countInText(images)).catch(() => 0);
    return { folder: at, name, binary, photographs };
  }
  return undefined;
}

/** The file begins with the number. */
async function countInBinary(file: string): Promise<number> {
  const handle = await open(file);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    const { size } = await handle.stat();
    const count = bytesRead < 8 ? 0 : Number(buffer.readBigUInt64LE(0));
    // A photograph takes 73 bytes and more; a file that promises others is damaged, and no reason to take it.
    return count * 73 <= size ? count : 0;
  } finally {
    await handle.close();
  }
}

/** Lines of photographs: those with a name behind nine numbers. */
async function countInText(file: string): Promise<number> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  return lines.filter((line) => /^\s*(?:[-+.\deE]+\s+){9}\S*[^-+.\deE\s]/.test(line)).length;
}
