// Flags of Node that are for the caller's program and not for a worker thread of this package.

/** Options of a worker: without `--input-type`, which a program given by `--eval` has and with which no file can be started. */
export function workerFlags(): { execArgv?: string[] } {
  return process.execArgv.some((flag) => flag.startsWith('--input-type')) ? { execArgv: [] } : {};
}
