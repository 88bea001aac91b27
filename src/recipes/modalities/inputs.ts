// What a comparison is given: one input, several of one kind, or a folder of them.
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../../core/errors.js';
import { holdsRun } from '../runs/folder.js';
import type { Modality } from '../runs/modality.js';
import { either, recognise } from './recognise.js';
import { findModality, modalities, modalitiesByName } from './registry.js';

/** Inputs of one kind. */
export interface RecognisedInputs {
  readonly modality: Modality;
  /** Absolute paths, in the order given; those of a folder by name. */
  readonly files: readonly string[];
  /** What they are called together, where a folder held them. */
  readonly name?: string;
  /** What the user should know: files of a folder that are left out. */
  readonly notes: readonly string[];
}

/**
 * The inputs that words name.
 * @param given as they were typed, one at least
 * @param cwd where relative paths start
 * @param kind what they are said to be
 * @throws InputError where one cannot be fitted, or they are of several kinds
 */
export async function recogniseInputs(
  given: readonly string[],
  cwd: string,
  kind?: string,
): Promise<RecognisedInputs> {
  const found: { readonly modality: Modality; readonly files: readonly string[]; readonly shown: string }[] =
    [];
  const notes: string[] = [];
  let name: string | undefined;
  for (const shown of given) {
    const file = path.resolve(cwd, shown);
    const held = await heldIn(file, shown, kind);
    if (held === undefined) {
      found.push({ modality: await recognise(file, shown, kind), files: [file], shown });
      continue;
    }
    const modality = onlyOne(held, shown);
    const inside = held.byModality.get(modality) ?? [];
    found.push({ modality, files: inside.map((each) => path.join(file, each)), shown });
    if (given.length === 1) name = path.basename(file);
    const others = held.count - inside.length;
    if (others > 0) {
      notes.push(
        `${shown}: ${others} other ${others === 1 ? 'file or folder is' : 'files and folders are'} left out`,
      );
    }
  }
  const [first, ...others] = found;
  if (first === undefined) throw new InputError('got no inputs, expected one at least');
  const other = others.find(({ modality }) => modality !== first.modality);
  if (other !== undefined) {
    throw new InputError(
      `${first.shown} is of ${first.modality.several} and ${other.shown} of ${other.modality.several}; expected inputs of one ` +
        'kind: compare them apart',
    );
  }
  const files = found.flatMap((each) => each.files);
  const twice = files.find((file, i) => files.indexOf(file) !== i);
  if (twice !== undefined) throw new InputError(`${twice} was given twice; expected each input once`);
  return { modality: first.modality, files, notes, ...(name === undefined ? {} : { name }) };
}

/** The inputs in a folder, by what they could be. */
interface Held {
  readonly byModality: ReadonlyMap<Modality, readonly string[]>;
  /** Entries of the folder, hidden ones left out. */
  readonly count: number;
}

/** What a folder holds, where it is not an input itself; undefined for whatever is no such folder. */
async function heldIn(folder: string, shown: string, kind: string | undefined): Promise<Held | undefined> {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true || holdsRun(folder))
    return undefined;
  const asked = kind === undefined ? undefined : findModality(kind);
  if (asked?.folders === true) return undefined;
  if (asked === undefined) {
    for (const modality of modalitiesByName(folder))
      if ((await modality.recognise?.(folder)) !== false) return undefined;
  }
  const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => !entry.name.startsWith('.'));
  const names = entries
    .filter((entry) => statSync(path.join(folder, entry.name), { throwIfNoEntry: false })?.isFile() === true)
    .map((entry) => entry.name)
    .sort(new Intl.Collator('en', { numeric: true }).compare);
  const byModality = new Map<Modality, readonly string[]>();
  for (const modality of asked === undefined ? modalities() : [asked]) {
    if (modality.folders === true) continue;
    const inside = names.filter((each) => modality.extensions.includes(path.extname(each).toLowerCase()));
    if (inside.length > 0) byModality.set(modality, inside);
  }
  if (asked !== undefined && byModality.size === 0)
    throw new InputError(`${shown} holds no ${asked.several} (${asked.formats}); expected one at least`);
  // A folder with nothing to fit is refused as it is everywhere.
  return byModality.size === 0 ? undefined : { byModality, count: entries.length };
}

function onlyOne({ byModality }: Held, shown: string): Modality {
  const [first, ...others] = byModality.keys();
  if (first !== undefined && others.length === 0) return first;
  const held = [...byModality].map(([{ one, several }, { length }]) =>
    length === 1 ? one : `${length} ${several}`,
  );
  const kinds = [...byModality.keys()].map(({ kind }) => `--kind ${kind}`);
  throw new InputError(
    `${shown} holds ${either(held, 'and')}; expected inputs of one kind: say which with ${either(kinds)}`,
  );
}
