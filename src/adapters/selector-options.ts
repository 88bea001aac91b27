// What a modality's selector takes: everything that core's does, less what the pool says by itself.
import type { ContextOptions, StrategyName, StrategySettings } from '../core/index.js';

/** A strategy by name, its settings, and its context without the `Known` part of it. */
export type OptionsWithout<
  Known extends keyof ContextOptions,
  Name extends string = StrategyName,
> = Name extends string
  ? Omit<ContextOptions, Known> & { readonly strategy: Name } & StrategySettings<Name>
  : never;
