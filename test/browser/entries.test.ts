// The entries for browsers through the bundlers that people have: none warns, and in Chromium all does what it does in Node.
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build as esbuild } from 'esbuild';
import { chromium, type Browser, type Page } from 'playwright-core';
import { build as viteBuild, createServer, preview, type Logger } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as inNode from 'evos/engine';
import * as inBrowser from '../../src/entries/engine-browser.js';
import { program, projectWithEvos } from './project.js';

const executablePath = process.env['CHROME_PATH'] ?? '/usr/bin/chromium';
const missing = !existsSync(executablePath) && process.env['CI'] !== 'true';
const args = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-quic'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];
const run = "import('./program.js').then(async (p) => console.log(await p.everything()))";

/** Keeps what a bundler has to complain of. */
function listening(heard: string[]): Logger {
  const hear = (text: string): void => void heard.push(text);
  return {
    ...{ info: () => undefined, warn: hear, warnOnce: hear, error: hear },
    ...{ clearScreen: () => undefined, hasErrorLogged: () => false, hasWarned: false },
  };
}

it('evos/engine has the same names for browsers as for Node', () => {
  expect(Object.keys(inBrowser).sort()).toEqual(Object.keys(inNode).sort());
});

describe.skipIf(missing)('the entries for browsers', () => {
  let root = '';
  let here = '';
  let browser: Browser;
  const file = (name: string): string => path.join(root, name);

  beforeAll(async () => {
    root = projectWithEvos({
      'program.js': program,
      'main.js': "import * as program from './program.js';\nglobalThis.evosProgram = program;\n",
      'index.html': '<link rel="icon" href="data:,"><script type="module" src="/main.js"></script>',
    });
    here = execFileSync(process.execPath, ['--eval', run], { cwd: root, encoding: 'utf8' }).trim();
    browser = await chromium.launch({ executablePath, args });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(root, { recursive: true, force: true });
  });

  /** Opens a page, and has it do everything. @returns what the page complained of */
  async function look(open: (page: Page) => Promise<unknown>): Promise<string[]> {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (['warning', 'error'].includes(message.type())) complaints.push(message.text());
    });
    await open(page);
    await page.waitForFunction('globalThis.evosProgram !== undefined');
    expect(here.split('\n').length).toBeGreaterThan(8);
    expect(await page.evaluate('evosProgram.everything()')).toBe(here);
    expect(await page.evaluate('evosProgram.refusal()')).toBe(
      'DeviceError: device cpu does not work in a browser: it needs Node; leave it out, or say webgpu (webgpu)',
    );
    await page.close();
    return complaints;
  }

  it('run under vite dev', async () => {
    const heard: string[] = [];
    const server = await createServer({
      ...{ root, configFile: false, cacheDir: file('cache'), customLogger: listening(heard) },
      server: { port: 0, host: '127.0.0.1', hmr: false },
    });
    try {
      await server.listen();
      const complaints = await look((page) => page.goto(server.resolvedUrls?.local[0] ?? ''));
      expect([...heard, ...complaints]).toEqual([]);
    } finally {
      await server.close();
    }
  });

  it('run after vite build', async () => {
    const heard: string[] = [];
    const common = { root, configFile: false, logLevel: 'warn', customLogger: listening(heard) } as const;
    // three, which builds the tree of triangles, is larger than Vite likes a file to be.
    await viteBuild({
      ...common,
      build: { outDir: file('built'), minify: false, chunkSizeWarningLimit: 4000 },
    });
    const server = await preview({
      ...common,
      build: { outDir: file('built') },
      preview: { port: 0, host: '127.0.0.1' },
    });
    try {
      const complaints = await look((page) => page.goto(server.resolvedUrls?.local[0] ?? ''));
      expect([...heard, ...complaints]).toEqual([]);
    } finally {
      await server.close();
    }
  });

  it('run after esbuild, and take pictures that the browser has decoded', async () => {
    const outfile = file('esbuild.js');
    const { warnings } = await esbuild({
      ...{ entryPoints: [file('main.js')], outfile, bundle: true, logLevel: 'silent' },
    });
    expect(warnings).toEqual([]);
    expect(await look((page) => page.addScriptTag({ path: outfile }))).toEqual([]);
    const page = await browser.newPage();
    await page.addScriptTag({ path: outfile });
    const seen: Record<string, unknown> = await page.evaluate(`(async () => {
      const { imageFromPixels } = evosProgram;
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [3, 2];
      const context = canvas.getContext('2d');
      context.fillStyle = '#102030';
      context.fillRect(0, 0, 3, 2);
      const seen = {};
      const told = ({ width, height, channels, data }) => [width, height, channels, ...data.subarray(0, 4)].join();
      seen.canvas = told(imageFromPixels(canvas));
      seen.bitmap = told(imageFromPixels(await createImageBitmap(canvas)));
      context.clearRect(0, 0, 1, 1);
      seen.data = told(imageFromPixels(context.getImageData(0, 0, 3, 2)));
      const picture = new Image();
      try { imageFromPixels(picture); } catch (error) { seen.unloaded = error.name + ': ' + error.message; }
      picture.src = canvas.toDataURL();
      await picture.decode();
      seen.element = told(imageFromPixels(picture));
      return seen;
    })()`);
    expect(seen).toEqual({
      canvas: '3,2,3,16,32,48,16',
      bitmap: '3,2,3,16,32,48,16',
      data: '3,2,4,0,0,0,0',
      element: '3,2,4,0,0,0,0',
      unloaded: 'ArgumentError: got a source of 0×0 pixels; expected at least 2×2; wait until it has loaded',
    });
    await page.close();
  });
});
