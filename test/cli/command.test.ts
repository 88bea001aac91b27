// The command line as a user runs it: bad input of every kind ends in a sentence that names the file and says what
// to do, and in the right exit code.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { evos, start, temporaryFolder } from '../support/command.js';
import { missingDevice } from '../support/devices.js';

const folder = temporaryFolder();
const file = (name: string): string => path.join(folder, name);

beforeAll(async () => {
  const photo = await readFile('fixtures/photo.png');
  await writeFile(file('truncated.png'), photo.subarray(0, photo.length / 2));
  await writeFile(file('text.png'), 'This is no picture.\n');
  await writeFile(file('empty.png'), '');
  await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
    .png()
    .toFile(file('dot.png'));
  // A PNG header that claims 0×0 pixels.
  const zero = Buffer.from(photo);
  zero.writeUInt32BE(0, 16);
  zero.writeUInt32BE(0, 20);
  await writeFile(file('zero.png'), zero);
  await writeFile(file('in-the-way'), 'a file where a folder should be');
  await writeFile(file('nan.config.ts'), 'export default { fit: { ratio: NaN } };\n');
  await writeFile(file('broken.config.json'), '{ "fit": ');
  await writeFile(file('mesh.obj'), 'v 0 0 0\n');
  await mkdir(file('folder'));
});

describe('bad input ends with exit code 2 and a sentence that helps', () => {
  const photo = 'fixtures/photo.png';
  const cases: [string, () => string[], RegExp][] = [
    ['a missing file', () => ['fit', file('gone.png')], /gone\.png/],
    ['a truncated PNG', () => ['fit', file('truncated.png')], /truncated\.png/],
    ['a text file named .png', () => ['fit', file('text.png')], /text\.png.*expected a PNG, JPEG/s],
    ['an empty file', () => ['fit', file('empty.png')], /empty\.png/],
    ['0×0 pixels', () => ['fit', file('zero.png')], /zero\.png/],
    ['1×1 pixels', () => ['fit', file('dot.png')], /dot\.png.*2×2/s],
    ['a folder', () => ['fit', file('folder')], /folder/],
    ['a mesh', () => ['fit', file('mesh.obj')], /mesh\.obj/],
    ['no input', () => ['fit'], /needs an image/],
    ['a crop larger than the picture', () => ['fit', photo, '--crop', '4000'], /4000/],
    [
      'an unwritable out folder',
      () => ['fit', photo, '--out', path.join(file('in-the-way'), 'run')],
      /in-the-way/,
    ],
    [
      'NaN in a config',
      () => ['fit', photo, '--config', file('nan.config.ts')],
      /nan\.config\.ts.*fit\.ratio.*NaN/s,
    ],
    ['a broken config', () => ['fit', photo, '--config', file('broken.config.json')], /broken\.config\.json/],
    ['an unknown option', () => ['fit', photo, '--raito', '0.5'], /--raito.*--ratio/s],
    ['an unknown command', () => ['fti', photo], /fti.*fit/s],
    ['a ratio out of range', () => ['fit', photo, '--ratio', '3'], /--ratio.*got 3/s],
    ['a ratio that is no number', () => ['fit', photo, '--ratio', 'half'], /--ratio.*half/s],
    [
      'an unknown strategy',
      () => ['compare', photo, '--strategies', 'full,evso', '--out', file('c')],
      /evso/,
    ],
    ['resuming nothing', () => ['fit', '--resume', file('folder')], /folder.*checkpoint/s],
    ['rendering a picture', () => ['render', photo, '--out', file('r.png')], /photo\.png.*ONNX/s],
    ['inspecting a text', () => ['inspect', file('text.png')], /text\.png/],
  ];
  it.each(cases)('%s', async (_, args, message) => {
    const { code, stdout, stderr } = await evos([...args(), '--quiet']);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+/m);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

const missing = await missingDevice();

describe('a device that is not here', () => {
  it.skipIf(missing === undefined)('is an error that says how to get it', async () => {
    const { code, stderr } = await evos([
      'fit',
      'fixtures/photo.png',
      '--device',
      missing ?? '',
      '--out',
      file('gpu'),
    ]);
    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(`${missing}.*To get it`, 's'));
    expect(existsSync(file('gpu'))).toBe(false);
  });
});

describe('a good run', () => {
  it('prints one JSON object per line and nothing else with --json', async () => {
    const out = file('json');
    const args = [
      'fit',
      'fixtures/edges.png',
      '--steps',
      '4',
      '--backbone',
      'siren',
      '--width',
      '16',
      '--depth',
      '1',
      '--device',
      'cpu',
    ];
    const { code, stdout } = await evos([...args, '--out', out, '--json']);
    expect(code).toBe(0);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string });
    expect(events[0]?.type).toBe('start');
    expect(events.at(-1)?.type).toBe('result');
    const inspected = await evos(['inspect', out, '--json']);
    expect(inspected.code).toBe(0);
    expect(JSON.parse(inspected.stdout)).toMatchObject({
      kind: 'image',
      model: { operators: { Gemm: 3, Sin: 2 } },
    });
    const again = await evos([...args, '--out', out, '--quiet']);
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(again.stderr).toMatch(/already holds a run.*--overwrite/s);
    expect(await evos([...args, '--out', out, '--quiet', '--overwrite'])).toMatchObject({ code: 0 });
    const picture = file('picture.png');
    expect(await evos(['render', out, '--size', '50x40', '--out', picture])).toMatchObject({ code: 0 });
    expect(await sharp(picture).metadata()).toMatchObject({ width: 50, height: 40 });
  });

  it('does not mind when the reader of its output goes away', async () => {
    const { child, finished } = start([
      ...['fit', 'fixtures/edges.png', '--steps', '200', '--width', '8', '--depth', '0', '--device', 'cpu'],
      ...['--out', file('pipe'), '--json'],
    ]);
    child.stdout?.once('data', () => child.stdout?.destroy());
    const { stderr } = await finished;
    expect(stderr).not.toMatch(/EPIPE|^\s+at /m);
  });

  it('leaves no half-written files', async () => {
    const left = await readdir(folder, { recursive: true });
    expect(left.filter((name) => name.includes('.evos-tmp'))).toEqual([]);
    expect(existsSync(file('json/metrics.json'))).toBe(true);
  });
});

describe('doctor', () => {
  it('finds the CPU and says what is missing and how to get it', async () => {
    const { code, stdout } = await evos(['doctor']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/cpu/i);
    expect(stdout).toMatch(/cuda/i);
    expect(stdout).toContain(process.versions.node);
  });
});
