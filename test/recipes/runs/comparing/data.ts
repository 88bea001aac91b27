// Cells of a small comparison, made by hand: two inputs, two seeds, three strategies.
import type { AnyCompareRow, CommonHistoryEntry } from '../../../../src/recipes/runs/metrics.js';
import type { CampaignReport } from '../../../../src/recipes/runs/events.js';
import { summarise, type SummaryCell } from '../../../../src/recipes/runs/comparing/summary.js';
import { imageModality } from '../../../../src/recipes/modalities/image/modality.js';
import { imageSettings } from '../../../../src/recipes/modalities/image/settings.js';

/** A line of a history. */
type Entry = CommonHistoryEntry & { readonly psnr: number };

/** A row with a curve that is a line from 0 to its PSNR, over so many seconds and samples. */
export function row(
  strategy: string,
  figures: { readonly psnr: number; readonly seconds: number; readonly samples: number },
  more: Partial<AnyCompareRow> = {},
): AnyCompareRow & { readonly psnr: number; readonly ssim: number } {
  const { psnr, seconds, samples } = figures;
  const history = [1, 2].map((step): Entry => ({
    step,
    seconds: (seconds * step) / 2,
    samples: (samples * step) / 2,
    psnr: (psnr * step) / 2,
    loss: 1 / step,
    ratio: 0.5,
  }));
  return {
    ...{ strategy, folder: strategy, psnr, ssim: psnr / 100, samples, history },
    seconds: { total: seconds + 1, train: 0.75 * seconds, select: 0.25 * seconds, evaluate: 0.5 },
    timeRatio: seconds / 8,
    secondsToBaseline: null,
    speedUp: null,
    ...more,
  };
}

const machine = { cpu: 'test', cores: 2, node: '20.19.0', date: '2026-01-01T00:00:00.000Z' };

/** A cell. */
export function cell(name: string, seed: number, rows: readonly AnyCompareRow[]): SummaryCell {
  const strategies = ['full', 'quick=uniform@ratio=0.1', 'evos'];
  return {
    name,
    folder: `${name}/seed-${seed}`,
    report: {
      ...{
        kind: 'image-comparison',
        version: '0.0.0',
        baseline: 'full',
        seed,
        device: 'cpu',
        workers: 2,
        machine,
      },
      input: { file: `/p/${name}` },
      settings: imageSettings.compare({ strategies, seed, targets: ['10', '25'], steps: 2 }),
      rows,
    },
  };
}

/** PSNRs of the baseline, and of the second strategy: 1 dB above it but for one, which is 2 below. */
const cells: readonly (readonly [string, number, number, number])[] = [
  ['a.png', 7, 20, 21],
  ['b,"x".png', 7, 30, 31],
  ['a.png', 8, 22, 23],
  ['b,"x".png', 8, 32, 30],
];

/** All of them. */
export const someCells: readonly SummaryCell[] = cells.map(([name, seed, base, other]) => {
  const reach = (seconds: number | null, late: number | null) => ({
    secondsToTargets: [
      { target: 10, seconds },
      { target: 25, seconds: late },
    ],
  });
  return cell(name, seed, [
    row(
      'full',
      { psnr: base, seconds: 8, samples: 1000 },
      { ...reach(4, null), secondsToBaseline: 8, speedUp: 1 },
    ),
    row(
      'quick',
      { psnr: other, seconds: 2, samples: 100 },
      {
        ...reach(1, base > 25 ? 1.5 : null),
        ...(other > base ? { secondsToBaseline: 1.6, speedUp: 5 } : {}),
      },
    ),
    row(
      'evos',
      { psnr: base, seconds: 4, samples: 500 },
      { ...reach(2, null), secondsToBaseline: 4, speedUp: 2 },
    ),
  ]);
});

/** The report of a comparison that has these cells. */
export function campaignOf(cells: readonly SummaryCell[]): CampaignReport {
  const [first] = cells;
  if (first === undefined) throw new Error('there are no cells');
  return {
    kind: 'image-campaign',
    version: '0.0.0',
    settings: { ...first.report.settings, seeds: 2 },
    count: cells.length,
    ...summarise(cells, imageModality),
    cells: cells.map(({ name, folder, report: { input, seed, device, workers, machine, rows } }) => ({
      ...{ name, folder, input, seed, device, workers, machine },
      rows: rows.map(({ history: _, ...each }) => each),
    })),
  };
}
