// The page of a comparison over inputs and seeds says what compare.json says, figure by figure, and opens by itself.
import { describe, expect, it } from 'vitest';
import { campaignPage } from '../../../src/recipes/report/campaign.js';
import { fixed, signed } from '../../../src/recipes/report/format.js';
import { imageModality } from '../../../src/recipes/modalities/image/modality.js';
import type { ChartSpec } from '../../../src/recipes/report/client.js';
import { campaignOf, someCells } from '../runs/comparing/data.js';

const report = campaignOf(someCells);
const page = campaignPage(imageModality, report);

/** The cells of a table, row by row, without tags. */
function tableOf(label: string): string[][] {
  const from = page.indexOf(`aria-label="${label}"`);
  const table = page.slice(from, page.indexOf('</table>', from));
  return table
    .split('<tr>')
    .slice(1)
    .map((row) =>
      [...row.matchAll(/<t[hd][^>]*>([\s\S]*?)<\/t[hd]>/g)].map(([, cell = '']) =>
        cell.replace(/<[^>]*>/g, '').trim(),
      ),
    );
}

describe('the page', () => {
  it('has the figures of compare.json in its table', () => {
    const [head = [], ...rows] = tableOf('Strategies compared');
    const cellOf = (strategy: number, title: string): string | undefined =>
      rows[strategy]?.[head.findIndex((each) => each.startsWith(title))];
    const spread = (value: { mean: number; deviation: number | null }, decimals: number): string =>
      `${fixed(value.mean, decimals)} ± ${fixed(value.deviation, decimals)}`;
    expect(rows).toHaveLength(3);
    for (const [i, { strategy, measures, seconds, timeRatio, targets }] of report.strategies.entries()) {
      const [psnr, ssim] = measures;
      if (psnr === undefined || ssim === undefined) throw new Error('a measure is missing');
      expect(rows[i]?.[0]?.replace(/\s+/g, ' ')).toContain(`${i + 1} ${strategy}`);
      expect(cellOf(i, 'PSNR dB')).toBe(spread(psnr.value, 2));
      expect(cellOf(i, 'SSIM')).toBe(spread(ssim.value, 4));
      expect(cellOf(i, 'Training s')).toBe(spread(seconds, 1));
      expect(cellOf(i, 'Time ratio')).toBe(spread(timeRatio, 2));
      if (strategy !== report.baseline) {
        const { mean, deviation } = psnr.difference;
        expect(cellOf(i, 'Against baseline')).toBe(`${signed(mean, 2)} ± ${fixed(deviation, 2)}`);
        expect(cellOf(i, 'Higher in')).toBe(`${psnr.above} of 4`);
      }
      for (const { target, reached, count, seconds: found } of targets) {
        const share = reached === count ? '' : `, ${reached} of ${count}`;
        const told = found === null ? 'never' : `${spread(found, 1)}${share}`;
        expect(cellOf(i, `s to ${target} dB`)).toBe(told);
      }
    }
  });

  it('draws what compare.json has: a mark for each strategy, and its mean curves', () => {
    const [, json = ''] =
      /<script type="application\/json" id="charts">([\s\S]*?)<\/script>/.exec(page) ?? [];
    const charts = JSON.parse(json) as ChartSpec[];
    expect(charts.map(({ id }) => id)).toEqual([
      'chart-pareto',
      'chart-seconds',
      'chart-steps',
      'chart-work',
    ]);
    const [pareto, seconds, steps, work] = charts;
    for (const [i, each] of report.strategies.entries()) {
      expect(pareto?.curves[i]).toMatchObject({
        label: `${i + 1} ${each.strategy}`,
        mark: String(i + 1),
        seconds: [each.seconds.mean],
        y: [each.measures[0]?.value.mean],
      });
      expect(seconds?.curves[i]).toMatchObject({
        seconds: each.curves.seconds.x,
        y: each.curves.seconds.mean,
      });
      expect(steps?.curves[i]).toMatchObject({ step: each.curves.steps.x, y: each.curves.steps.mean });
      expect(work?.curves[i]).toMatchObject({ work: each.curves.work.x, y: each.curves.work.mean });
    }
    // The quick one costs least and is best on average.
    expect(pareto?.curves.at(-1)).toMatchObject({ seconds: [2], y: [26.25] });
  });

  it('has a line for each input and seed, which links to its own page', () => {
    const [, ...rows] = tableOf('Inputs');
    expect(rows).toHaveLength(4);
    expect(rows[0]).toEqual(['a.png', '7', '20.00', '21.00', '20.00']);
    expect(page).toContain('href="./b%2C%22x%22.png/seed-7/compare.html"');
    expect(page).not.toContain('<b,"x"');
  });

  it('says how to repeat it, and how much of it is done', () => {
    expect(page).toMatch(/evos compare \/p\/a\.png/);
    expect(page).toContain('--seeds 2');
    const [cell] = report.cells;
    if (cell === undefined) throw new Error('there are no cells');
    const partial = campaignPage(imageModality, { ...report, cells: [cell] });
    expect(partial).toContain('<b>1 of 4 comparisons</b> are done so far');
    expect(page).not.toContain('so far');
  });
});
