// The core in a real browser: the bundled entry, a whole selector run, the same draws as in Node bit for bit.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import * as core from '../../src/entries/index.js';

const executablePath = process.env['CHROME_PATH'] ?? '/usr/bin/chromium';
const missing = !existsSync(executablePath);
const args = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-quic'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

async function bundle(format: 'esm' | 'iife'): Promise<{ text: string; external: string[] }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL('../../src/entries/index.ts', import.meta.url))],
    bundle: true,
    format,
    globalName: 'evos',
    platform: 'browser',
    target: 'es2022',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  const external = Object.values(metafile.inputs).flatMap(({ imports }) =>
    imports.filter((found) => found.external === true).map((found) => found.path),
  );
  return { text: outputFiles.map((file) => file.text).join(''), external };
}

/** A run over every kind of draw; self-contained, since the browser gets its source text. */
function drawEverything(evos: Pick<typeof core, 'createSelector' | 'createRandom'>): string {
  const size = 500;
  const random = evos.createRandom(42);
  const errors = Float32Array.from({ length: size }, () => random.float());
  const frequency = Float32Array.from({ length: size }, () => random.float() * 1e5);
  const lines: string[] = [];
  for (const strategy of ['evos', 'uniform', 'full'] as const) {
    const steps = 60;
    const selector =
      strategy === 'evos'
        ? evos.createSelector({
            strategy,
            size,
            steps,
            ratio: 0.2,
            schedule: 'cosine',
            interval: { from: 20, to: 10 },
          })
        : evos.createSelector({ strategy, size, steps });
    for (let step = 1; step <= steps; step++) {
      const selection = selector.next(step % 3 === 0 ? { batchSize: 31 } : {});
      if (selection.whole) selector.report(selection, { errors, frequency });
      lines.push(
        `${strategy} ${step} ${selection.wants.join()} ${selection.ratio} ${selection.indices.join()}`,
      );
    }
    const { values, arrays } = selector.snapshot();
    lines.push(
      JSON.stringify(values),
      ...Object.entries(arrays).map(([name, array]) => `${name} ${array.join()}`),
    );
  }
  return lines.join('\n');
}

describe('the browser bundle', () => {
  it.each(['esm', 'iife'] as const)('%s: imports nothing from Node, nor anything else', async (format) => {
    const { text, external } = await bundle(format);
    expect(external).toEqual([]);
    expect(text).toContain('createSelector');
    expect(text).not.toMatch(/node:|\brequire\(|\bprocess\./);
  });

  it.skipIf(missing && process.env['CI'] !== 'true')(
    'draws in Chromium what Node draws, bit for bit',
    async () => {
      const { text } = await bundle('iife');
      const browser = await chromium.launch({ executablePath, args });
      try {
        const page = await browser.newPage();
        await page.addScriptTag({ content: text });
        const there: unknown = await page.evaluate(`(${drawEverything.toString()})(evos)`);
        const here = drawEverything(core);
        const lines = here.split('\n');
        expect(lines.length).toBeGreaterThan(180);
        const same = (there as string)
          .split('\n')
          .map((line, i) => line === lines[i] || `line ${i} differs: ${line.slice(0, 80)}`);
        expect(same.filter((line) => line !== true)).toEqual([]);
        expect(there).toHaveLength(here.length);
      } finally {
        await browser.close();
      }
    },
  );
});
