// What there is of one sort, such as strategies: the built-in entries, and those that plugins register.
import { ArgumentError } from './errors.js';

/** The entries of one sort, by name. */
export interface Registry<Entry extends { readonly name: string }> {
  all(): readonly Entry[];
  /** @throws ArgumentError naming what there is */
  find(name: string): Entry;
  /** Adds an entry. The same entry twice is no fault. @throws ArgumentError when the name is taken by another */
  register(entry: Entry): void;
}

/** Makes a registry. @param sort what an entry is called in messages, `strategy` */
export function createRegistry<Entry extends { readonly name: string }>(
  sort: string,
  builtIns: readonly Entry[],
): Registry<Entry> {
  const entries = [...builtIns];
  return {
    all: () => entries,
    find(name) {
      const found = entries.find((entry) => entry.name === name);
      if (found !== undefined) return found;
      const names = entries.map((entry) => entry.name);
      throw new ArgumentError(`unknown ${sort} "${name}": expected one of ${names.join(', ')}`);
    },
    register(entry) {
      const same = entries.find(({ name }) => name === entry.name);
      if (same === entry) return;
      if (same !== undefined) {
        throw new ArgumentError(
          `the ${sort} "${entry.name}" is there already; expected a name of its own; rename the one that was added`,
        );
      }
      entries.push(entry);
    },
  };
}
