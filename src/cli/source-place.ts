// Where in a configuration file a setting stands. Whether it is JSON, JavaScript or TypeScript: settings are keys of object
// literals, and those are found without knowing the rest of the language.

/** A place in a text, counted from 1, as editors count. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** What of a text matters here; comments and white space do not. */
interface Token {
  readonly text: string;
  readonly at: number;
}

/** Comments, quoted text, names and numbers, and any other single character. */
const pattern =
  /\/\/.*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|[\w$.]+|\S/g;

/** The place of a character. */
export function placeAt(text: string, at: number): Place {
  const before = text.slice(0, at).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/**
 * The place of a setting: of its key, or of the last key on the way that stands in the file, where the rest is worked out by the
 * program.
 * @param path keys and indices, from the outermost
 * @returns undefined where not even the first is written as a key
 */
export function placeOf(text: string, path: readonly (string | number)[]): Place | undefined {
  const tokens = [...text.matchAll(pattern)]
    .map((found): Token => ({ text: found[0], at: found.index }))
    .filter((token) => !/^\/[/*]/.test(token.text));
  let best: { readonly depth: number; readonly at: number } | undefined;
  tokens.forEach((token, i) => {
    if (token.text !== '{') return;
    const found = follow(tokens, i, path);
    if (found !== undefined && found.depth > (best?.depth ?? 0)) best = found;
  });
  return best === undefined ? undefined : placeAt(text, best.at);
}

/** Follows a path from an opening bracket as far as it is written there. */
function follow(
  tokens: readonly Token[],
  open: number,
  path: readonly (string | number)[],
): { readonly depth: number; readonly at: number } | undefined {
  const [first, ...rest] = path;
  if (first === undefined) return undefined;
  const member = membersOf(tokens, open).find(({ name }) => name === String(first));
  if (member === undefined) return undefined;
  const { at, value } = member;
  const inside = ['{', '['].includes(tokens[value]?.text ?? '') ? follow(tokens, value, rest) : undefined;
  return { depth: 1 + (inside?.depth ?? 0), at: inside?.at ?? at };
}

/** The keys of an object literal, or the indices of an array, each with the token at which its value begins. */
function membersOf(tokens: readonly Token[], open: number) {
  const found: { readonly name: string; readonly at: number; readonly value: number }[] = [];
  const isArray = tokens[open]?.text === '[';
  let depth = 0;
  let count = 0;
  for (let i = open; i < tokens.length; i++) {
    const text = tokens[i]?.text ?? '';
    if ('{[('.includes(text)) depth++;
    if ('}])'.includes(text) && --depth === 0) break;
    const begins = depth === 1 && (i === open || text === ',');
    const next = tokens[i + 1];
    if (!begins || next === undefined) continue;
    if (isArray) found.push({ name: String(count++), at: next.at, value: i + 1 });
    else if (tokens[i + 2]?.text === ':') {
      found.push({ name: next.text.replace(/^(["'])(.*)\1$/, '$2'), at: next.at, value: i + 3 });
    }
  }
  return found;
}
