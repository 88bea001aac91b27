// What happens to runs on bad days: files of somebody else in their folder, full disks, two processes at once. One test
// for each way in which something was lost.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../src/core/index.js';
import { loadCheckpoint, saveCheckpoint } from '../../src/recipes/runs/checkpoint.js';
import { evos, start, temporaryFolder, type Finished } from '../support/command.js';

const photo = path.resolve('fixtures/photo.png');
/** A network that is made and exported in no time, in one thread. */
const tiny = ['--width', '32', '--depth', '1', '--device', 'cpu', '--workers', '1'];
const small = ['--crop', '16', '--steps', '2', ...tiny, '--quiet'];
const text = (file: string): string => readFileSync(file, 'utf8');

/** `evos fit`, small. */
const fit = (input: string, ...more: string[]): Promise<Finished> => evos(['fit', input, ...small, ...more]);

/** The run that the others are copies of. */
let pattern: Promise<string> | undefined;
async function fitted(): Promise<string> {
  const folder = temporaryFolder();
  const { code, stderr } = await fit(photo, '--out', folder);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return folder;
}

/** A finished run. */
async function finished(): Promise<string> {
  const folder = temporaryFolder();
  cpSync(await (pattern ??= fitted()), folder, { recursive: true });
  return folder;
}

/** All files below a folder with their bytes. */
function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const file = path.join(parentPath, name);
      return [path.relative(folder, file), readFileSync(file, 'base64')];
    }),
  );
}

describe('files that no run wrote', () => {
  it('the input in the folder is not written over by its crop', async () => {
    const folder = temporaryFolder();
    const input = path.join(folder, 'target.png');
    copyFileSync(photo, input);
    const before = contents(folder);
    const { code, stderr } = await fit(input, '--out', folder);
    expect(stderr).toMatch(/target\.png is a file that no run wrote.*--out/);
    expect(code).toBe(2);
    expect(contents(folder)).toEqual(before);
  });

  it.each([
    ['image', photo, 'selection.png', ['--crop', '16']],
    ['mesh', path.resolve('fixtures/mesh/box.ply'), 'mesh.glb', []],
    ['scene', path.resolve('fixtures/nerf/scene'), 'turntable.webp', []],
  ])('somebody’s own file in the folder stays: %s', async (_, input, name, options) => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, name), 'mine');
    const { code, stderr } = await evos([
      ...['fit', input, ...options, '--steps', '2', '--device', 'cpu', '--quiet', '--out', folder],
    ]);
    expect(stderr).toContain(`${name} is a file that no run wrote`);
    expect(code).toBe(2);
    expect(contents(folder)).toEqual({ [name]: Buffer.from('mine').toString('base64') });
  });

  it('without --out the next free folder is taken', async () => {
    const cwd = temporaryFolder();
    mkdirSync(path.join(cwd, 'runs/photo'), { recursive: true });
    writeFileSync(path.join(cwd, 'runs/photo/report.html'), 'mine');
    const { code } = await evos(['fit', photo, ...small], { cwd });
    expect(code).toBe(0);
    expect(text(path.join(cwd, 'runs/photo/report.html'))).toBe('mine');
    expect(existsSync(path.join(cwd, 'runs/photo-2/metrics.json'))).toBe(true);
  });

  it('one that comes while a run trains is not written over at its end', async () => {
    const folder = await finished();
    rmSync(path.join(folder, 'model.onnx'));
    writeFileSync(path.join(folder, '.evos-files'), 'checkpoint.safetensors\ntarget.png\nmodel.onnx\n');
    const resumed = await evos(['fit', '--resume', folder, '--steps', '4', '--quiet']);
    expect(resumed.stderr).toMatch(/selection\.png|reconstruction\.png|report\.html|metrics\.json/);
    expect(resumed.stderr).toContain('no run wrote');
    expect(resumed.code).toBe(2);
  });
});

