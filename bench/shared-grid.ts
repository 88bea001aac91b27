// ASMR's claim: what a pixel costs where a whole picture is worked out at once, counted and timed beside a SIREN of the same
// width. The weights are those that training begins with: neither counts nor times depend on them.
import { asmr, createTrainer, siren } from 'evos/engine';
import { createPixelPool } from 'evos/image';
import type { Options } from './options.js';
import { ratiosOf, showSpread, spreadOf, takeTurns, type Spread } from './support-timing.js';

/** The authors' settings (ICLR 2024): Kodak, and those with few multiplications for grey pictures. */
const published: readonly (readonly [
  name: string,
  height: number,
  width: number,
  channels: 1 | 3,
  bases: string,
])[] = [
  ['Kodak', 512, 768, 3, '4,4,4,8x4,4,6,8'],
  ['six digits', 512, 512, 1, '4,2,2,2,2,8x4,2,2,2,2,8'],
  ['five digits', 512, 512, 1, '8,2,2,2,8x2,2,4,4,8'],
  ['four digits', 512, 512, 1, '4,4,4,8x4,4,4,8'],
  ['three digits', 512, 512, 1, '8,8,8x8,8,8'],
];

/** One setting. */
interface Row {
  readonly setting: string;
  readonly bases: string;
  /** Multiply–accumulates a pixel: SIREN 3×256, the network point by point, and its whole grid at once. */
  readonly siren: number;
  readonly alone: number;
  readonly shared: number;
  /** Milliseconds for the whole picture. */
  readonly ms: { readonly siren: Spread; readonly alone: Spread; readonly shared: Spread };
  /** SIREN's time over that of the whole grid, round by round. */
  readonly faster: Spread;
}

/** Counts and times every published setting. */
export async function sharedGrid({ say, repeats = 9 }: Options): Promise<Row[]> {
  say(
    `multiply–accumulates a pixel, and milliseconds a picture: median of ${repeats} (min–max), two workers`,
  );
  const rows: Row[] = [];
  for (const setting of published) {
    const row = await measure(setting, repeats);
    say(
      `${row.setting}, ${row.bases}: SIREN ${row.siren}, alone ${row.alone}, shared ${row.shared.toFixed(0)} (1/${(row.siren / row.shared).toFixed(0)}); ` +
        `SIREN ${showSpread(row.ms.siren, 1)} ms, alone ${showSpread(row.ms.alone, 1)}, shared ${showSpread(row.ms.shared, 1)}; ` +
        `${showSpread(row.faster, 1)} times as fast`,
    );
    rows.push(row);
  }
  return rows;
}

async function measure(
  [setting, height, width, channels, bases]: (typeof published)[number],
  repeats: number,
): Promise<Row> {
  const data = new Uint8Array(width * height * channels);
  const places = createPixelPool({ width, height, channels, depth: 8, data }).inputs;
  const shape = [height, width];
  const wave = siren({ inputDim: 2, outputDim: channels, width: 256, depth: 3 });
  const grid = asmr({ shape, outputDim: channels, bases, width: 256 });
  const trainerOf = (model: ReturnType<typeof siren>) =>
    createTrainer({ model, adam: {}, seed: 1, device: 'cpu', workers: 2 });
  const [first, second] = [trainerOf(wave), trainerOf(grid)];
  const whole = (): Promise<unknown> | undefined => second.predictGrid?.(shape);
  if (second.predictGrid === undefined) throw new Error(`${setting}: this trainer works out no grid at once`);
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  };
  try {
    const times = await takeTurns(
      [
        { name: 'siren', run: () => timed(() => first.predict(places)) },
        { name: 'alone', run: () => timed(() => second.predict(places)) },
        { name: 'shared', run: () => timed(async () => whole()) },
      ],
      { warmUp: 2, repeats },
    );
    const [wholeSiren = [], alone = [], shared = []] = times;
    return {
      ...{ setting, bases },
      siren: wave.macsPerSample,
      alone: grid.macsPerSample,
      shared: grid.grid?.macsPerSample ?? Number.NaN,
      ms: { siren: spreadOf(wholeSiren), alone: spreadOf(alone), shared: spreadOf(shared) },
      faster: ratiosOf(wholeSiren, shared),
    };
  } finally {
    await first.dispose();
    await second.dispose();
  }
}
