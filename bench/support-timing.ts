// Medians with their spread, and contestants that take turns: a shared machine changes its speed by half within
// minutes, so only times taken close together can be compared, and only ratios of those can be quoted.
import { setTimeout as sleep } from 'node:timers/promises';

/** Times or ratios in short. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Median (the mean of the middle two for an even count), least and greatest. @throws Error for no values. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const min = sorted[0];
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) throw new Error('nothing was measured');
  const upper = sorted[sorted.length >> 1] ?? max;
  const lower = sorted[(sorted.length - 1) >> 1] ?? min;
  return { median: (lower + upper) / 2, min, max };
}

/** `median (min–max)`. */
export function showSpread({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}

/** Something timed against others. */
export interface Contestant {
  readonly name: string;
  /** Does the work once and says how many milliseconds it took. */
  run(): Promise<number>;
}

/**
 * Lets contestants take turns.
 * @returns per contestant, in their order, the milliseconds of every round after the warm-up: entry r of each list
 *   was taken in the same round, so ratios per round make sense.
 */
export async function takeTurns(
  contestants: readonly Contestant[],
  rounds: { readonly warmUp: number; readonly repeats: number; readonly pause?: number },
): Promise<number[][]> {
  const { warmUp, repeats, pause = 50 } = rounds;
  const times = contestants.map((): number[] => []);
  for (let round = 0; round < warmUp + repeats; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      // Everybody is first once in a while: nobody always works in the wake of the same neighbour.
      const who = (turn + round) % contestants.length;
      // Thread pools spin for a moment after their work; they must not do so in somebody else's time.
      await sleep(pause);
      const ms = await contestants[who]?.run();
      if (round >= warmUp && ms !== undefined) times[who]?.push(ms);
    }
  }
  return times;
}

/** Ratios a/b of the same rounds. */
export function ratiosOf(a: readonly number[], b: readonly number[]): Spread {
  return spreadOf(a.map((value, round) => value / (b[round] ?? Number.NaN)));
}
