// Options that may be left out, handed on: a member that is undefined counts as not named.

type Optional<Values> = {
  readonly [Name in keyof Values as undefined extends Values[Name] ? Name : never]?: Exclude<
    Values[Name],
    undefined
  >;
} & { readonly [Name in keyof Values as undefined extends Values[Name] ? never : Name]: Values[Name] };

/** The members that are not undefined. */
export function present<Values extends object>(values: Values): Optional<Values> {
  // Only what may be undefined is left out.
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Optional<Values>;
}
