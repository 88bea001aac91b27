// Runs that end by the clock or at a quality, and what is told of the time they take.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fitImage, resumeImage, type FitImageEvent, type ImageMetrics } from 'evos/recipes';
import { temporaryFolder } from '../support/command.js';

const small = { input: 'fixtures/photo.png', width: 32, depth: 2, device: 'cpu', workers: 1 } as const;

async function finish(run: AsyncIterable<FitImageEvent>) {
  const events: FitImageEvent[] = [];
  for await (const event of run) events.push(event);
  const start = events.find((event) => event.type === 'start')!;
  const result = events.find((event) => event.type === 'result')!;
  return { start, metrics: result.metrics, out: result.out };
}

const bytes = (folder: string, file: string): Buffer => readFileSync(path.join(folder, file));

describe('a time to train in', () => {
  it('becomes a number of steps, and the run is that of so many steps, bit for bit', async () => {
    const [timed, counted] = [temporaryFolder(), temporaryFolder()];
    const { start, metrics } = await finish(fitImage({ ...small, time: '1.5s', out: timed }));
    const { steps } = start.settings;
    expect(steps).toBeGreaterThan(1);
    expect(metrics.steps).toBe(steps);
    // A busy machine is slower later than when it was tried, or faster: that much is left open.
    expect(metrics.seconds.train).toBeLessThan(15);
    const { microBatch } = start;
    await finish(fitImage({ ...small, steps, microBatch, out: counted }));
    expect(bytes(timed, 'reconstruction.png').equals(bytes(counted, 'reconstruction.png'))).toBe(true);
    const history = (folder: string) =>
      (JSON.parse(bytes(folder, 'metrics.json').toString()) as ImageMetrics).history;
    expect(history(timed).map(({ psnr }) => psnr)).toEqual(history(counted).map(({ psnr }) => psnr));
  });

  it('is not tried again by a run that goes on', async () => {
    const out = temporaryFolder();
    const stop = new AbortController();
    let steps = 0;
    for await (const event of fitImage({ ...small, time: '2s', out, signal: stop.signal })) {
      if (event.type === 'start') ({ steps } = event.settings);
      if (event.type === 'step' && event.step === 7) stop.abort();
    }
    const { start, metrics } = await finish(resumeImage({ folder: out }));
    expect(start.resumedFrom).toBe(7);
    expect(metrics.steps).toBe(steps);
  });

  it.each(['soon', '-5s', '5 days', ''])('of %j is refused', async (time) => {
    await expect(finish(fitImage({ ...small, time, out: temporaryFolder() }))).rejects.toThrow(
      /time.*60s, 5m or 1h/s,
    );
  });

  it('that is too short for a step says what a step takes', async () => {
    await expect(finish(fitImage({ ...small, time: '0.000001s', out: temporaryFolder() }))).rejects.toThrow(
      /one step takes .* s; expected time for one at least/,
    );
  });
});

describe('a PSNR to end at', () => {
  it('ends training at the first measurement that has it, of the whole picture', async () => {
    const settings = { ...small, steps: 2000, targetPsnr: 20 };
    const { metrics } = await finish(fitImage({ ...settings, out: temporaryFolder() }));
    expect(metrics.steps).toBeLessThan(2000);
    expect(metrics.psnr).toBeGreaterThanOrEqual(20);
    const last = metrics.history.at(-1)!;
    expect(last).toMatchObject({ step: metrics.steps, psnr: metrics.psnr, ssim: metrics.ssim });
    for (const { psnr } of metrics.history.slice(0, -1)) expect(psnr).toBeLessThan(20.5);
  });

  it('that is not reached lets training go on to its end', async () => {
    const { metrics } = await finish(
      fitImage({ ...small, steps: 30, targetPsnr: 90, out: temporaryFolder() }),
    );
    expect(metrics.steps).toBe(30);
  });
});

describe('an estimate before the first step', () => {
  it('is told of a long run, and leaves its bits as they were', async () => {
    const settings = { ...small, steps: 200, microBatch: 512 };
    const [whole, apart] = [temporaryFolder(), temporaryFolder()];
    const { start } = await finish(fitImage({ ...settings, out: whole }));
    expect(start.estimatedSeconds).toBeGreaterThan(0);
    // A run of 199 steps tries none.
    const short = await finish(
      fitImage({ ...settings, steps: 199, learningRateSchedule: 'constant', out: apart }),
    );
    expect(short.start.estimatedSeconds).toBeUndefined();
    await finish(resumeImage({ folder: apart, steps: 200 }));
    const constant = temporaryFolder();
    await finish(fitImage({ ...settings, learningRateSchedule: 'constant', out: constant }));
    expect(bytes(apart, 'reconstruction.png').equals(bytes(constant, 'reconstruction.png'))).toBe(true);
  });
});
