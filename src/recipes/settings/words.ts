// The words of settings, for help and schema: the JSDoc of their declarations. The build writes them beside this file;
// run from sources they are read from there, and a plugin's from its own file.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { helpWords, scanDocs, type Docs } from './scan-docs.js';

/** Whoever declares settings imports what they are declared with; a name may be a constant of another file. */
const declares = /\/settings\.js'|export const \w+ = '/;
const built = new URL('words.json', import.meta.url);
const root = new URL('../../', import.meta.url);

let known: Docs | undefined;
const learnt: Record<string, Readonly<Record<string, string>>> = {};

/** What a declaration says of a setting, in the words of the help; nothing where it says nothing. */
export function wordsOf(id: string, setting: string): string {
  const doc = docOf(id, setting);
  return doc === undefined ? '' : helpWords(doc);
}

/** The JSDoc of a setting. */
export function docOf(id: string, setting: string): string | undefined {
  known ??= existsSync(built) ? readDocs(readFileSync(built, 'utf8')) : sourceDocs(root);
  return (learnt[id] ?? known[id])?.[setting];
}

/** Takes in the words of settings that a plugin's source declares. */
export function learnWords(source: string): void {
  Object.assign(learnt, scanDocs([source]));
}

/** The JSDoc of all settings in a folder of sources. */
export function sourceDocs(folder: URL): Docs {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'));
  const texts = files.map((name) => readFileSync(fileURLToPath(new URL(name, folder)), 'utf8'));
  return scanDocs(texts.filter((text) => declares.test(text)));
}

function readDocs(text: string): Docs {
  return JSON.parse(text) as Docs;
}
