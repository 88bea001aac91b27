// The settings of several kinds of input as one set of options: those that kinds have in common come once, under a
// heading that names the kinds, with what differs between them in words; the others in groups of their own.
import { everyStrategy } from '../recipes/settings/presets.js';
import { strategies } from '../recipes/modalities/image/settings.js';
import { sceneBackbones, sceneStrategies } from '../recipes/modalities/scene/settings.js';
import type { RunKind } from '../recipes/runs/folder.js';
import type { Field } from './fields.js';
import { kindNames, kinds } from './kinds.js';

/** Options under a heading of the help. */
export interface FieldGroup {
  readonly title: string;
  readonly fields: readonly Field[];
}

/** The options of each kind's settings. */
export type FieldsByKind = Readonly<Record<RunKind, readonly Field[]>>;

/** A setting of a kind. */
interface OfKind {
  readonly kind: RunKind;
  readonly field: Field;
}

/** The groups of a command's help: what all kinds have, what several have, what each has alone. */
export function groupsOf(fields: FieldsByKind): FieldGroup[] {
  const byFlag = new Map<string, OfKind[]>();
  for (const kind of kindNames) {
    for (const field of fields[kind]) {
      byFlag.set(field.flag, [...(byFlag.get(field.flag) ?? []), { kind, field }]);
    }
  }
  const groups = new Map<string, { readonly having: readonly RunKind[]; readonly fields: Field[] }>();
  for (const own of byFlag.values()) {
    const having = own.map(({ kind }) => kind);
    const title = having.length === kindNames.length ? 'Settings:' : `Settings of ${namesOf(having)}:`;
    const group = groups.get(title) ?? { having, fields: [] };
    group.fields.push(merged(own));
    groups.set(title, group);
  }
  const place = ({ having }: { readonly having: readonly RunKind[] }): number =>
    -having.length * kindNames.length + kindNames.indexOf(having[0] ?? 'image');
  return [...groups]
    .sort(([, a], [, b]) => place(a) - place(b))
    .map(([title, group]) => ({ title, fields: group.fields }));
}

/** "images", "images and meshes" */
export function namesOf(several: readonly RunKind[]): string {
  const names = several.map((kind) => kinds[kind].several);
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}

function merged(own: readonly OfKind[]): Field {
  const [{ field }] = own as [OfKind];
  return {
    ...field,
    description: mergedDescription(own),
    shownDefault: mergedDefault(own),
    choices: [...new Set(own.flatMap((each) => each.field.choices))],
  };
}

/** Where a kind has no default of its own, the description says what decides. */
function mergedDefault(own: readonly OfKind[]): string | undefined {
  const defaults = own.map(({ field }) => field.shownDefault);
  if (new Set(defaults).size === 1) return defaults[0];
  return [...new Set(defaults)]
    .filter((shown) => shown !== undefined)
    .map((shown) => {
      const having = own.filter(({ field }) => field.shownDefault === shown).map(({ kind }) => kind);
      return `${namesOf(having)} ${shown}`;
    })
    .join(', ');
}

/** What descriptions name defaults of. */
const owners = [everyStrategy, ...new Set<string>([...strategies, ...sceneStrategies, ...sceneBackbones])];

/** A description, and the defaults of strategies that it ends in: "share of … (evos: 0.5, uniform: 0.03)". */
const endingInDefaults = new RegExp(`^(.*) \\(((?:${owners.join('|')}): [^()]*)\\)$`, 's');

/** Kinds that are told by one sentence. */
interface Told {
  readonly having: readonly RunKind[];
  readonly sentence: string;
  /** "images: evos 0.5" for each kind with defaults by strategy. */
  readonly defaults: readonly string[];
}

function mergedDescription(own: readonly OfKind[]): string {
  if (new Set(own.map(({ field }) => field.description)).size === 1) return own[0]?.field.description ?? '';
  const told = own
    .map(({ kind, field: { description } }): Told => {
      const [, sentence = description, defaults = ''] = endingInDefaults.exec(description) ?? [];
      const named = defaults === '' ? [] : [`${kinds[kind].several}: ${defaults.replaceAll(': ', ' ')}`];
      return { having: [kind], sentence, defaults: named };
    })
    .reduce<Told[]>((groups, next) => {
      for (const [i, group] of groups.entries()) {
        const sentence = mergedSentence(group, next);
        if (sentence === undefined) continue;
        const having = [...group.having, ...next.having];
        return groups.with(i, { having, sentence, defaults: [...group.defaults, ...next.defaults] });
      }
      return [...groups, next];
    }, []);
  const texts = told.map(({ having, sentence, defaults }) => {
    if (having.length === 1) return own.find(({ kind }) => kind === having[0])?.field.description ?? '';
    return defaults.length === 0 ? sentence : `${sentence} (${defaults.join('; ')})`;
  });
  return told.length === 1 ? (texts[0] ?? '') : inTurn(told, texts);
}

/** All descriptions, with clauses that they begin with alike told once. */
function inTurn(told: readonly Told[], texts: readonly string[]): string {
  const clauses = texts.map((text) => text.split('; '));
  const [first = []] = clauses;
  let alike = first.findIndex((clause, i) => clauses.some((other) => other[i] !== clause));
  if (alike < 0) alike = first.length;
  const rests = clauses.map(
    (each, i) => `${namesOf(told[i]?.having ?? [])}: ${each.slice(alike).join('; ')}`,
  );
  return [...first.slice(0, alike), ...rests].join('; ');
}

/** Most characters that two sentences may differ in and still be told as one. */
const SHORT = 16;

/** "… of the whole image (meshes: pool); …"; undefined where the sentences have too little in common. */
function mergedSentence(a: Told, b: Told): string | undefined {
  if (a.sentence === b.sentence) return a.sentence;
  // A word in brackets is for one kind; a second one would have to be told apart from it.
  if (a.having.length > 1) return undefined;
  const [ofA, ofB] = [a, b].map(({ sentence }) => sentence.split(/\b/)) as [string[], string[]];
  let start = 0;
  while (start < Math.min(ofA.length, ofB.length) && ofA[start] === ofB[start]) start++;
  let end = 0;
  while (end < Math.min(ofA.length, ofB.length) - start && ofA.at(-1 - end) === ofB.at(-1 - end)) end++;
  const middle = (words: string[]): string =>
    words
      .slice(start, words.length - end)
      .join('')
      .trim();
  const [one, other] = [middle(ofA), middle(ofB)];
  if (start === 0 || one === '' || other === '' || one.length + other.length > SHORT) return undefined;
  const rest = ofA.slice(ofA.length - end).join('');
  return `${ofA.slice(0, start).join('')}${one} (${namesOf(b.having)}: ${other})${rest}`;
}
