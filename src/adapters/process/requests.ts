// The members of requests, read and checked alike by all operations.
import { checkInteger, show } from '../../core/check.js';
import { didYouMean } from '../../core/did-you-mean.js';
import { ArgumentError } from '../../core/errors.js';
import type { Arrays, Header } from './frames.js';

/** Members that every request may have. */
const common = ['op', 'id', 'arrays'];

/** What a request is known by: a text or a whole number of the client's, which its answer repeats. */
export type RequestId = string | number | null;

/** @throws ArgumentError */
export function checkId(id: unknown): RequestId {
  if (id === undefined || id === null) return null;
  if (typeof id === 'string' && id.length <= 64) return id;
  if (typeof id === 'number' && Number.isSafeInteger(id)) return id;
  throw new ArgumentError(`id must be a whole number, or text of at most 64 characters, got ${show(id)}.`);
}

/** @throws ArgumentError naming a member or an array that the operation does not take */
export function checkMembers(
  op: string,
  header: Header,
  arrays: Arrays,
  takes: { readonly members: readonly string[]; readonly arrays: readonly string[] },
): void {
  const known = [...common, ...takes.members];
  for (const name of Object.keys(header)) {
    if (known.includes(name)) continue;
    const hint = didYouMean(name, known);
    throw new ArgumentError(`The operation ${op} takes ${known.join(', ')}; got ${show(name)}.${hint}`);
  }
  for (const name of Object.keys(arrays)) {
    if (takes.arrays.includes(name)) continue;
    const hint = didYouMean(name, takes.arrays);
    const list = takes.arrays.length === 0 ? 'no array' : `the arrays ${takes.arrays.join(', ')}`;
    throw new ArgumentError(`The operation ${op} takes ${list}; got ${show(name)}.${hint}`);
  }
}

/** The client's name for a selector. @throws ArgumentError */
export function selectorName({ selector }: Header): string {
  if (typeof selector === 'string' && selector !== '' && selector.length <= 64) return selector;
  throw new ArgumentError(
    `selector must be a text of 1 to 64 characters, your name for it, got ${show(selector)}.`,
  );
}

/** A whole number that may be left out. @throws ArgumentError */
export function optionalInteger(header: Header, name: string, low: number, hint: string): number | undefined {
  const value = header[name];
  return value === undefined ? undefined : checkInteger(name, value, low, Number.MAX_SAFE_INTEGER, hint);
}
