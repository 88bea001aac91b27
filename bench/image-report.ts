// The competition's result as data and as Markdown: when each arm came to each mark, and the best of uniform and of
// EVOS there. Units are full training steps; full training's own total is 1,000 by definition and another number, near
// it, by the clock that the others are timed with, which is what shares are of.
import type { ArmRecord } from './image-curve.js';
import { unitsTo } from './image-curve.js';

/** PSNRs that every arm is timed to, beside its target. */
export const marks = [30, 33, 36] as const;

/** The sides of the competition. */
export type Side = 'full' | 'uniform' | 'evos';

/** One arm's line. */
export interface ArmLine {
  /** The entry it comes from, its number of steps included. */
  readonly arm: string;
  readonly side: Side;
  /** Whether this is the full training that set the target. */
  readonly baseline: boolean;
  readonly ratio: number;
  /** Done so far. */
  readonly steps: number;
  /** Samples trained on, as a share of full training's. */
  readonly samples: number;
  /** Work until it ended, or so far. */
  readonly units: number;
  readonly psnr: number;
  readonly ended: ArmRecord['ended'];
  /** Units to each of `marks`, and to the target last; null where that was not reached. */
  readonly to: readonly (number | null)[];
}

/** One picture's result. */
export interface PictureResult {
  readonly picture: string;
  readonly fullSteps: number;
  /** Full training's final PSNR. */
  readonly target: number;
  readonly arms: readonly ArmLine[];
  /** The best arm of each side for each mark, the target last. */
  readonly best: readonly {
    readonly psnr: number;
    readonly full: number | null;
    readonly uniform: ArmLine | undefined;
    readonly evos: ArmLine | undefined;
  }[];
}

/** One picture's result from its arms' records; undefined until full training has ended. */
export function pictureResult(picture: string, records: readonly ArmRecord[]): PictureResult | undefined {
  const full = records.find(({ target, ended }) => target === null && ended === 'budget');
  // Where full training was not repeated, the arms say what they were to reach.
  const target = full?.curve.at(-1)?.psnr ?? (full === undefined ? givenTarget(records) : undefined);
  const [some] = records;
  if (some === undefined || target === undefined) return undefined;
  const { fullSteps } = some;
  const { width, height } = some.picture;
  const samples = width * height * fullSteps;
  const levels = [...marks, target];
  const arms = records
    .filter((record) => record === full || record.target === target)
    .map((record) => armLine(record, levels, samples))
    .sort(byPlace);
  const best = levels.map((psnr, i) => {
    const quickest = (side: Side): ArmLine | undefined =>
      arms
        .filter((line) => line.side === side && typeof line.to[i] === 'number')
        .sort((a, b) => (a.to[i] ?? 0) - (b.to[i] ?? 0))[0];
    const known = full === undefined && i === marks.length ? fullSteps : null;
    const whole = arms.find(({ baseline }) => baseline)?.to[i] ?? known;
    return { psnr, full: whole, uniform: quickest('uniform'), evos: quickest('evos') };
  });
  return { picture, fullSteps, target, arms, best };
}

/** The target that all of a picture's arms were given; undefined where full training is still to come. */
function givenTarget(records: readonly ArmRecord[]): number | undefined {
  const given = records[0]?.target ?? undefined;
  return records.every(({ target }) => target === given) ? given : undefined;
}

function armLine(record: ArmRecord, levels: readonly number[], whole: number): ArmLine {
  const last = record.curve.at(-1);
  const { ratio, steps } = record.settings;
  const entry = record.arm;
  return {
    arm: /[@+]steps=/.test(entry) ? entry : `${entry}${entry.includes('@') ? '+' : '@'}steps=${steps}`,
    side: sideOf(record.settings),
    baseline: record.target === null,
    ratio,
    steps: last?.step ?? 0,
    samples: (last?.samples ?? 0) / whole,
    units: last?.units ?? 0,
    psnr: last?.psnr ?? Number.NaN,
    ended: record.ended,
    to: levels.map((psnr) => unitsTo(record.curve, psnr)),
  };
}

const order: readonly Side[] = ['full', 'uniform', 'evos'];

