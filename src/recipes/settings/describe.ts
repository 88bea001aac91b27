// What a setting does and what its defaults are, in the words of help and schema.
import type { Field, Words } from './resolver.js';

/** "share of the samples (evos: 0.5, uniform: 0.03)". */
export function describe({ words, usual, apart }: Field, withUsual = false): string {
  const defaults = apart.map(([owner, shown]) => `${owner}: ${shown}`);
  if (withUsual && usual !== undefined) defaults.unshift(`default: ${usual}`);
  return defaults.length === 0 ? inTurn(words) : `${inTurn(words)} (${defaults.join(', ')})`;
}

/** Each text with those it goes for: "evos: steps between evaluations; error-map: …". */
export function inTurn(words: readonly Words[]): string {
  return words
    .map(({ owners, text }) => (owners.length === 0 ? text : `${owners.join(', ')}: ${text}`))
    .join('; ');
}
