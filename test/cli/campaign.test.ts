// `evos compare` with several inputs, a folder, or several seeds: what is asked for, what is told while it goes, and the table.
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { campaignTable } from '../../src/cli/campaign-view.js';
import { imageModality } from '../../src/recipes/modalities/image/modality.js';
import { summarise } from '../../src/recipes/runs/comparing/summary.js';
import type { CampaignEvent } from '../../src/recipes/index.js';
import { someCells } from '../recipes/runs/comparing/data.js';
import { compareReport, fitEvents, linesOf, play, temporaryFolder, Terminal } from './support.js';

const summary = summarise(someCells, imageModality);
const { strategies } = summary;

function events(out: string, cells = 2): CampaignEvent[] {
  return [
    ...Array.from({ length: cells }, (_, index): CampaignEvent[] => [
      { type: 'cell', name: `${index}.png`, input: `/p/${index}.png`, seed: 7, index, count: 2 },
      {
        ...{ type: 'part', name: `${index}.png`, seed: 7 },
        event: { type: 'strategy', strategy: 'full', index: 0, count: 1 },
      },
      ...fitEvents(path.join(out, `${index}.png`, 'seed-7', 'full')).map((event): CampaignEvent => ({
        ...{ type: 'part', name: `${index}.png`, seed: 7 },
        event: { type: 'run', strategy: 'full', event },
      })),
      {
        type: 'part',
        name: `${index}.png`,
        seed: 7,
        event: { type: 'compared', report: compareReport([]), out, files: [] },
      },
    ]).flat(),
    ...(cells < 2
      ? [{ type: 'stopped', done: 1, count: 2, out } as const]
      : [
          {
            type: 'compared-all',
            out,
            files: [path.join(out, 'compare.html')],
            report: {
              kind: 'image-campaign',
              version: '0',
              settings: compareReport([]).settings,
              cells: [],
              count: 2,
              ...summary,
            },
          } as const,
        ]),
  ];
}

const files = {
  'pics/b.png': 'x',
  'pics/a10.jpg': 'x',
  'pics/a9.png': 'x',
  'pics/notes.txt': 'x',
  'pics/.hidden.png': 'x',
};

function setUp(more: Readonly<Record<string, string>> = {}, cells = 2): Terminal {
  const cwd = temporaryFolder({ ...files, ...more });
  return new Terminal({ cwd, recipes: { compareAll: () => play(events(path.join(cwd, 'out'), cells)) } });
}

describe('several inputs', () => {
  it('are those of a folder, by name; others are told', async () => {
    const terminal = setUp();
    expect(await terminal.run('compare', 'pics', '--crop', '8', '--preset', 'evos-table1')).toBe(0);
    const {
      inputs,
      name,
      kind,
      crop,
      strategies: rows,
    } = terminal.calls[0]?.options as {
      readonly inputs: string[];
      readonly name: string;
      readonly kind: string;
      readonly crop: number;
      readonly strategies: string[];
    };
    expect(inputs.map((file) => path.basename(file))).toEqual(['a9.png', 'a10.jpg', 'b.png']);
    expect([name, kind, crop, rows.length]).toEqual(['pics', 'image', 8, 14]);
    expect(terminal.stderr).toContain('Note: pics: 1 other file or folder is left out');
  });

  it('are those that are named', async () => {
    const terminal = setUp();
    expect(await terminal.run('compare', 'pics/b.png', 'pics/a9.png', '--seeds', '3')).toBe(0);
    expect(terminal.calls[0]?.options).toMatchObject({ seeds: 3 });
    expect((terminal.calls[0]?.options as { inputs: string[] }).inputs).toHaveLength(2);
  });

  it('may be one with several seeds', async () => {
    const terminal = setUp();
    expect(await terminal.run('compare', 'pics/b.png', '--seeds', '2')).toBe(0);
    expect(terminal.calls[0]?.name).toBe('compareAll');
  });

  it.each([
    [['pics', '--kind', 'mesh'], 'pics holds no meshes (OBJ, PLY, STL, GLB, glTF)'],
    [['pics/b.png', 'pics/b.png'], 'b.png was given twice; expected each input once'],
    [['pics/b.png', 'box.ply'], 'is of images and box.ply of meshes; expected inputs of one kind'],
    [
      ['mixed'],
      'mixed holds an image and a mesh; expected inputs of one kind: say which with --kind image or --kind mesh',
    ],
    [['pics/b.png', 'missing.png'], 'missing.png: there is no such file or folder'],
    [['pics', '--seeds', '0'], '--seeds: got 0, expected a whole number from 1 to 1000'],
    [['pics', '--targets', '30,high'], '--targets: got high, expected a number, e.g. 30'],
    [['mixed/a.ply', '--lpips', 'net.onnx'], '--lpips is a setting of images'],
  ])('%j: %s', async (words, message) => {
    const terminal = setUp({ 'box.ply': 'x', 'mixed/a.ply': 'x', 'mixed/a.png': 'x' });
    expect(await terminal.run('compare', ...words)).toBe(2);
    expect(terminal.stderr.replace(/\s+/g, ' ')).toContain(message);
    expect(terminal.calls).toEqual([]);
  });
});

