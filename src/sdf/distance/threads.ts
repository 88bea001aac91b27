// Node's worker threads, where this runs in Node. They are asked for by name when they are needed: bundlers for browsers follow
// imports, and would stop at one of Node's.
type NodeThreads = typeof import('node:worker_threads');
type NodeOs = typeof import('node:os');

/** A module of Node's own. */
function builtin(name: string): object | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => object | undefined } };
  return process?.getBuiltinModule?.(name);
}

/** What starts threads; undefined in a browser. */
export const nodeThreads = (): NodeThreads | undefined =>
  builtin('node:worker_threads') as NodeThreads | undefined;

/** How many threads the machine runs at once; 0 where there are none. */
export function availableThreads(): number {
  const os = builtin('node:os') as NodeOs | undefined;
  return os?.availableParallelism() ?? 0;
}
