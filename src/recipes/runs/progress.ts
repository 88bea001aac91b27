// Long work after training, with events on its way: the work goes on by itself, its events are fetched.
import type { FinishEvent } from './events.js';

/** Events closer together than this share of a task say nothing new. */
const least = 0.02;

/**
 * Does one task of finishing a run. Unlike training it does not wait for its events to be fetched.
 * @param work is given what to call with the share that is done, and a signal: fired by `signal`, or when whoever reads
 *   the events has gone
 * @returns what `work` does; what it throws comes through
 */
export async function* withProgress<T>(
  task: FinishEvent['task'],
  signal: AbortSignal | undefined,
  work: (report: (share: number) => void, signal: AbortSignal) => Promise<T>,
): AsyncGenerator<FinishEvent, T, undefined> {
  const left = new AbortController();
  const stop = signal === undefined ? left.signal : AbortSignal.any([signal, left.signal]);
  let share = 0;
  let settled = false;
  let wake = (): void => undefined;
  const report = (now: number): void => {
    share = Math.min(1, Math.max(share, now));
    wake();
  };
  // Told before it begins, since work may not let go of the thread until it is done.
  let told = 0;
  yield { type: 'finish', task, share: told };
  const working = work(report, stop).finally(() => {
    settled = true;
    wake();
  });
  try {
    // Who waits below may come after it has failed.
    working.catch(() => undefined);
    while (!settled) {
      if (share < told + least) {
        await new Promise<void>((resolve) => (wake = resolve));
      } else {
        told = share;
        yield { type: 'finish', task, share };
      }
    }
    const result = await working;
    if (told < 1) yield { type: 'finish', task, share: 1 };
    return result;
  } finally {
    left.abort();
    await working.catch(() => undefined);
  }
}
