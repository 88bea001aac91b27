// What going on with a run has to make sure of, whatever it fits.
import { ArgumentError, ResumeError } from '../../core/index.js';

/** @throws ArgumentError when a run has done more steps than it is to have. */
export function checkSteps(steps: number, done: number, folder: string): void {
  if (steps >= done) return;
  throw new ArgumentError(
    `steps: got ${steps}, expected at least ${done}: the run in ${folder} has done so many`,
  );
}

/**
 * Makes sure that a run was started with the settings expected of it; 0 and `auto` agree with whatever they became.
 * @throws ResumeError naming the first setting that differs.
 */
export function checkExpected(settings: object, expected: object, folder: string): void {
  const run = settings as Readonly<Record<string, unknown>>;
  for (const [name, wanted] of Object.entries(expected) as [string, unknown][]) {
    // What a preset stands for is among the others; by which name it came does not matter.
    if (name === 'preset') continue;
    const resolved = (name === 'workers' || name === 'microBatch') && wanted === 0;
    if (resolved || (name === 'device' && wanted === 'auto') || run[name] === wanted) continue;
    throw new ResumeError(
      `the run in ${folder} was started with ${name} ${JSON.stringify(run[name])}, not ${JSON.stringify(wanted)}; ` +
        'give the same settings again, or another folder',
    );
  }
}
