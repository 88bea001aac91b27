// What can be fuzzed, a line each. A kind is loaded when it is asked for: none pays for another's readers.
import type { FuzzKind } from './harness.js';

/** The kinds by the name that `npm run fuzz` takes. */
export const kinds: Readonly<Record<string, () => Promise<FuzzKind>>> = {
  pictures: async () => (await import('./pictures.js')).pictures,
};
