// What a page's main thread was busy with, out of a trace of Chromium: its tasks, each with the time from start to end (`wall`) and
// the time that it was on a core (`cpu`).
export interface Task {
  /** Milliseconds since the trace began. */
  readonly start: number;
  readonly wall: number;
  readonly cpu: number;
  /** What took longest in it, for messages. */
  readonly parts: string;
}

/** What is needed of a trace for {@link tasksBetween}. */
export const traceCategories = [
  'disabled-by-default-devtools.timeline',
  'devtools.timeline',
  'blink.user_timing',
];

interface Event {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
}

/**
 * The tasks of the thread that set two marks (`performance.mark`), from the last of the first name's to the last of the second's. Those
 * in which the test's own scripts ran are left out.
 * @param trace as Chromium writes it
 * @throws Error where a mark is missing, or tasks have no times
 */
export function tasksBetween(trace: Buffer, first: string, last: string): Task[] {
  const { traceEvents } = JSON.parse(trace.toString()) as { readonly traceEvents: readonly Event[] };
  const markOf = (name: string): Event => {
    const mark = traceEvents.findLast((event) => event.name === name);
    if (mark === undefined) throw new Error(`the trace has no mark ${name}`);
    return mark;
  };
  const [from, to] = [markOf(first), markOf(last)];
  const own = traceEvents.filter(
    ({ pid, tid, ph, ts, dur = 0 }) =>
      pid === from.pid && tid === from.tid && ph === 'X' && ts + dur >= from.ts && ts <= to.ts,
  );
  return own
    .filter(({ name }) => name === 'RunTask')
    .flatMap((task): Task[] => {
      const { ts, dur, tdur } = task;
      if (dur === undefined || tdur === undefined)
        throw new Error('the trace does not say how long tasks took');
      const within = own.filter((part) => part !== task && part.ts >= ts && part.ts < ts + dur);
      const parts = within.sort((a, b) => (b.dur ?? 0) - (a.dur ?? 0)).slice(0, 5);
      // The page runs no new script while it trains.
      if (within.some(({ name }) => name === 'EvaluateScript')) return [];
      const said = parts.map(({ name, dur: took = 0 }) => `${name} ${(took / 1000).toFixed(1)}`);
      return [{ start: ts / 1000, wall: dur / 1000, cpu: tdur / 1000, parts: said.join(', ') }];
    });
}

/** How long, by the clock, the longest task of each stretch of time took; of stretches with a millisecond of work or more. */
export function longestByStretch(tasks: readonly Task[], milliseconds: number): number[] {
  const longest = new Map<number, number>();
  for (const { start, wall } of tasks) {
    const stretch = Math.floor(start / milliseconds);
    longest.set(stretch, Math.max(wall, longest.get(stretch) ?? 0));
  }
  return [...longest.values()].filter((wall) => wall >= 1);
}

/** What browsers call a long task (W3C Long Tasks API), in milliseconds. */
const long = 50;

/** What a task of a page that stays lively takes at most, in milliseconds of a core. */
const lively = 8;

/**
 * The tasks that keep a thread from being free: all that are long, and where they are more than one in a hundred, those over 8 ms of a core. One
 * that collects garbage takes that much by itself on a slow machine.
 */
export function tasksInTheWay(tasks: readonly Task[]): Task[] {
  const slow = tasks.filter(({ cpu }) => cpu > lively);
  return slow.length > tasks.length / 100 ? slow : slow.filter(({ cpu }) => cpu > long);
}
