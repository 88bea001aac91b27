// A registry: the entries that come with the package, and those that plugins bring. Entries are plain data with a name.
import { didYouMean } from './did-you-mean.js';
import { ArgumentError } from './errors.js';

/** Entries by name. */
export interface Registry<Entry extends { readonly name: string }> {
  /** All entries: those built in first, then those registered, in that order. */
  all(): readonly Entry[];
  /** @throws ArgumentError naming the entries there are, and the one that was probably meant */
  find(name: string): Entry;
  /** Adds an entry. The same one twice is once. @throws ArgumentError when another entry has its name */
  register(entry: Entry): void;
}

/**
 * Makes a registry.
 * @param kind what its entries are, for messages: `strategy`
 * @throws ArgumentError from `register` for a name that is taken, and from `find` for one that is not there
 * @example
 * const registry = createRegistry('colour', [{ name: 'red' }]);
 * registry.register({ name: 'green' });
 * console.log(registry.find('green').name);
 */
export function createRegistry<Entry extends { readonly name: string }>(
  kind: string,
  builtIns: readonly Entry[],
): Registry<Entry> {
  const entries = [...builtIns];
  return {
    all: () => entries,
    find(name) {
      const found = entries.find((entry) => entry.name === name);
      if (found !== undefined) return found;
      const names = entries.map((entry) => entry.name);
      throw new ArgumentError(
        `${kind} must be one of ${names.join(', ')}, got '${name}'.${didYouMean(String(name), names)}`,
      );
    },
    register(entry) {
      const known = entries.find(({ name }) => name === entry.name);
      if (known === entry) return;
      if (known !== undefined) {
        throw new ArgumentError(
          `There is a ${kind} '${entry.name}' already: give the other one another name.`,
        );
      }
      entries.push(entry);
    },
  };
}
