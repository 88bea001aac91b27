// Wall-clock time of a run that may be paused: several runs of a comparison take turns, and none is charged with
// the others'.

/** Counts seconds while it runs. */
export class Stopwatch {
  #spent = 0;
  #since: number | undefined;

  /** Seconds so far. */
  get seconds(): number {
    return (this.#spent + (this.#since === undefined ? 0 : performance.now() - this.#since)) / 1000;
  }

  start(): void {
    this.#since ??= performance.now();
  }

  stop(): void {
    if (this.#since !== undefined) this.#spent += performance.now() - this.#since;
    this.#since = undefined;
  }
}

/** Passes a generator's events on; the watch runs only while the generator works on its next one. */
export async function* timed<T>(
  watch: Stopwatch,
  events: AsyncGenerator<T, void, undefined>,
): AsyncGenerator<T, void, undefined> {
  try {
    for (;;) {
      watch.start();
      const next = await events.next();
      watch.stop();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await events.return();
  }
}
