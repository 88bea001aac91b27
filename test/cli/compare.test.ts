// `evos compare`: the table in any window, and the events of several runs.
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareTable } from '../../src/cli/compare-view.js';
import { findModality } from '../../src/recipes/modalities/registry.js';
import type { CompareEvent } from '../../src/recipes/index.js';
import {
  compareReport,
  compareRow,
  fitEvents,
  linesOf,
  play,
  temporaryFolder,
  Terminal,
  type World,
} from './support.js';

const rows = [
  compareRow('full'),
  compareRow('uniform', { timeRatio: 0.55, psnr: 30.1, secondsToBaseline: null, speedUp: null }),
  compareRow('evos', { timeRatio: 0.62, psnr: 32.5, secondsToBaseline: 3.5, speedUp: 2 }),
];

function events(out: string): CompareEvent[] {
  return [
    ...rows.flatMap((row, index): CompareEvent[] => [
      { type: 'strategy', strategy: row.strategy, index, count: rows.length },
      ...fitEvents(path.join(out, row.strategy)).map((event): CompareEvent => ({
        type: 'run',
        strategy: row.strategy,
        event,
      })),
      { type: 'row', row },
    ]),
    { type: 'compared', report: compareReport(rows), out, files: [path.join(out, 'compare.html')] },
  ];
}

function setUp(world: World = {}): Terminal {
  const cwd = temporaryFolder({ 'photo.png': 'x' });
  const out = path.join(cwd, 'runs', 'photo-compare');
  return new Terminal({ cwd, recipes: { compare: () => play(events(out)) }, ...world });
}

describe('the table', () => {
  it('shows everything in 80 columns', () => {
    expect(compareTable(rows, findModality('image').measures, 80)).toEqual([
      'strategy  seconds   time   PSNR    SSIM  to baseline  speed-up',
      'full          7.0  1.00x  31.25  0.9123          7.0     1.00x',
      'uniform       7.0  0.55x  30.10  0.9123        never         -',
      'evos          7.0  0.62x  32.50  0.9123          3.5     2.00x',
    ]);
  });

  it('leaves the least important out in 60', () => {
    expect(compareTable(rows, findModality('image').measures, 60)[0]).toBe(
      'strategy  seconds   time   PSNR  to baseline  speed-up',
    );
  });

  it.each([20, 30, 40, 50, 60, 70, 80, 200])('is never wider than %i columns', (columns) => {
    const long = [...rows, compareRow('a-strategy-of-somebody-else', { psnr: Infinity, ssim: null })];
    const lines = compareTable(long, findModality('image').measures, columns);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    for (const row of rows) expect(lines.some((line) => line.includes(row.strategy))).toBe(true);
  });
});

describe('evos compare', () => {
  it('prints the table and names the page', async () => {
    const terminal = setUp();
    expect(await terminal.run('compare', 'photo.png', '--strategies', 'full, uniform,evos')).toBe(0);
    expect(terminal.calls[0]?.options).toMatchObject({ strategies: ['full', 'uniform', 'evos'] });
    expect(terminal.stdout).toContain(compareTable(rows, findModality('image').measures, 80).join('\n'));
    expect(terminal.stdout).toContain(
      `Open ${path.join('runs', 'photo-compare', 'compare.html')} in a browser`,
    );
    expect(terminal.stderr).toContain('strategies full, uniform, evos, 2 steps');
    expect(terminal.stderr).toContain('evos 3/3  step 2/2');
    // what holds for all runs is said once
    expect(terminal.stderr.match(/Note: trained at a smaller size/g)).toHaveLength(1);
  });

  it('hands entries with settings of their own on, and tells long names apart', async () => {
    const names = ['full', 'uniform-ratio-0.1', 'uniform-ratio-0.2'];
    expect(
      compareTable(
        names.map((name) => compareRow(name)),
        findModality('image').measures,
        80,
      ).map((line) => line.split(' ')[0]),
    ).toEqual(['strategy', ...names]);
    const terminal = setUp();
    const entries = ['full', 'uniform@ratio=0.1+batch=64', 'evos@preset=evos-paper+interval=100:50'];
    expect(await terminal.run('compare', 'photo.png', '--strategies', entries.join())).toBe(0);
    expect(terminal.calls[0]?.options).toMatchObject({ strategies: entries });
  });

  it.each([20, 40, 60, 80])('prints nothing wider than %i columns but paths', async (columns) => {
    const terminal = setUp({ columns });
    await terminal.run('compare', 'photo.png');
    for (const line of linesOf(terminal.stdout).filter((each) => !each.includes('compare.html'))) {
      expect(line.length).toBeLessThanOrEqual(columns);
    }
  });

  it('--json gives runs as fit does, with their strategy', async () => {
    const terminal = setUp();
    expect(await terminal.run('compare', 'photo.png', '--json')).toBe(0);
    const lines = linesOf(terminal.stdout).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(events('x').length);
    const steps = lines.filter((line) => line['type'] === 'step');
    expect(steps.map((line) => line['strategy'])).toEqual([
      'full',
      'full',
      'uniform',
      'uniform',
      'evos',
      'evos',
    ]);
    expect(steps[0]).not.toHaveProperty('indices');
    expect(lines.at(-1)).toMatchObject({ type: 'compared', report: { baseline: 'full' } });
    expect(terminal.stderr).toBe('');
  });

  it('tells of a strategy that diverged when it does, and in the table; that is the exit code of a fit that diverges', async () => {
    const cwd = temporaryFolder({ 'photo.png': 'x' });
    const out = path.join(cwd, 'runs', 'photo-compare');
    const at = { strategy: 'wild', step: 12, steps: 400, outcome: 'diverged' };
    const report = { ...compareReport(rows), failed: [at] };
    const terminal = new Terminal({
      cwd,
      recipes: {
        compare: () =>
          play<CompareEvent>([
            ...events(out).slice(0, -1),
            { type: 'failed', ...at, message: 'Training diverged: the loss is NaN.' },
            { type: 'compared', report, out, files: [] },
          ]),
      },
    });
    expect(await terminal.run('compare', 'photo.png', '--quiet')).toBe(2);
    expect(terminal.stderr).toBe('wild: Training diverged: the loss is NaN.\n');
    expect(await terminal.run('compare', 'photo.png')).toBe(2);
    expect(terminal.stdout).toMatch(/^wild {2}diverged at step 12 of 400$/m);
  });

  it('reads its own section of the configuration', async () => {
    const cwd = temporaryFolder({
      'photo.png': 'x',
      'evos.config.json': '{ "fit": { "seed": 1 }, "compare": { "seed": 2, "strategies": ["evos"] } }',
    });
    const terminal = setUp({ cwd });
    expect(await terminal.run('compare', 'photo.png')).toBe(0);
    expect(terminal.calls[0]?.options).toMatchObject({ seed: 2, strategies: ['evos'] });
  });

  it('a Ctrl-C gives 130 and says where the finished part is', async () => {
    const cwd = temporaryFolder({ 'photo.png': 'x' });
    const out = path.join(cwd, 'runs', 'photo-compare');
    const terminal: Terminal = new Terminal({
      cwd,
      recipes: {
        compare: async function* () {
          yield* play(events(out).slice(0, 3));
          terminal.signal('SIGINT');
          yield { type: 'aborted', out };
        },
      },
    });
    expect(await terminal.run('compare', 'photo.png')).toBe(130);
    expect(terminal.stderr.replace(/\s+/g, ' ')).toContain(
      `Stopped. What was done so far is in ${path.join('runs', 'photo-compare')}`,
    );
  });
});
