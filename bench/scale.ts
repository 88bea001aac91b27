// How choosing and gathering a batch grow with the pool, from 10⁵ to 10⁸ samples: a picture kept as bytes, uniform draws
// and EVOS over tiles. Every size has a process of its own, so that the memory counted is its own.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Options } from './options.js';
import { batchSize, type ScaleRow } from './scale-size.js';

const sizes = [
  [400, 250],
  [1000, 1000],
  [4000, 2500],
  [10_000, 10_000],
] as const;

/** Times pools of growing size. */
export async function scale({ say, repeats = 61 }: Options): Promise<ScaleRow[]> {
  say(
    `RGB bytes, batches of ${batchSize.toLocaleString('en')}, ratio 0.5, tiles of 64×64 pixels, 16 samples of each at an ` +
      `evaluation, seed 1; medians of ${repeats}, milliseconds; memory is the peak of the whole process`,
  );
  say(
    '| pixels | choosing, EVOS over tiles | choosing, uniform | gathering | evaluation: samples | its choosing and report | MB |',
  );
  say('|---|---|---|---|---|---|---|');
  const rows: ScaleRow[] = [];
  for (const [width, height] of sizes) {
    const row = await inProcess(width, height, repeats);
    say(
      `| ${row.n.toLocaleString('en')} | ${row.selectMs.toFixed(2)} | ${row.uniformMs.toFixed(2)} | ` +
        `${row.gatherMs.toFixed(2)} | ${row.evaluated.toLocaleString('en')} | ${row.evaluateMs.toFixed(1)} | ` +
        `${row.megabytes.toFixed(0)} |`,
    );
    rows.push(row);
  }
  const exponent = (of: (row: ScaleRow) => number): string =>
    growth(rows.map((row) => [row.n, of(row)])).toFixed(3);
  say(
    `growth exponent of choosing against N: EVOS over tiles ${exponent(({ selectMs }) => selectMs)}, ` +
      `uniform ${exponent(({ uniformMs }) => uniformMs)}`,
  );
  return rows;
}

function inProcess(width: number, height: number, repeats: number): Promise<ScaleRow> {
  return new Promise((resolve, reject) => {
    const file = fileURLToPath(new URL('./scale-size.ts', import.meta.url));
    const child = fork(file, [width, height, repeats].map(String));
    child.once('message', (row) => resolve(row as ScaleRow));
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new Error(`the process of ${width}×${height} pixels ended with ${code}`)),
    );
  });
}

/** The slope of a straight line through the logarithms, by least squares. */
function growth(points: readonly (readonly [number, number])[]): number {
  const x = points.map(([n]) => Math.log(n));
  const y = points.map(([, ms]) => Math.log(ms));
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  const along = x.reduce((sum, value, i) => sum + (value - mx) * ((y[i] ?? Number.NaN) - my), 0);
  return along / x.reduce((sum, value) => sum + (value - mx) ** 2, 0);
}