describe('--overwrite', () => {
  it('removes what the earlier run wrote, and nothing else', async () => {
    const folder = await finished();
    mkdirSync(path.join(folder, 'renders'));
    for (const name of ['renders/notes.txt', 'preview.png', 'notes.txt'])
      writeFileSync(path.join(folder, name), 'mine');
    const box = path.resolve('fixtures/mesh/box.ply');
    // A mesh's run writes preview.png.
    const options = ['--samples', '2048', '--resolution', '12', '--steps', '2', ...tiny, '--quiet'];
    const refused = await evos(['fit', box, ...options, '--out', folder, '--overwrite']);
    expect(refused.stderr).toContain('preview.png is a file that no run wrote');
    expect(refused.code).toBe(2);
    expect(existsSync(path.join(folder, 'model.onnx'))).toBe(true);
    rmSync(path.join(folder, 'preview.png'));
    const { code, stderr } = await evos(['fit', box, ...options, '--out', folder, '--overwrite']);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    for (const name of ['renders/notes.txt', 'notes.txt']) expect(text(path.join(folder, name))).toBe('mine');
    expect(existsSync(path.join(folder, 'target.png'))).toBe(false);
    expect(existsSync(path.join(folder, 'target.ply'))).toBe(true);
  });

  it('never removes what a list names outside of the folder, nor minds names that no file can have', async () => {
    const folder = await finished();
    const outside = path.join(temporaryFolder(), 'outside.txt');
    writeFileSync(outside, 'mine');
    const names = [outside, path.relative(folder, outside), 'x/../../y', '..', '.', 'x'.repeat(300)];
    writeFileSync(
      path.join(folder, '.evos-files'),
      `${text(path.join(folder, '.evos-files'))}${names.join('\n')}\n`,
    );
    expect(await fit(photo, '--out', folder, '--overwrite')).toMatchObject({ code: 0, stderr: '' });
    expect(text(outside)).toBe('mine');
  });

  it('is refused where no list says what a run wrote', async () => {
    const folder = await finished();
    rmSync(path.join(folder, '.evos-files'));
    const before = contents(folder);
    const { code, stderr } = await fit(photo, '--out', folder, '--overwrite');
    expect(stderr).toMatch(/no list of what that run wrote.*delete it yourself/);
    expect(code).toBe(2);
    expect(contents(folder)).toEqual(before);
  });

  it('is refused where the input is a file of the run that would go', async () => {
    const folder = await finished();
    const before = contents(folder);
    const { code, stderr } = await fit(path.join(folder, 'target.png'), '--out', folder, '--overwrite');
    expect(stderr).toMatch(/target\.png is a file of the run.*copy it/);
    expect(code).toBe(2);
    expect(contents(folder)).toEqual(before);
  });

  it.each(['target.png', 'checkpoint.safetensors'])(
    'leaves the earlier run as it was where the new %s finds no room',
    async (name) => {
      const folder = await finished();
      const before = contents(folder);
      const { code, stderr } = await evos(['fit', photo, ...small, '--out', folder, '--overwrite'], {
        node: ['--import', path.resolve('test/support/full-disk.mjs')],
        env: { EVOS_TEST_FULL_AT: name },
      });
      expect(stderr).toMatch(/the disk is full.*What was there before is unchanged/);
      expect(code).toBe(2);
      expect(contents(folder)).toEqual(before);
    },
  );
});

describe('two processes at once', () => {
  it('end in two folders without --out', async () => {
    const cwd = temporaryFolder();
    const both = await Promise.all([1, 2].map(() => evos(['fit', photo, ...small], { cwd })));
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    const folders = readdirSync(path.join(cwd, 'runs')).sort();
    expect(folders).toEqual(['photo', 'photo-2']);
    for (const name of folders) expect(existsSync(path.join(cwd, 'runs', name, 'metrics.json'))).toBe(true);
  });

  it('do not resume one run, nor fit into one folder, and the process is named', async () => {
    const folder = temporaryFolder();
    const options = ['--crop', '16', ...tiny, '--json', '--checkpoint-every', '0', '--out', folder];
    const first = start(['fit', photo, ...options, '--steps', '100000']);
    await new Promise((resolve) => first.child.stdout?.once('data', resolve));
    const others = await Promise.all([
      evos(['fit', '--resume', folder, '--quiet']),
      fit(photo, '--out', folder, '--overwrite'),
    ]);
    for (const { code, stderr } of others) {
      expect(stderr).toContain(`is being written to by process ${first.child.pid}`);
      expect(code).toBe(2);
    }
    first.child.kill('SIGINT');
    expect((await first.finished).code).toBe(130);
    expect(existsSync(path.join(folder, '.evos-lock'))).toBe(false);
  });

  it('a lock of a process that was killed is taken over', async () => {
    const folder = temporaryFolder();
    const { child, finished: ended } = start([
      ...['fit', photo, '--crop', '16', ...tiny, '--json', '--steps', '100000', '--out', folder],
    ]);
    child.stdout?.once('data', () => child.kill('SIGKILL'));
    await ended;
    expect(existsSync(path.join(folder, '.evos-lock'))).toBe(true);
    expect(await fit(photo, '--out', folder, '--overwrite')).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(path.join(folder, '.evos-lock'))).toBe(false);
  });

  it.each(['half write .evos-tmp-*', 'before link .evos-lock', 'after link .evos-lock'])(
    'a process killed while it locks keeps nobody out: %s',
    async (event) => {
      const folder = temporaryFolder();
      const killed = await evos(['fit', photo, ...small, '--out', folder], {
        node: ['--import', path.resolve('test/support/kill-at.mjs')],
        env: { EVOS_TEST_KILL_AT: event },
      });
      expect(killed.signal).toBe('SIGKILL');
      expect(await fit(photo, '--out', folder)).toMatchObject({ code: 0, stderr: '' });
    },
  );
});

