// The example's page, built as its command builds it, in headless Chromium.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { build, preview } from 'vite';

const executablePath = process.env['CHROME_PATH'] ?? '/usr/bin/chromium';
const usual = ['--headless', '--no-sandbox', '--no-first-run', '--disable-background-networking'];

/** Whether tests that need a browser are to be left out. */
export const missing = !existsSync(executablePath) && process.env['CI'] !== 'true';

/** Chromium's flags for a software GPU. */
export const software = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  // It compiles Vulkan's own zeros of a workgroup's memory word by word, which takes seconds a kernel.
  '--disable-dawn-features=use_vulkan_zero_initialize_workgroup_memory_extension',
];

/** The page being served. */
export interface ServedPage {
  /** For files of the test's own. */
  readonly folder: string;
  /** Opens it in a browser of its own; one that was opened before is closed. `complaints` grows while it runs. */
  open(
    flags: readonly string[],
    query: string,
  ): Promise<{ browser: Browser; page: Page; complaints: readonly string[] }>;
  close(): Promise<void>;
}

/** Builds the page and serves it. */
export async function servePage(): Promise<ServedPage> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'evos-page-'));
  const outDir = path.join(folder, 'page');
  const config = { configFile: 'examples/web/vite.config.ts', logLevel: 'error' } as const;
  await build({ ...config, build: { outDir, emptyOutDir: true } });
  const server = await preview({ ...config, build: { outDir }, preview: { port: 0, host: '127.0.0.1' } });
  let browser: Browser | undefined;
  return {
    folder,
    async open(flags, query) {
      await browser?.close();
      browser = await chromium.launch({ executablePath, args: [...usual, ...flags] });
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      await page.goto((server.resolvedUrls?.local[0] ?? '') + query);
      return { browser, page, complaints };
    },
    async close() {
      await browser?.close();
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** How many colours each canvas of a part of the page shows, by the canvas's id. Workers draw on them: what is read is a copy. */
export const coloursOf = (page: Page, part: string): Promise<Record<string, number>> =>
  page.evaluate(`Object.fromEntries([...document.querySelectorAll('${part} canvas')].map((canvas) => {
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
    return [canvas.id, new Set(new Uint32Array(data.buffer)).size];
  }))`);
