// `evos fit` and `evos compare` with a mesh, with recipes that play back events.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareTable } from '../../src/cli/compare-view.js';
import { findModality } from '../../src/recipes/modalities/registry.js';
import type { CompareMeshEvent } from '../../src/recipes/index.js';
import { meshSettings } from '../../src/recipes/modalities/mesh/settings.js';
import {
  drawnLines,
  linesOf,
  meshCompareReport,
  meshCompareRow,
  meshEvents,
  play,
  temporaryFolder,
  Terminal,
  type World,
} from './support.js';

function setUp(world: World = {}, files: Readonly<Record<string, string>> = {}): Terminal & { cwd: string } {
  const cwd = temporaryFolder({ 'bunny.OBJ': 'x', ...files });
  const out = path.join(cwd, 'runs', 'bunny');
  const recipes: World['recipes'] = {
    fitMesh: () => play(meshEvents(out)),
    resumeRun: () => play(meshEvents(out)),
  };
  return Object.assign(new Terminal({ cwd, recipes, ...world }), { cwd });
}

describe('evos fit with a mesh', () => {
  it('tells what it is, and what came out', async () => {
    const terminal = setUp({ columns: 100 });
    expect(await terminal.run('fit', 'bunny.OBJ')).toBe(0);
    const run = path.join('runs', 'bunny');
    expect(linesOf(terminal.stdout)).toEqual([
      'IoU 0.9971  normal consistency 0.9851  Chamfer-L1 0.042 % of the longest side',
      'Training 7.0 s, in all 9.0 s',
      'Written:',
      ...['model.onnx', 'mesh.glb', 'metrics.json', 'report.html'].map((name) => `  ${path.join(run, name)}`),
      'Next:',
      `  open ${path.join(run, 'report.html')} in a browser`,
      `  evos render ${run} --resolution 512 --format ply`,
    ]);
    expect(linesOf(terminal.stderr)).toEqual([
      '/p/bunny.obj 69,451 triangles, not watertight, strategy evos-online, 2 steps',
      'Inside told from outside by winding number, since the mesh has 223 open edges',
      `Training on cpu; writing to ${run}`,
      'Note: 223 edges at the rims of holes',
      'fit  step 1/2  IoU 0.9900  near the surface 0.9400  loss 1.2e-2',
      'fit  step 2/2  IoU 0.9950  near the surface 0.9700  loss 1.2e-2',
      'fit  extracting the mesh',
      'fit  measuring it',
      'fit  drawing it',
    ]);
  });

  it('passes the settings on: options before the file before the defaults', async () => {
    const config = { fit: { steps: 3 }, fitMesh: { steps: 70, sign: 'parity', preset: 'int-paper' } };
    const terminal = setUp({}, { 'evos.config.json': JSON.stringify(config) });
    expect(await terminal.run('fit', 'bunny.OBJ', '--steps', '90', '-o', 'elsewhere')).toBe(0);
    const [{ name, options } = { name: '', options: {} }] = terminal.calls;
    const { signal, ...rest } = options as Record<string, unknown>;
    expect(name).toBe('fitMesh');
    expect(signal).toBeInstanceOf(AbortSignal);
    expect(rest).toEqual({
      ...meshSettings.fit({ preset: 'int-paper', steps: 90, sign: 'parity' }),
      input: path.join(terminal.cwd, 'bunny.OBJ'),
      out: path.join(terminal.cwd, 'elsewhere'),
      overwrite: false,
      ahead: 1,
    });
  });

  it('names what is wrong in its own section of the file', async () => {
    const terminal = setUp({}, { 'evos.config.json': '{ "fitMesh": { "crop": 3, "fill": 1 } }' });
    expect(await terminal.run('fit', 'bunny.OBJ')).toBe(2);
    expect(terminal.stderr).toContain('evos.config.json:1:16: fitMesh.crop: unknown setting.');
    expect(terminal.stderr).toContain(
      'evos.config.json:1:27: fitMesh.fill: got 1, expected a number above 0 and below 1',
    );
  });

  it('--json prints every event, one object per line, with its strategy and without positions', async () => {
    const terminal = setUp();
    expect(await terminal.run('fit', 'bunny.OBJ', '--json')).toBe(0);
    const events = linesOf(terminal.stdout).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events).toHaveLength(meshEvents('x').length);
    for (const event of events) {
      expect(event['strategy']).toBe('evos-online');
      expect(event).not.toHaveProperty('indices');
    }
    expect(events.filter(({ type }) => type === 'finish').at(1)).toMatchObject({
      task: 'extract',
      share: 0.437,
    });
    expect(events.at(-1)).toMatchObject({ type: 'result', metrics: { kind: 'mesh', iou: 0.99713 } });
    expect(terminal.stderr).toBe('');
  });

  it.each([40, 80, 120])('prints nothing wider than %i columns but paths and commands', async (columns) => {
    const terminal = setUp({ columns });
    await terminal.run('fit', 'bunny.OBJ');
    const lines = [...linesOf(terminal.stdout), ...linesOf(terminal.stderr)];
    for (const line of lines.filter((each) => !/runs|bunny|^fit {2}step/.test(each))) {
      expect(line.length).toBeLessThanOrEqual(columns);
    }
  });

  it.each([20, 40, 80, 120])(
    'no status line is longer than %i columns, training or finishing',
    async (columns) => {
      const terminal: Terminal = setUp({
        isTTY: true,
        columns,
        recipes: {
          fitMesh: async function* () {
            for (const event of meshEvents('out', 50)) {
              terminal.time += 120;
              yield await Promise.resolve(event);
            }
          },
        },
      });
      expect(await terminal.run('fit', 'bunny.OBJ', '--no-color')).toBe(0);
      const drawn = drawnLines(terminal.stderr).filter((line) => /\d\/50|\d %$/.test(line));
      expect(Math.max(...drawn.map((line) => line.length))).toBeLessThan(columns);
      expect(drawn.filter((line) => line.endsWith('43 %'))).toHaveLength(3);
      if (columns >= 40) expect(drawn.some((line) => line.includes('IoU 0.99'))).toBe(true);
    },
  );
});