describe('metrics.json', () => {
  it('is gone before a run that goes on writes its first result', async () => {
    const folder = await finished();
    const { signal } = await evos(['fit', '--resume', folder, '--steps', '5', '--quiet'], {
      node: ['--import', path.resolve('test/support/kill-at.mjs')],
      env: { EVOS_TEST_KILL_AT: 'after rename model.onnx' },
    });
    expect(signal).toBe('SIGKILL');
    expect(existsSync(path.join(folder, 'metrics.json'))).toBe(false);
    expect(await evos(['fit', '--resume', folder, '--quiet'])).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(text(path.join(folder, 'metrics.json')))).toMatchObject({ steps: 5 });
  });
});

describe('a run that can no longer be told about', () => {
  const long = ['--crop', '16', ...tiny, '--checkpoint-every', '3600'];
  const goesOn = async (folder: string): Promise<void> => {
    expect(existsSync(path.join(folder, '.evos-lock'))).toBe(false);
    expect(
      (await evos(['fit', '--resume', folder, '--steps', '100000', '--json'], { closeAt: '"step"' })).code,
    ).toBe(141);
  };

  it.skipIf(!existsSync('/dev/full'))(
    'stops with a checkpoint where standard output takes nothing',
    async () => {
      const folder = temporaryFolder();
      const { code, stderr } = await evos(
        ['fit', photo, ...long, '--steps', '100000', '--json', '--out', folder],
        {
          stdout: '/dev/full',
        },
      );
      expect(stderr).toMatch(
        /^Error: cannot write to standard output: the disk is full.*\nStopped after step \d+/,
      );
      expect(stderr).not.toMatch(/^\s+at /m);
      expect(code).toBe(2);
      await goesOn(folder);
    },
  );

  it.skipIf(!existsSync('/dev/full'))('goes on where standard error takes nothing', async () => {
    const folder = temporaryFolder();
    const { code } = await evos(['fit', photo, ...long, '--steps', '3', '--out', folder], {
      stderr: '/dev/full',
    });
    expect(code).toBe(0);
    expect(existsSync(path.join(folder, 'metrics.json'))).toBe(true);
  });

  it.skipIf(process.platform === 'win32').each([
    ['SIGHUP', 129],
    ['SIGQUIT', 131],
    ['SIGTERM', 143],
  ] as const)('stops with a checkpoint at %s', async (signal, code) => {
    const folder = temporaryFolder();
    const { child, finished: ended } = start([
      'fit',
      photo,
      ...long,
      '--steps',
      '100000',
      '--json',
      '--out',
      folder,
    ]);
    child.stdout?.once('data', () => child.kill(signal));
    const { code: found, stderr } = await ended;
    expect(stderr).toContain(`evos fit --resume ${folder}`);
    expect(found).toBe(code);
    await goesOn(folder);
  });

  it.skipIf(process.platform === 'win32')('ends at once at a second signal', async () => {
    const { child, finished: ended } = start(
      ['fit', photo, ...long, '--steps', '100000', '--json', '--out', temporaryFolder()],
      {
        // What a run does last takes for ever.
        node: ['--import', path.resolve('test/support/endless-save.mjs')],
      },
    );
    child.stdout?.once('data', () => {
      child.kill('SIGINT');
      setTimeout(() => child.kill('SIGTERM'), 500);
    });
    expect((await ended).signal).toBe('SIGTERM');
  });
});

