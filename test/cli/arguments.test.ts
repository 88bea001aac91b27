// Everything that can be wrong with the words of a command line, and what is said about it.
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { imageSettings } from '../../src/recipes/modalities/image/settings.js';
import { findModality, modalitiesByName } from '../../src/recipes/modalities/registry.js';
import { readableFormats } from '../../src/sdf/files/index.js';
import { temporaryFolder, Terminal } from './support.js';

/** Those of pictures. */
const strategies = imageSettings.strategies().join(', ');

async function complaint(...words: string[]): Promise<string> {
  const terminal = new Terminal({ cwd: temporaryFolder({ 'photo.png': 'x' }) });
  expect(await terminal.run(...words)).toBe(2);
  expect(terminal.stdout).toBe('');
  expect(terminal.calls).toEqual([]);
  return terminal.stderr;
}

describe('bad words', () => {
  it.each([
    ['fit photo.png --raito 0.5', 'Unknown option --raito. Did you mean --ratio?'],
    ['fit --raito photo.png', 'Unknown option --raito. Did you mean --ratio?'],
    ['fit photo.png --learningRate 1', 'Unknown option --learningRate. Did you mean --learning-rate?'],
    ['fit photo.png --no-colour', 'Unknown option --no-colour. Did you mean --no-color?'],
    ['fit photo.png --no-json', 'Unknown option --no-json.'],
    ['fit photo.png -x', 'Unknown option -x.'],
    ['fit photo.png --fit.ratio 1', 'Unknown option --fit.ratio.'],
    ['compare photo.png --strategy evos', 'Unknown option --strategy. Did you mean --strategies?'],
    ['--jsn', 'Unknown option --jsn. Did you mean --json?'],
    ['fti photo.png', 'Unknown command fti. Did you mean evos fit?'],
    ['photo.png', 'Unknown command photo.png. To fit a file: evos fit photo.png'],
    [
      'blah',
      'Unknown command blah. Commands: fit, compare, render, inspect, select, serve, doctor, completion.',
    ],
    ['', 'Name a command: fit, compare'],
    ['fit', 'evos fit needs an image'],
    ['compare', 'evos compare needs <input>'],
    ['render', 'evos render needs <model>: the folder of a run, or a model.onnx.'],
    ['fit photo.png other.png', 'evos fit takes one input; got also other.png.'],
    ['doctor now', 'evos doctor takes no arguments; got also now.'],
    ['fit photo.png --ratio 0.5 --ratio 0.6', '--ratio was given 2 times; give it once.'],
    ['fit photo.png --json --json', '--json was given 2 times; give it once.'],
    ['fit photo.png --json=yes', '--json takes no value.'],
    ['fit photo.png --steps', '--steps needs a value'],
    ['fit photo.png -o', '-o needs a value'],
    ['fit photo.png --ratio=', '--ratio: got "", expected a number above 0 and at most 1'],
  ])('evos %s', async (words, message) => {
    expect(await complaint(...words.split(' ').filter((word) => word !== ''))).toContain(message);
  });

  it('points to the help of the command', async () => {
    expect(await complaint('fit', '--raito', '1')).toContain('See: evos fit --help');
    expect(await complaint('fti')).toContain('See: evos --help');
  });
});

describe('values out of range', () => {
  it.each([
    ['--ratio 3', '--ratio: got 3, expected a number above 0 and at most 1'],
    ['--ratio half', '--ratio: got half, expected a number above 0 and at most 1'],
    ['--ratio NaN', '--ratio: got NaN, expected a number above 0 and at most 1'],
    ['--ratio -0.5', '--ratio: got -0.5, expected a number above 0 and at most 1'],
    ['--learning-rate Infinity', '--learning-rate: got Infinity, expected a number above 0'],
    ['--steps 1.5', '--steps: got 1.5, expected a whole number from 1 to 10000000'],
    ['--batch -1', '--batch: got -1, expected a whole number of at least 0'],
    ['--strategy evso', `--strategy: got evso, expected one of ${strategies}. Did you mean evos?`],
    ['--device gpu', '--device: got gpu, expected one of auto, cpu, webgpu, cuda\n'],
    ['--resize big', '--resize: got big, expected WxH, auto, small or original'],
    [
      '--interval 0',
      '--interval: got 0, expected a whole number of at least 1, or FROM:TO for one that changes',
    ],
    ['--interval auto', '--interval: got auto, expected a whole number of at least 1, or FROM:TO'],
    ['--interval 9:', '--interval: got 9:, expected a whole number'],
    ['--interval 9:0', '--interval: got 9:0, expected a whole number'],
    ['--interval 9:8:7', '--interval: got 9:8:7, expected a whole number'],
    ['--passes maybe', '--passes: got maybe, expected true or false'],
    ['--mutation auto', '--mutation: got auto, expected one of constant, linear, exponential\n'],
    [
      '--learning-rate-schedule cosin',
      '--learning-rate-schedule: got cosin, expected one of constant, cooldown, cosine, exponential, linear. Did you mean cosine?',
    ],
    ['--learning-rate-final -1', '--learning-rate-final: got -1, expected a number from 0 to 1'],
    [
      '--preset evos-papre',
      '--preset: got evos-papre, expected one of default, evos-paper, int-paper, evos-table1, int-figures, asmr-kodak. Did you mean evos-paper?',
    ],
    [
      '--learning-rate-schedule exponential --learning-rate-final 0',
      'learningRateFinal: got 0, expected a number above 0 with an exponential schedule',
    ],
  ])('evos fit %s', async (words, message) => {
    expect(await complaint('fit', 'photo.png', ...words.split(' '))).toContain(message);
  });

  it('tells everything that is wrong at once', async () => {
    const text = await complaint('fit', 'photo.png', '--ratio', '3', '--seed', 'abc', '--depth', '1.5');
    for (const option of ['--ratio: got 3', '--seed: got abc', '--depth: got 1.5'])
      expect(text).toContain(option);
  });

  it('names an empty entry of a list once', async () => {
    const text = await complaint('compare', 'photo.png', '--strategies', ',');
    expect(text.match(/--strategies: got ",", expected entries separated by commas/g)).toHaveLength(1);
  });
});

