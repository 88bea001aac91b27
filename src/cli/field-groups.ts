// The settings of several kinds of input as one set of options: those that all kinds have come once, with what differs
// between them in words; the others in a group of their own.
import { everyStrategy } from '../recipes/preset-book.js';
import { strategies } from '../recipes/settings.js';
import type { RunKind } from '../recipes/run-folder.js';
import type { Field } from './fields.js';
import { kinds } from './kinds.js';

/** Options under a heading of the help. */
export interface FieldGroup {
  readonly title: string;
  readonly fields: readonly Field[];
}

/** The options of each kind's settings. */
export type FieldsByKind = Readonly<Record<RunKind, readonly Field[]>>;

/** The groups of a command's help. */
export function groupsOf({ image, mesh }: FieldsByKind): FieldGroup[] {
  const inBoth = image.flatMap((field) => {
    const other = mesh.find(({ flag }) => flag === field.flag);
    return other === undefined ? [] : [merged(field, other)];
  });
  const shared = new Set(inBoth.map(({ flag }) => flag));
  const alone = (fields: readonly Field[]) => fields.filter(({ flag }) => !shared.has(flag));
  return [
    { title: 'Settings:', fields: inBoth },
    { title: `Settings of ${kinds.image.several}:`, fields: alone(image) },
    { title: `Settings of ${kinds.mesh.several}:`, fields: alone(mesh) },
  ].filter(({ fields }) => fields.length > 0);
}

function merged(image: Field, mesh: Field): Field {
  return {
    ...image,
    description: mergedDescription(image, mesh),
    shownDefault: mergedDefault(image.shownDefault, mesh.shownDefault),
    choices: [...new Set([...image.choices, ...mesh.choices])],
  };
}

/** Where a kind has no default of its own, the description says what decides. */
function mergedDefault(image: string | undefined, mesh: string | undefined): string | undefined {
  if (image === mesh) return image;
  const told = [
    ...(image === undefined ? [] : [`${kinds.image.several} ${image}`]),
    ...(mesh === undefined ? [] : [`${kinds.mesh.several} ${mesh}`]),
  ];
  return told.join(', ');
}

/** A description, and the defaults of strategies that it ends in: "share of … (evos: 0.5, uniform: 0.03)". */
const endingInDefaults = new RegExp(
  `^(.*) \\(((?:${[everyStrategy, ...strategies].join('|')}): [^()]*)\\)$`,
  's',
);

function mergedDescription(image: Field, mesh: Field): string {
  if (image.description === mesh.description) return image.description;
  const [ofImage, ofMesh] = [image, mesh].map(({ description }) => {
    const [, sentence = description, defaults = ''] = endingInDefaults.exec(description) ?? [];
    return { sentence, defaults: defaults.replaceAll(': ', ' ') };
  }) as [Described, Described];
  const sentence = mergedSentence(ofImage.sentence, ofMesh.sentence);
  if (sentence === undefined) return inTurn(image.description, mesh.description);
  const told = [
    ...(ofImage.defaults === '' ? [] : [`${kinds.image.several}: ${ofImage.defaults}`]),
    ...(ofMesh.defaults === '' ? [] : [`${kinds.mesh.several}: ${ofMesh.defaults}`]),
  ];
  return told.length === 0 ? sentence : `${sentence} (${told.join('; ')})`;
}

/** Both descriptions, with clauses that they begin with alike told once. */
function inTurn(image: string, mesh: string): string {
  const [a, b] = [image.split('; '), mesh.split('; ')];
  const differs = a.findIndex((clause, i) => clause !== b[i]);
  const rest = (clauses: string[], kind: RunKind): string =>
    `${kinds[kind].several}: ${clauses.slice(differs).join('; ')}`;
  return [...a.slice(0, differs), rest(a, 'image'), rest(b, 'mesh')].join('; ');
}

interface Described {
  readonly sentence: string;
  readonly defaults: string;
}

/** Most characters that two sentences may differ in and still be told as one. */
const SHORT = 16;

/** "… of the whole image (meshes: pool); …"; undefined where the sentences have too little in common. */
function mergedSentence(image: string, mesh: string): string | undefined {
  if (image === mesh) return image;
  const [a, b] = [image, mesh].map((sentence) => sentence.split(/\b/)) as [string[], string[]];
  let start = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const middle = (words: string[]): string =>
    words
      .slice(start, words.length - end)
      .join('')
      .trim();
  const [ofImage, ofMesh] = [middle(a), middle(b)];
  if (start === 0 || ofImage === '' || ofMesh === '' || ofImage.length + ofMesh.length > SHORT)
    return undefined;
  const rest = a.slice(a.length - end).join('');
  return `${a.slice(0, start).join('')}${ofImage} (${kinds.mesh.several}: ${ofMesh})${rest}`;
}
