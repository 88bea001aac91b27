// Settings that only a real run can prove: learning-rate schedules that survive a stop, presets in what is recorded,
// and a comparison whose strategies have settings and steps of their own.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSelector } from 'evos';
import {
  compare,
  fitImage,
  resumeImage,
  type CompareEvent,
  type CompareReport,
  type FitImageEvent,
  type FitImageOptions,
  type ImageMetrics,
  type RunSelectorContext,
} from 'evos/recipes';
import { temporaryFolder } from '../../support/command.js';

const small = {
  input: 'fixtures/edges.png',
  steps: 12,
  backbone: 'siren',
  width: 16,
  depth: 1,
  interval: 5,
  device: 'cpu',
  workers: 2,
} as const;

/** Runs to the end, or stops after a step. */
async function finish(
  run: (signal: AbortSignal) => AsyncIterable<FitImageEvent>,
  stopAt?: number,
): Promise<void> {
  const stop = new AbortController();
  for await (const event of run(stop.signal)) {
    if (event.type === 'step' && event.step === stopAt) stop.abort();
  }
}

async function fitted(out: string, options: Partial<FitImageOptions>, stopAt?: number): Promise<void> {
  await finish((signal) => fitImage({ ...small, ...options, out, signal }), stopAt);
}

const metricsOf = async (out: string): Promise<ImageMetrics> =>
  JSON.parse(await readFile(path.join(out, 'metrics.json'), 'utf8')) as ImageMetrics;

/** Losses and PSNRs at every step. */
async function curveOf(out: string): Promise<number[][]> {
  return (await metricsOf(out)).history.map(({ step, loss, psnr }) => [step, loss, psnr]);
}

describe('a learning-rate schedule', () => {
  const decaying = { learningRateSchedule: 'cosine', learningRateFinal: 0, learningRate: 1e-3 } as const;

  it('goes on after a stop to the same bits, and is recorded', async () => {
    const [never, stopped] = [temporaryFolder(), temporaryFolder()];
    await fitted(never, decaying);
    await fitted(stopped, decaying, 7);
    expect(existsSync(path.join(stopped, 'metrics.json'))).toBe(false);
    await finish((signal) => resumeImage({ folder: stopped, signal }));
    expect(await curveOf(stopped)).toEqual(await curveOf(never));
    expect((await metricsOf(stopped)).settings).toMatchObject(decaying);
    expect(await readFile(path.join(stopped, 'model.onnx'))).toEqual(
      await readFile(path.join(never, 'model.onnx')),
    );
  });

  it('begins at the learning rate and decays from there: the same first step, another second', async () => {
    const [constant, cosine] = [temporaryFolder(), temporaryFolder()];
    await fitted(constant, { learningRate: 1e-3 });
    await fitted(cosine, decaying);
    const [a, b] = [await curveOf(constant), await curveOf(cosine)];
    expect(b[0]).toEqual(a[0]);
    expect(b.slice(2)).not.toEqual(a.slice(2));
  });

  it('is laid out anew over more steps', async () => {
    const out = temporaryFolder();
    await fitted(out, { ...decaying, learningRateSchedule: 'linear' });
    const before = (await curveOf(out)).at(-1);
    await finish((signal) => resumeImage({ folder: out, steps: 16, signal }));
    const after = await curveOf(out);
    expect(after).toHaveLength(16);
    expect(after[11]).toEqual(before);
    // From 0 to a quarter of the rate: training goes on.
    expect(after.at(-1)?.[2]).toBeGreaterThan(before?.[2] ?? Infinity);
  });
});

describe('a preset', () => {
  it('is recorded resolved, and what was named beside it won', async () => {
    const out = temporaryFolder();
    await fitted(out, { preset: 'evos-paper', ratio: 0.4 });
    expect((await metricsOf(out)).settings).toMatchObject({
      preset: 'evos-paper',
      ratio: 0.4,
      interval: 5,
      crossover: 'select',
      learningRateSchedule: 'constant',
    });
    const page = await readFile(path.join(out, 'report.html'), 'utf8');
    expect(page).toContain('--preset evos-paper');
  });
});