describe('strategies with settings of their own', () => {
  it.each([
    ['full,uniform@raito=0.1', 'uniform@raito=0.1: raito: unknown setting. Did you mean ratio?'],
    [
      'full,uniform@learning-rat=1',
      'uniform@learning-rat=1: learning-rat: unknown setting. Did you mean learning-rate?',
    ],
    ['uniform@ratio=2', 'uniform@ratio=2: ratio: got 2, expected a number above 0 and at most 1'],
    ['evos@preset=paper', 'evos@preset=paper: preset: got paper, expected one of default, evos-paper'],
    ['evos@width=64', 'evos@width=64: width is the same for every strategy'],
    ['uniform@ratio=0.1:batch=9', 'uniform@ratio=0.1:batch=9: ratio: got 0.1:batch=9, expected a number'],
  ])('--strategies %s', async (entries, message) => {
    expect(await complaint('compare', 'photo.png', '--strategies', entries)).toContain(
      `--strategies: ${message}`,
    );
  });
});

describe('render sizes', () => {
  it.each([
    ['--size 10', '--size: got 10, expected WxH in pixels, e.g. 1920x1080'],
    ['--width 0', '--width: got 0, expected a whole number from 1 to 65535'],
    ['--scale 0', '--scale: got 0, expected a number above 0 and at most 64'],
  ])('evos render photo.png %s', async (words, message) => {
    expect(await complaint('render', 'photo.png', ...words.split(' '))).toContain(message);
  });
});

describe('settings of another kind of input', () => {
  const refused = async (command: string, file: string, ...words: string[]): Promise<string> => {
    const terminal = new Terminal({ cwd: temporaryFolder({ 'photo.png': 'x', 'bunny.OBJ': 'x' }) });
    expect(await terminal.run(command, file, ...words)).toBe(2);
    expect([terminal.stdout, terminal.calls]).toEqual(['', []]);
    return terminal.stderr;
  };

  it.each([
    ['fit', 'bunny.OBJ', '--crop 64', '--crop is a setting of images; bunny.OBJ is a mesh.'],
    [
      'fit',
      'bunny.OBJ',
      '--cross-frequency-weight=0',
      '--cross-frequency-weight is a setting of images; bunny.OBJ',
    ],
    ['fit', 'photo.png', '--sign winding', '--sign is a setting of meshes; photo.png is an image.'],
    ['compare', 'photo.png', '--split int', '--split is a setting of meshes; photo.png is an image.'],
    ['compare', 'bunny.OBJ', '--resize 8x8', '--resize is a setting of images; bunny.OBJ is a mesh.'],
  ])('evos %s %s %s', async (command, file, words, message) => {
    const text = await refused(command, file, ...words.split(' '));
    expect(text).toContain(message);
    expect(text).toContain(`See: evos ${command} --help`);
  });

  it('are told together with whatever else is wrong', async () => {
    const text = await refused('fit', 'bunny.OBJ', '--crop', '64', '--levels', '99', '--resize', '8x8');
    expect(text).toContain('--crop is a setting of images');
    expect(text).toContain('--resize is a setting of images');
    expect(text).toContain('--levels: got 99, expected a whole number from 1 to 64');
  });

  it.each([['bunny.OBJ', 'evos-paper', 'default, int-paper']])(
    '%s does not take the preset %s',
    async (file, preset, known) => {
      expect(await refused('fit', file, '--preset', preset)).toContain(
        `--preset: got ${preset}, expected one of ${known}`,
      );
    },
  );

  it('of which none is known without an input: any kind’s will do, but not what none takes', async () => {
    expect(await complaint('fit', '--preset', 'int-paper')).toContain('evos fit needs an image, a mesh');
    expect(await complaint('fit', '--preset', 'paper')).toContain('--preset: got paper, expected one of');
    expect(await complaint('fit', '--resume', 'x', '--sign', 'parity')).toContain('it cannot take --sign.');
    expect(await complaint('fit', '--resume', 'x', '--steps', '1.5')).toContain('--steps: got 1.5, expected');
  });
});