describe('where no run can be', () => {
  it.skipIf(!existsSync('/proc/self'))('a folder that the system does not make is an error', async () => {
    const { code, stderr } = await fit(photo, '--out', '/proc/x');
    expect(stderr).toMatch(/cannot create the folder \/proc\/x: \/proc takes no folders/);
    expect(code).toBe(2);
  });

  it.skipIf(process.platform === 'win32')('a FIFO is written into, not replaced, by render', async () => {
    const folder = await finished();
    const fifo = path.join(temporaryFolder(), 'fifo');
    expect(spawnSync('mkfifo', [fifo]).status).toBe(0);
    const read = readFile(fifo);
    expect(await evos(['render', folder, '--out', fifo, '--quiet'])).toMatchObject({ code: 0, stderr: '' });
    expect((await read).subarray(1, 4).toString()).toBe('PNG');
    expect(lstatSync(fifo).isFIFO()).toBe(true);
  });
});

describe('a checkpoint', () => {
  it('of training that diverged is never written: the last good one stays, and the rate is told', async () => {
    const folder = temporaryFolder();
    const { code, stderr } = await evos([
      ...['fit', photo, '--crop', '16', '--device', 'cpu', '--quiet', '--out', folder, '--steps', '20'],
      ...['--learning-rate', '1e10', '--learning-rate-schedule', 'constant'],
      ...['--checkpoint-every', '0', '--measure-every', '2'],
    ]);
    expect(stderr).toMatch(/Training diverged: .* is (NaN|-?Infinity) at step \d+ of 20/);
    expect(stderr).toContain('The learning rate was 1e+10: lower it, to 1e+9 for example');
    expect(code).toBe(2);
    const { arrays } = (await loadCheckpoint(path.join(folder, 'checkpoint.safetensors'))).trainer;
    for (const array of Object.values(arrays))
      expect(array.every((value) => Number.isFinite(value))).toBe(true);
  });

  it('of another version of evos is gone on with, and that is told; of another format it is refused', async () => {
    const folder = await finished();
    const file = path.join(folder, 'checkpoint.safetensors');
    const checkpoint = await loadCheckpoint(file);
    const settings = { ...(checkpoint.settings as Record<string, JsonValue>), version: '99.0.0' };
    await saveCheckpoint(file, { ...checkpoint, settings });
    const resumed = await evos(['fit', '--resume', folder, '--steps', '3']);
    expect(resumed.stderr).toMatch(/last written by evos "99\.0\.0"/);
    expect(resumed.code).toBe(0);
    const bytes = readFileSync(file);
    const at = bytes.indexOf('"formatVersion":"2"');
    bytes.write('9', at + '"formatVersion":"'.length);
    writeFileSync(file, bytes);
    const refused = await evos(['fit', '--resume', folder, '--quiet']);
    expect(refused.stderr).toMatch(
      /checkpoint\.safetensors has checkpoint format 9, this version of evos reads 2/,
    );
    expect(refused.code).toBe(2);
  });

  it('with numbers that make no sense is refused by file and member', async () => {
    const folder = await finished();
    const file = path.join(folder, 'checkpoint.safetensors');
    const checkpoint = await loadCheckpoint(file);
    const run = { ...checkpoint.run, values: { ...checkpoint.run.values, samples: -5 } };
    await saveCheckpoint(file, { ...checkpoint, run });
    const { code, stderr } = await evos(['fit', '--resume', folder, '--quiet']);
    expect(stderr).toMatch(
      /checkpoint\.safetensors: the checkpoint's run\.samples is -5, expected a whole number from 0/,
    );
    expect(code).toBe(2);
  });
});

describe('a damaged model', () => {
  it.each([
    ['weights that are not finite', (bytes: Buffer) => bytes.fill(0xff, 4000, 4256)],
    [
      'another operator',
      (bytes: Buffer) => bytes.fill('Zelu', bytes.indexOf('Relu'), bytes.indexOf('Relu') + 4),
    ],
    [
      'metadata of another type',
      (bytes: Buffer) => bytes.fill('[', bytes.indexOf('{"width"'), bytes.indexOf('{"width"') + 1),
    ],
  ])('with %s is refused by name, and nothing is written', async (_, damage) => {
    const folder = await finished();
    const model = path.join(folder, 'model.onnx');
    writeFileSync(model, damage(readFileSync(model)));
    const out = path.join(folder, 'out.png');
    const { code, stderr } = await evos(['render', model, '--out', out]);
    expect(stderr).toContain(model);
    expect(stderr).toContain('fit');
    expect(code).toBe(2);
    expect(existsSync(out)).toBe(false);
  });
});