/** Which side of the competition an arm is on. With nothing but random draws, `evos-online` is uniform in whole passes. */
function sideOf({ strategy, mutationShare }: ArmRecord['settings']): Side {
  if (strategy === 'full') return 'full';
  return strategy === 'uniform' || (strategy === 'evos-online' && Number(mutationShare) === 1)
    ? 'uniform'
    : 'evos';
}
const byPlace = (a: ArmLine, b: ArmLine): number =>
  Number(b.baseline) - Number(a.baseline) ||
  order.indexOf(a.side) - order.indexOf(b.side) ||
  a.ratio - b.ratio ||
  (a.arm < b.arm ? -1 : a.arm > b.arm ? 1 : 0);

/** One picture's tables. */
export function pictureTables(result: PictureResult): string[] {
  const { picture, fullSteps, target, arms, best } = result;
  const full = arms.find(({ baseline }) => baseline);
  const heads = [...marks.map((mark) => `${mark} dB`), `${target.toFixed(2)} dB`];
  return [
    `### ${picture}`,
    '',
    `Units of one full training step. Full training of ${fullSteps} steps is ${fullSteps} units by definition, ` +
      `${full === undefined ? 'not run here' : `${show(full.units, 1)} by the clock`}, and ends at ${target.toFixed(2)} dB, the target.`,
    '',
    ...table(
      ['arm', 'steps', 'samples', 'units', 'final dB', ...heads.map((head) => `to ${head}`)],
      arms.map((line) => [
        line.arm + (line.ended === null ? ' (not ended)' : line.ended === 'diverged' ? ' (diverged)' : ''),
        String(line.steps),
        `${(100 * line.samples).toFixed(1)} %`,
        show(line.units, 1),
        show(line.psnr, 2),
        ...line.to.map((units) => show(units, 1)),
      ]),
    ),
    '',
    ...table(
      ['to', 'full', 'best uniform', 'units', 'best EVOS', 'units', 'EVOS / uniform', 'EVOS / full'],
      best.map(({ full: whole, uniform, evos }, i) => {
        const [u, e] = [uniform?.to[i], evos?.to[i]];
        return [
          heads[i] ?? '',
          show(whole, 1),
          uniform?.arm ?? '–',
          show(u, 1),
          evos?.arm ?? '–',
          show(e, 1),
          share(e, u),
          share(e, whole),
        ];
      }),
    ),
  ];
}

/** Several pictures: each arm's units to the target as a share of full training's, by the same clock. */
export interface Means {
  readonly pictures: readonly string[];
  readonly arms: readonly {
    readonly arm: string;
    /** By picture; null where the target was not reached, undefined where the arm did not run. */
    readonly shares: readonly (number | null | undefined)[];
    /** Over all pictures; null unless it reached the target on every one. */
    readonly mean: number | null;
  }[];
}

/** Shares by arm and picture, for arms that ran on more than one. */
export function meansOf(results: readonly PictureResult[]): Means {
  const names = new Set(results.flatMap(({ arms }) => arms.map(({ arm }) => arm)));
  const arms = [...names].map((arm) => {
    const shares = results.map((result) => {
      const line = result.arms.find((each) => each.arm === arm);
      const full = result.best.at(-1)?.full;
      const units = line?.to.at(-1);
      return typeof units === 'number' && typeof full === 'number' ? units / full : line && null;
    });
    const reached = shares.filter((each) => typeof each === 'number');
    const mean = reached.reduce((sum, each) => sum + each, 0) / reached.length;
    return { arm, shares, mean: reached.length === results.length ? mean : null };
  });
  return { pictures: results.map(({ picture }) => picture), arms };
}

/** The table of several pictures. */
export function meansTable({ pictures, arms }: Means): string[] {
  return [
    '### Units to full training’s final PSNR, as a share of full training’s',
    '',
    ...table(
      ['arm', ...pictures, 'mean'],
      arms.map(({ arm, shares, mean }) => [
        arm,
        ...shares.map((each) => (each === null ? 'not reached' : show(each, 3))),
        show(mean, 3),
      ]),
    ),
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

const show = (value: number | null | undefined, decimals: number): string =>
  value === null || value === undefined || !Number.isFinite(value) ? '–' : value.toFixed(decimals);

const share = (a: number | null | undefined, b: number | null | undefined): string =>
  typeof a === 'number' && typeof b === 'number' ? show(a / b, 3) : '–';