describe('files that cannot be meant', () => {
  it.each(['fit', 'compare'])(
    '%s says so for a missing file, a folder and an unknown extension',
    async (command) => {
      expect(await complaint(command, 'missing.png')).toContain(
        'missing.png: there is no such file or folder.',
      );
      const empty = path.basename(temporaryFolder());
      expect(await complaint(command, `../${empty}`)).toContain(
        `../${empty} is a folder without a scene, expected an image (PNG, JPEG, WebP, AVIF, TIFF, GIF), a mesh (OBJ, PLY, STL, GLB, glTF)`,
      );
      const cwd = temporaryFolder({ 'scan.off': 'OFF', photo: 'x' });
      for (const [name, got] of [
        ['scan.off', 'the extension .off'],
        ['photo', 'no extension'],
      ] as const) {
        const terminal = new Terminal({ cwd });
        expect(await terminal.run(command, name)).toBe(2);
        expect(terminal.stderr).toContain(
          `${name}: got ${got}, by which the kind of a file is told; expected an image (.png`,
        );
        expect(terminal.stderr).toContain(', a mesh (.obj .ply .stl .glb .gltf)');
      }
    },
  );

  it.each([
    ['https://example.com/photo.png', 'got a URL, expected the path of a file or folder; nothing is fetched'],
    ['file:///home/me/photo.png', 'got a URL, expected the path of a file or folder; give the path alone.'],
  ])('says that %s is a URL', async (url, message) => {
    for (const command of ['fit', 'compare', 'inspect', 'render']) {
      expect(await complaint(command, url)).toContain(`${url}: ${message}`);
    }
  });

  it.each([
    ['clip.MP4', 'got a video (.MP4), which is not read here', 'ffmpeg -i VIDEO frame%04d.png'],
    ['clip.mov', 'got a video (.mov)', 'and fit the scene'],
    ['clip.webm', 'got a video (.webm)', 'fit one of them'],
    ['photo.heic', 'got a HEIC photo (.heic), which is not read here', 'convert it to PNG'],
    ['photo.nef', 'got the raw data of a camera (.nef)', 'develop it to a 16-bit TIFF'],
  ])('says what %s is, and what to do with it', async (name, got, instead) => {
    const terminal = new Terminal({ cwd: temporaryFolder({ [name]: 'x' }) });
    expect(await terminal.run('fit', name)).toBe(2);
    expect(terminal.stderr).toContain(`${name}: ${got}`);
    expect(terminal.stderr).toContain(instead);
  });

  it('says of a folder of pictures that one of them can be fitted', async () => {
    const files = { 'trip/b.jpg': '', 'trip/a.JPG': '', 'trip/notes.txt': '', 'one/mesh.ply': '' };
    const cwd = temporaryFolder(files);
    for (const [folder, ...messages] of [
      [
        'trip',
        'trip is a folder without a scene, expected',
        'it holds 2 images; to fit one of them, name it: trip/a.JPG',
      ],
      [
        'one',
        'one is a folder without a scene, expected',
        'it holds a mesh; to fit that, name it: one/mesh.ply',
      ],
    ] as const) {
      const terminal = new Terminal({ cwd });
      expect(await terminal.run('fit', folder)).toBe(2);
      for (const message of messages) expect(terminal.stderr).toContain(message);
      expect(terminal.stderr).toContain('a scene has transforms.json');
    }
  });

  it('knows every format that the recipes read', () => {
    expect(findModality('mesh').extensions).toEqual(readableFormats.map((format) => `.${format}`));
    for (const kind of ['image', 'mesh']) {
      for (const extension of findModality(kind).extensions) {
        expect(modalitiesByName(`a${extension.toUpperCase()}`).map((each) => each.kind)).toEqual([kind]);
      }
    }
  });

  it.each(['render', 'inspect'])('%s says so for a missing path', async (command) => {
    expect(await complaint(command, 'runs/none')).toContain('runs/none: there is no such file or folder.');
  });
});
