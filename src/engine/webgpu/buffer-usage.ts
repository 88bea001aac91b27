// Constants of the standard, which browsers have as globals and Node has not.

/** What a buffer may be used for. */
export const usage = {
  mapRead: 1,
  copySource: 4,
  copyTarget: 8,
  params: 64,
  storage: 128,
  queryResolve: 512,
} as const;

/** A mapping to read from. */
export const mapRead = 1;
