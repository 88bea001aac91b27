// The example's page, built as its command builds it, trains a picture in headless Chromium on a software GPU.
import path from 'node:path';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { longestByStretch, tasksBetween, tasksInTheWay, traceCategories } from './main-thread.js';
import { coloursOf, missing, servePage, software, type ServedPage } from './web-example-page.js';

const small = '?size=64&width=16&ratio=0.25&steps=2000&backbone=hash-grid';

/** Notes, in the worker, when there was a frame of the display, a canvas of 24 pixels' height was drawn on, and something was submitted and done. */
const countInWorker = `
  globalThis.counted = { frames: [], draws: [], submits: [], done: [] };
  const now = () => performance.now();
  const frame = () => { counted.frames.push(now()); requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  const { submit } = GPUQueue.prototype;
  GPUQueue.prototype.submit = function (buffers) {
    const { length } = counted.submits;
    counted.submits.push(now());
    submit.call(this, buffers);
    this.onSubmittedWorkDone().then(() => { counted.done[length] = now(); });
  };
  const { putImageData } = OffscreenCanvasRenderingContext2D.prototype;
  OffscreenCanvasRenderingContext2D.prototype.putImageData = function (...all) {
    if (this.canvas.height === 24) counted.draws.push(now());
    return putImageData.apply(this, all);
  };
`;

type Counted = Partial<Readonly<Record<'frames' | 'draws' | 'submits' | 'done', readonly number[]>>>;

/** The value that a share of all are below. */
const lowAmong = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? NaN;

describe.skipIf(missing)('the example page', () => {
  let served: ServedPage;
  beforeAll(async () => {
    served = await servePage();
  });
  afterAll(() => served.close());

  const psnr = `Number(/PSNR ([\\d.]+)/.exec(document.querySelector('#status').textContent)?.[1])`;

  it('learns a picture to 25 dB, takes another strategy on the way, and gives its model', async () => {
    const { page, complaints } = await served.open(software, small);
    await page.waitForFunction(`${psnr} > 14`, undefined, { timeout: 0 });
    const before = await page.evaluate(
      `Number(/step (\\d+)/.exec(document.querySelector('#status').textContent)[1])`,
    );
    await page.selectOption('[name=strategy]', 'uniform');
    await page.waitForFunction(`${psnr} >= 25`, undefined, { timeout: 0 });
    // The training went on: it did not begin again.
    expect(await page.evaluate(`document.querySelector('#status').textContent`)).toMatch(
      /^step \d+ of 2000: PSNR/,
    );
    expect(before).toBeGreaterThan(0);
    await page.click('#pause');
    expect(await page.textContent('#pause')).toBe('Go on');

    // Every canvas shows something: many colours, and what was chosen glows.
    const colours = await coloursOf(page, '#pictures');
    expect(Object.keys(colours)).toEqual(['picture', 'reconstruction', 'error', 'selection']);
    for (const [name, count] of Object.entries(colours)) expect(count, name).toBeGreaterThan(100);

    // A busy machine takes its time over a software GPU.
    const saved = page.waitForEvent('download', { timeout: 120_000 });
    await page.click('#download');
    const download = await saved;
    expect(await page.textContent('#trouble')).toBe('');
    const session = await ort.InferenceSession.create(await download.path());
    const coordinates = new ort.Tensor('float32', Float32Array.of(-1, -1, 0.5, 0.25), [2, 2]);
    const { values } = await session.run({ coordinates });
    expect(values?.dims).toEqual([2, 3]);
    await session.release();
    expect(complaints).toEqual([]);
  });

  it('leaves its main thread free while it trains, and sends small steps at the display’s rate', async () => {
    const large = path.join(served.folder, 'large.png');
    const [width, height] = [2000, 1500];
    const noise = { type: 'gaussian', mean: 128, sigma: 30 } as const;
    await sharp({ create: { width, height, channels: 3, background: '#000', noise } })
      .png({ compressionLevel: 1 })
      .toFile(large);
    const { browser, page, complaints } = await served.open(
      software,
      '?size=32&width=16&ratio=0.1&steps=300&backbone=siren',
    );
    await page.waitForFunction(`performance.getEntriesByName('began').length === 1`);
    const [worker] = page.workers();
    await worker?.evaluate(countInWorker);
    await browser.startTracing(page, { categories: traceCategories });
    await page.evaluate(`performance.mark('dropped')`);
    await page.setInputFiles('#file', large);
    await page.waitForFunction(
      `/^step 300 of 300: .* for 32×24 pixels$/.test(document.querySelector('#status').textContent)`,
      undefined,
      { timeout: 0, polling: 250 },
    );
    const trace = await browser.stopTracing();

    // What the thread does itself takes under 8 ms of a core. How long it was kept, by the clock, depends on who else wants the
    // cores, a software GPU above all. What tasks wait for again and again would show in every quarter of a second.
    const tasks = tasksBetween(trace, 'dropped', 'ended');
    expect(tasks.length).toBeGreaterThan(50);
    expect(tasksInTheWay(tasks)).toEqual([]);
    expect(lowAmong(longestByStretch(tasks, 250), 1 / 10)).toBeLessThan(8);

    const {
      frames = [],
      draws = [],
      submits = [],
      done = [],
    } = (await worker?.evaluate('counted')) as Counted;
    // Most steps are sent before those sent last are done, or within a frame of the display: a GPU that has the time has one in each.
    expect(submits.length).toBeGreaterThan(300);
    const idle = submits.slice(1).map((at, i) => at - (done[i] ?? at));
    expect(lowAmong(idle, 1 / 2)).toBeLessThan(1000 / 60);
    // What they have learnt is drawn in no more than each frame.
    // The picture itself comes first, and the last step is drawn in any case.
    const drawn = draws.slice(1, -3);
    expect(drawn.length).toBeGreaterThan(15);
    const inFrames = frames
      .slice(1)
      .map((to, i) => drawn.filter((at) => at > (frames[i] ?? 0) && at <= to).length);
    expect(Math.max(...inFrames)).toBe(3);
    expect(complaints).toEqual([]);
  });

  it('says what to do where there is no WebGPU', async () => {
    const { page } = await served.open(['--disable-gpu', '--disable-features=WebGPU,WebGPUService'], small);
    await page.waitForFunction(`document.querySelector('#trouble').textContent !== ''`, undefined, {
      timeout: 0,
    });
    expect(await page.textContent('#trouble')).toMatch(/WebGPU/);
  });
});
