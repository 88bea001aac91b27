/** Something for each of some names. */
export function each<Name extends string, Of>(
  names: readonly Name[],
  make: (name: Name) => Of,
): Record<Name, Of> {
  // The keys are the names, by construction.
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, Of>;
}
