// The settings of several kinds of input as one set of options: those that kinds have in common come once, under a
// heading that names the kinds, with what differs between them in words; the others in groups of their own.
import { joined } from '../recipes/settings/shapes.js';
import { inTurn } from '../recipes/settings/describe.js';
import type { Field, Purpose, Words } from '../recipes/settings/resolver.js';
import { either } from '../recipes/modalities/recognise.js';
import type { Option } from './fields.js';
import type { Modality } from '../recipes/runs/modality.js';

/** Options under a heading of the help. */
export interface OptionGroup {
  readonly title: string;
  readonly options: readonly Option[];
}

/** A setting of a kind. */
interface OfKind {
  readonly kind: Modality;
  readonly field: Field;
}

/** The groups of a command's help: what all kinds have, what several have, what each has alone. */
export function groupsOf(kinds: readonly Modality[], purpose: Purpose): OptionGroup[] {
  const byFlag = new Map<string, OfKind[]>();
  for (const kind of kinds) {
    for (const field of kind.settings.fields(purpose)) {
      byFlag.set(field.flag, [...(byFlag.get(field.flag) ?? []), { kind, field }]);
    }
  }
  const groups = new Map<string, { readonly having: readonly Modality[]; readonly options: Option[] }>();
  for (const own of byFlag.values()) {
    const having = own.map(({ kind }) => kind);
    const title = having.length === kinds.length ? 'Settings:' : `Settings of ${namesOf(having)}:`;
    const group = groups.get(title) ?? { having, options: [] };
    group.options.push(merged(own));
    groups.set(title, group);
  }
  const place = ({ having: [first, ...more] }: { readonly having: readonly Modality[] }): number =>
    first === undefined ? 0 : kinds.indexOf(first) - (more.length + 1) * kinds.length;
  return [...groups]
    .sort(([, a], [, b]) => place(a) - place(b))
    .map(([title, { options }]) => ({ title, options }));
}

/** "images", "images and meshes" */
export function namesOf(several: readonly Modality[]): string {
  const names = several.map((kind) => kind.several);
  return either(names, 'and');
}

function merged(own: readonly OfKind[]): Option {
  const [first, ...others] = own.map(({ field }) => field) as [Field, ...Field[]];
  return {
    key: first.key,
    flag: first.flag,
    setting: others.reduce((setting, field) => joined(field.key, setting, field.setting), first.setting),
    description: mergedDescription(own),
    shownDefault: mergedDefault(own),
  };
}

/** "0.02", or "images 0.02, meshes 0.125" where they differ. */
function mergedDefault(own: readonly OfKind[]): string | undefined {
  const byDefault = grouped(own, ({ field }) => field.usual);
  if (byDefault.length === 1) return byDefault[0]?.[0];
  return byDefault
    .filter(([shown]) => shown !== undefined)
    .map(([shown, kinds]) => `${namesOf(kinds)} ${shown ?? ''}`)
    .join(', ');
}

/** What it does, and the defaults that differ: "training steps (images: evos 500, full 500; meshes: full 150)". */
function mergedDescription(own: readonly OfKind[]): string {
  const words = mergedWords(own);
  const apart = grouped(own, ({ field }) =>
    field.apart.map(([owner, shown]) => `${owner} ${shown}`).join(', '),
  ).filter(([defaults]) => defaults !== '');
  if (apart.length === 0) return words;
  const named = apart.map(([defaults, kinds]) =>
    own.length === 1 ? defaults : `${namesOf(kinds)}: ${defaults}`,
  );
  return `${words} (${named.join('; ')})`;
}

/** The words of strategies and backbones are the same for all kinds; a kind's own may differ. */
function mergedWords(own: readonly OfKind[]): string {
  const said = own.flatMap(({ kind, field }) => field.words.map((words) => ({ kind, ...words })));
  const texts = [...new Set(said.map(({ text }) => text))];
  const words = texts.map((text): Words => {
    const same = said.filter((each) => each.text === text);
    const owners = [...new Set(same.flatMap((each) => each.owners))];
    // Where all of one kind declare it, or the kind itself does, the kinds are what tells it from the others.
    if (same.every((each) => each.owners.length > 0)) return { owners, text };
    return { owners: texts.length === 1 ? [] : [namesOf(same.map(({ kind }) => kind))], text };
  });
  return inTurn(words);
}

/** Kinds that have the same, together. */
function grouped<Value>(
  own: readonly OfKind[],
  valueOf: (of: OfKind) => Value,
): (readonly [Value, readonly Modality[]])[] {
  const values = [...new Set(own.map(valueOf))];
  const having = (value: Value) => own.filter((each) => valueOf(each) === value).map(({ kind }) => kind);
  return values.map((value) => [value, having(value)]);
}