describe('what is told', () => {
  it('says which of how many, and how long the rest may take', async () => {
    const terminal: Terminal = new Terminal({
      cwd: temporaryFolder(files),
      recipes: {
        compareAll: async function* () {
          for (const event of events('out')) {
            terminal.time += 1000;
            yield await Promise.resolve(event);
          }
        },
      },
    });
    expect(await terminal.run('compare', 'pics', '--strategies', 'full,evos')).toBe(0);
    expect(terminal.stderr).toContain('3 images, 1 seed, 2 strategies: 2 comparisons of 2 runs each');
    expect(terminal.stderr).toContain('1/2: 0.png, seed 7\n');
    expect(terminal.stderr).toMatch(/2\/2: 1\.png, seed 7, about \d+(\.\d)?\s?s to go/);
    expect(terminal.stderr).toContain('2/2 full');
    expect(terminal.stderr.match(/Note: trained at a smaller size/g)).toHaveLength(1);
    expect(terminal.stdout).toContain(campaignTable(strategies, imageModality, 80).join('\n'));
  });

  it('names the runs that diverged when they do and in the table, and gives the exit code of a fit that diverges', async () => {
    const cwd = temporaryFolder(files);
    const all = events(path.join(cwd, 'out'));
    const lost = { name: 'b.png', seed: 7, strategy: 'wild', step: 12, steps: 400, outcome: 'diverged' };
    const { name, seed, ...at } = lost;
    const told: CampaignEvent = {
      ...{ type: 'part', name, seed },
      event: { type: 'failed', ...at, message: 'Training diverged.' },
    };
    const terminal = new Terminal({
      cwd,
      recipes: {
        compareAll: () =>
          play<CampaignEvent>(
            all.flatMap((event): CampaignEvent[] =>
              event.type === 'compared-all'
                ? [told, { ...event, report: { ...event.report, failed: [lost] } }]
                : [event],
            ),
          ),
      },
    });
    expect(await terminal.run('compare', 'pics', '--quiet')).toBe(2);
    expect(terminal.stderr).toBe('wild, b.png, seed 7: Training diverged.\n');
    expect(await terminal.run('compare', 'pics')).toBe(2);
    expect(terminal.stdout).toMatch(/^wild, b\.png, seed 7: {2}diverged at step 12 of 400$/m);
    expect(terminal.stdout).toContain('Means are of the runs that came to a result.');
  });

  it('--json names input and seed in every line of a run', async () => {
    const terminal = setUp();
    expect(await terminal.run('compare', 'pics', '--json')).toBe(0);
    const lines = linesOf(terminal.stdout).map((line) => JSON.parse(line) as Record<string, unknown>);
    const steps = lines.filter(({ type }) => type === 'step');
    expect(steps[0]).toMatchObject({ strategy: 'full', name: '0.png', seed: 7 });
    expect(lines.at(-1)).toMatchObject({ type: 'compared-all', report: { baseline: 'full' } });
    expect(terminal.stderr).toBe('');
  });

  it('says after a stop how many are done, and how to go on', async () => {
    const cwd = temporaryFolder(files);
    const terminal: Terminal = new Terminal({
      cwd,
      recipes: {
        compareAll: async function* () {
          terminal.signal('SIGINT');
          yield* play(events(path.join(cwd, 'out'), 1));
        },
      },
    });
    expect(await terminal.run('compare', 'pics')).toBe(130);
    expect(terminal.stderr.replace(/\s+/g, ' ')).toContain(
      'Stopped with 1 of 2 comparisons done. What was done so far is in out; the same command with --resume goes on',
    );
  });
});

describe('the table', () => {
  it('shows everything where there is room', () => {
    expect(campaignTable(strategies, imageModality, 120)).toEqual([
      'strategy   seconds   time         PSNR            SSIM  difference  to 10      to 25     speed-up',
      'full      8.0 ±0.0  1.00x  26.00 ±5.89  0.2600 ±0.0589  0.00 ±0.00    4.0      never        1.00x',
      'quick     2.0 ±0.0  0.25x  26.25 ±4.99  0.2625 ±0.0499  0.25 ±1.50    1.0  1.5 (2/4)  5.00x (3/4)',
      'evos      4.0 ±0.0  0.50x  26.00 ±5.89  0.2600 ±0.0589  0.00 ±0.00    2.0      never        2.00x',
    ]);
  });

  it.each([20, 40, 60, 80])('is never wider than %i columns', (columns) => {
    const lines = campaignTable(strategies, imageModality, columns);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
  });
});