describe('--resume', () => {
  it('goes on with whatever the run is of', async () => {
    const terminal = setUp();
    mkdirSync(path.join(terminal.cwd, 'run'));
    expect(await terminal.run('fit', '--resume', 'run', '--steps', '900', '--quiet')).toBe(0);
    const [{ name, options } = { name: '', options: {} }] = terminal.calls;
    expect(name).toBe('resumeRun');
    expect(options).toMatchObject({ folder: path.join(terminal.cwd, 'run'), steps: 900 });
  });
});

describe('evos compare with a mesh', () => {
  const rows = [
    meshCompareRow('full'),
    meshCompareRow('uniform', { timeRatio: 0.55, iou: 0.991, secondsToBaseline: null, speedUp: null }),
    meshCompareRow('evos-online', { timeRatio: 0.62, iou: 0.998, secondsToBaseline: 3.5, speedUp: 2 }),
  ];
  const events = (out: string): CompareMeshEvent[] => [
    ...rows.flatMap((row, index): CompareMeshEvent[] => [
      { type: 'strategy', strategy: row.strategy, index, count: rows.length },
      ...meshEvents(path.join(out, row.strategy)).map((event): CompareMeshEvent => ({
        type: 'run',
        strategy: row.strategy,
        event,
      })),
      { type: 'row', row },
    ]),
    { type: 'compared', report: meshCompareReport(rows), out, files: [path.join(out, 'compare.html')] },
  ];

  it('shows the table, and says what its columns are', async () => {
    const table = [
      'strategy     seconds   time     IoU  normals  Chamfer %  to baseline  speed-up',
      'full             7.0  1.00x  0.9971   0.9851      0.042          7.0     1.00x',
      'uniform          7.0  0.55x  0.9910   0.9851      0.042        never         -',
      'evos-online      7.0  0.62x  0.9980   0.9851      0.042          3.5     2.00x',
    ];
    expect(compareTable(rows, findModality('mesh').measures, 80)).toEqual(table);
    expect(compareTable(rows, findModality('mesh').measures, 60)[0]).toBe(
      'strategy     seconds   time     IoU  to baseline  speed-up',
    );
    expect(compareTable(rows, findModality('mesh').measures, 40)[0]).toBe(
      'strategy     seconds     IoU  speed-up',
    );
    const terminal: Terminal & { cwd: string } = setUp({
      recipes: { compareMesh: () => play(events(path.join('runs', 'bunny-compare'))) },
    });
    expect(await terminal.run('compare', 'bunny.OBJ', '--split', 'int')).toBe(0);
    expect(terminal.calls[0]).toMatchObject({
      name: 'compareMesh',
      options: { split: 'int', resume: false },
    });
    const { strategies } = meshSettings.compare({});
    expect(terminal.calls[0]?.options).toMatchObject({ strategies });
    expect(terminal.stdout).toContain(table.join('\n'));
    expect(terminal.stdout.replace(/\s+/g, ' ')).toContain('until the IoU 0.9966 of full.');
    expect(terminal.stdout.replace(/\s+/g, ' ')).toContain('Chamfer-L1 in % of the longest side.');
    expect(terminal.stderr).toContain('evos-online: IoU 0.9980 in 7.0 s of training');
    // what holds for all runs is said once
    expect(terminal.stderr.match(/Note: 223 edges/g)).toHaveLength(1);
  });
});
