// What a modality's selector takes: everything that core's does, less what the pool says by itself.
import type { SelectorOptions } from '../core/index.js';

/** The options of every strategy without the `Known` ones. */
export type OptionsWithout<Known extends PropertyKey, Options = SelectorOptions> = Options extends unknown
  ? Omit<Options, Known>
  : never;
