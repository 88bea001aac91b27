// Finds the JSDoc of settings in source text, TypeScript or JavaScript, without a compiler. It looks for
// `defineSettings('id', { … })` and for objects with a `name` (or `kind`) and `settings` (or `controls`).

/** The JSDoc of settings, by the name of what declares them and the setting's name. */
export type Docs = Readonly<Record<string, Readonly<Record<string, string>>>>;

interface Token {
  readonly type: 'doc' | 'word' | 'text' | 'mark';
  readonly value: string;
}

const pattern = new RegExp(
  [
    String.raw`(?<doc>/\*\*(?:(?!\*/)[\s\S])*\*/)`,
    String.raw`(?<skip>\s+|//.*|/\*(?:(?!\*/)[\s\S])*\*/)`,
    String.raw`(?<text>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|${'`'}(?:[^${'`'}\\]|\\[\s\S])*${'`'})`,
    String.raw`(?<word>[\p{L}_$#\d][\p{L}\d_$]*)`,
    String.raw`(?<mark>\.\.\.|=>|[\s\S])`,
  ].join('|'),
  'gyu',
);
/** What a `/` begins a regular expression after; elsewhere it divides. */
const beforeRegex = /^(?:[([{},;:=!&|?+]|=>|return)$/;
const regex = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;

function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    regex.lastIndex = at;
    const last = tokens.at(-1)?.value ?? ';';
    if (source[at] === '/' && !/^\/[/*]/.test(source.slice(at, at + 2)) && beforeRegex.test(last)) {
      const literal = regex.exec(source)?.[0];
      if (literal !== undefined) {
        tokens.push({ type: 'mark', value: 'regex' });
        at += literal.length;
        continue;
      }
    }
    pattern.lastIndex = at;
    const { doc, text, word, mark } = pattern.exec(source)?.groups ?? {};
    at = Math.max(pattern.lastIndex, at + 1);
    if (doc !== undefined) tokens.push({ type: 'doc', value: doc });
    else if (text !== undefined) tokens.push({ type: 'text', value: text.slice(1, -1) });
    else if (word !== undefined) tokens.push({ type: 'word', value: word });
    else if (mark !== undefined) tokens.push({ type: 'mark', value: mark });
  }
  return tokens;
}

/** A member of an object: its JSDoc, and where its value begins; a spread has the name of what is spread. */
interface Member {
  readonly name: string;
  readonly doc: string | undefined;
  readonly spread: boolean;
  /** The index of the value's first token; where it is written shortly, of the name. */
  readonly value: number;
}

/** One file's tokens, and what it declares. */
class Source {
  readonly tokens: readonly Token[];
  /** Where the value of each `const` begins. */
  readonly constants = new Map<string, number>();

  constructor(text: string) {
    this.tokens = tokensOf(text);
    for (const [i, { value }] of this.tokens.entries()) {
      if (value !== 'const') continue;
      const assigned = this.tokens.findIndex((token, j) => j > i + 1 && j < i + 20 && token.value === '=');
      const name = this.tokens[i + 1]?.value;
      if (name !== undefined && assigned >= 0) this.constants.set(name, assigned + 1);
    }
  }

  /** The members of the object that opens at a token. */
  members(open: number): Member[] {
    const members: Member[] = [];
    let doc: string | undefined;
    for (let i = open + 1; i < this.tokens.length; i++) {
      const token = this.tokens[i];
      if (token === undefined || token.value === '}') break;
      if (token.type === 'doc') {
        doc = token.value;
        continue;
      }
      const spread = token.value === '...';
      const name = this.tokens[spread ? i + 1 : i]?.value ?? '';
      const named = this.tokens[i + 1]?.value === ':';
      members.push({ name, doc, spread, value: named ? i + 2 : i });
      doc = undefined;
      i = this.#endOfMember(i);
      if (this.tokens[i]?.value === '}') break;
    }
    return members;
  }

  /** The comma or bracket that ends what begins at a token. */
  #endOfMember(start: number): number {
    let depth = 0;
    for (let i = start; i < this.tokens.length; i++) {
      const { type, value } = this.tokens[i] ?? { type: 'mark', value: '}' };
      if (type !== 'mark') continue;
      if (depth === 0 && (value === ',' || value === '}')) return i;
      if ('([{'.includes(value)) depth++;
      if (')]}'.includes(value)) depth--;
      if (depth < 0) return i;
    }
    return this.tokens.length;
  }
}

/** The JSDoc in several files; an object in one may take in those of another by name. */
export function scanDocs(texts: readonly string[]): Docs {
  const sources = texts.filter((text) => text.includes('/**')).map((text) => new Source(text));
  const found: Record<string, Record<string, string>> = {};
  const add = (id: string, docs: Readonly<Record<string, string>>): void => {
    if (Object.keys(docs).length > 0) found[id] = { ...found[id], ...docs };
  };
  for (const source of sources) {
    for (const [i, { value }] of source.tokens.entries()) {
      const id = source.tokens[i + 2];
      if (value === 'defineSettings' && id?.type === 'text') add(id.value, docsAt(source, i + 4, sources));
      if (value !== '{') continue;
      const members = source.members(i);
      const named = members.find(({ name }) => name === 'name' || name === 'kind');
      const settings = members.filter(({ name }) => name === 'settings' || name === 'controls');
      const name = named === undefined ? undefined : textAt(source, named.value, sources);
      if (name === undefined) continue;
      for (const member of settings) add(name, docsAt(source, member.value, sources));
    }
  }
  return found;
}

/** The text at a token, or that a constant of this name has. */
function textAt(source: Source, at: number, all: readonly Source[]): string | undefined {
  const token = source.tokens[at];
  if (token?.type !== 'word') return token?.type === 'text' ? token.value : undefined;
  const home = [source, ...all].find(({ constants }) => constants.has(token.value));
  const value = home?.tokens[home.constants.get(token.value) ?? -1];
  return value?.type === 'text' ? value.value : undefined;
}

/** The JSDoc of the settings that begin at a token: an object, or a name for one. */
function docsAt(source: Source, at: number, all: readonly Source[], depth = 0): Record<string, string> {
  const token = source.tokens[at];
  if (token === undefined || depth > 8) return {};
  if (token.type === 'word') {
    if (token.value === 'defineSettings') return docsAt(source, at + 4, all, depth + 1);
    // `defineBackbone({ settings: { … } })`: what it declares.
    if (source.tokens[at + 1]?.value === '(') return docsAt(source, at + 2, all, depth + 1);
    const home = [source, ...all].find(({ constants }) => constants.has(token.value));
    return home === undefined ? {} : docsAt(home, home.constants.get(token.value) ?? -1, all, depth + 1);
  }
  if (token.value !== '{') return {};
  const docs: Record<string, string> = {};
  const members = source.members(at);
  const settings = members.find(({ name }) => name === 'settings');
  if (settings !== undefined) return docsAt(source, settings.value, all, depth + 1);
  for (const { name, doc, spread, value } of members) {
    if (spread) Object.assign(docs, docsAt(source, value + 1, all, depth + 1));
    else if (doc !== undefined) docs[name] = plain(doc);
  }
  return docs;
}

/** A comment without its stars: paragraphs, an empty line between them. */
function plain(comment: string): string {
  return comment
    .replace(/^\/\*\*|\*\/$/g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, '').trim())
    .join('\n')
    .trim()
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.replaceAll('\n', ' '))
    .join('\n\n');
}

/** The end of a sentence, a paragraph, or what comes before a tag. */
const sentenceEnd = /(?<!\b(?:Sec|Eq|al|e\.g|i\.e|cf))\.\s+|\n\n|\s@[a-z]/;

/** What the help says: the first sentence, without its full stop. */
export function helpWords(doc: string): string {
  const [sentence = ''] = doc.split(sentenceEnd);
  const words = sentence
    .replace(/\{@link (\w+)\}/g, '$1')
    .replaceAll('`', '')
    .replace(/\.$/, '');
  // A word of capitals, SIREN say, stays as it is.
  return /^\p{Lu}(?!\p{Lu})/u.test(words) ? words.charAt(0).toLowerCase() + words.slice(1) : words;
}
