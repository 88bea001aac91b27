// What a benchmark is to `bench/run.ts`.

/** What the command line gives every benchmark. */
export interface Options {
  /** Prints a line for people. */
  readonly say: (line: string) => void;
  /** A folder of results already there, for benchmarks that can read them instead of running. */
  readonly from: string | undefined;
}

/** A benchmark: prints for people, returns for machines. */
export type Benchmark = (options: Options) => Promise<unknown>;
