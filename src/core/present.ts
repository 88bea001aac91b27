// Options that may be left out, handed on: a member that is undefined counts as not named.

type Optional<Values> = {
  readonly [Name in keyof Values as undefined extends Values[Name] ? Name : never]?: Exclude<
    Values[Name],
    undefined
  >;
} & { readonly [Name in keyof Values as undefined extends Values[Name] ? never : Name]: Values[Name] };

/** The members that are not undefined. */
export function present<Values extends object>(values: Values): Optional<Values> {
  const named: Partial<Values> = {};
  for (const name of Object.keys(values) as (keyof Values)[]) {
    if (values[name] !== undefined) named[name] = values[name];
  }
  // Only what may be undefined is left out.
  return named as object as Optional<Values>;
}
