import { it } from 'vitest';
import { writeFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { renderReport } from '../../src/recipes/report/report.js';
import { renderComparison } from '../../src/recipes/report/comparison.js';
import { metrics, pictures, comparison, comparisonPictures } from '../recipes/report-data.js';
it('shots', async () => {
  const { scale, ...images } = await pictures();
  writeFileSync('/tmp/report.html', renderReport({ metrics: metrics(), images, selectionScale: scale }));
  const report = comparison();
  writeFileSync('/tmp/compare.html', renderComparison({ report, images: await comparisonPictures(report) }));
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu'] });
  for (const name of ['report', 'compare']) for (const [tag, width, scheme] of [['desk', 1200, 'light'], ['phone', 360, 'light'], ['dark', 1200, 'dark']] as const) {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme });
    page.on('console', (m) => console.log(name, tag, m.type(), m.text()));
    page.on('pageerror', (e) => console.log(name, tag, e.stack));
    await page.goto(`file:///tmp/${name}.html`);
    await page.waitForTimeout(300);
    await page.screenshot({ path: `/tmp/${name}-${tag}.png`, fullPage: true });
    if (tag === 'dark') { await page.emulateMedia({}); await page.pdf({ path: `/tmp/${name}.pdf`, format: 'A4', margin: {top:'15mm',bottom:'15mm',left:'15mm',right:'15mm'} }); }
    await page.close();
  }
  await browser.close();
});