describe('a comparison of strategies with settings of their own', () => {
  it('runs each with its own, in turns by the share of its steps, and goes on after a stop', async () => {
    const strategies = [
      'full',
      'uniform@ratio=0.25+steps=24+learning-rate-schedule=cosine',
      'evos@preset=evos-paper',
    ];
    const run = async (out: string, resume: boolean, stopAt?: number): Promise<CompareEvent[]> => {
      const stop = new AbortController();
      const events: CompareEvent[] = [];
      const options = { ...small, ratio: 0.3, measureEvery: 3, strategies, out, resume, signal: stop.signal };
      for await (const event of compare(options)) {
        events.push(event);
        const step = event.type === 'run' && event.event.type === 'step' ? event.event.step : 0;
        if (step === stopAt && event.type === 'run' && event.strategy.startsWith('uniform')) stop.abort();
      }
      return events;
    };
    const out = temporaryFolder();
    const events = await run(out, false);
    const long = 'uniform-ratio-0.25-steps-24-learning-rate-schedule-cosine';
    const short = 'evos-preset-evos-paper';
    const turns = events.flatMap((event) => (event.type === 'strategy' ? [event.strategy] : []));
    // Three steps are a quarter of a short run and an eighth of the long one.
    const round = ['full', long, short, long];
    expect(turns.slice(0, 16)).toEqual([...round, ...round, ...round, ...round]);
    const report = reportOf(events);
    expect(report?.rows.map(({ strategy, folder }) => [strategy, folder])).toEqual(
      ['full', long, short].map((name) => [name, name]),
    );
    expect(report?.rows.map(({ history }) => history.at(-1)?.step)).toEqual([12, 24, 12]);
    expect((await metricsOf(path.join(out, long))).settings).toMatchObject({
      strategy: 'uniform',
      ratio: 0.25,
      steps: 24,
      learningRateSchedule: 'cosine',
    });
    // The entry's preset goes before what was said for all, its interval included.
    expect((await metricsOf(path.join(out, short))).settings).toMatchObject({
      ratio: 0.5,
      interval: { from: 100, to: 50 },
    });

    const other = temporaryFolder();
    expect(reportOf(await run(other, false, 10))).toBeUndefined();
    const resumed = reportOf(await run(other, true));
    const figures = (each: CompareReport | undefined) =>
      each?.rows.map(({ strategy, psnr, samples }) => ({ strategy, psnr, samples }));
    expect(figures(resumed)).toEqual(figures(report));
    expect(figures(resumed)).toHaveLength(3);
  });

  it('takes a strategy of one’s own with settings, and refuses names twice', async () => {
    const seen: unknown[] = [];
    const options = {
      ...small,
      steps: 2,
      strategies: ['full', 'mine@ratio=0.2+steps=3'],
      selectors: {
        mine: ({ size, steps, settings }: RunSelectorContext) => {
          seen.push([steps, settings['ratio']]);
          return createSelector({ strategy: 'uniform', size, steps, ratio: Number(settings['ratio']) });
        },
      },
      out: temporaryFolder(),
    };
    let report: CompareReport | undefined;
    for await (const event of compare(options)) if (event.type === 'compared') report = event.report;
    expect(seen).toEqual([[3, 0.2]]);
    expect(report?.rows.map(({ strategy }) => strategy)).toEqual(['full', 'mine-ratio-0.2-steps-3']);
    const twice = compare({ ...small, strategies: ['evos@ratio=0.2', 'evos@ratio=0.2'] });
    await expect(twice.next()).rejects.toThrow('strategies: got "evos@ratio=0.2" twice');
  });
});

function reportOf(events: readonly CompareEvent[]): CompareReport | undefined {
  const last = events.at(-1);
  return last?.type === 'compared' ? last.report : undefined;
}
