// `evos render` of scenes, with recipes that only note what they are asked for.
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, Terminal, type World } from './support.js';

function setUp(world: World = {}): Terminal & { cwd: string } {
  const cwd = temporaryFolder({ 'fox/scene.json': '{}', 'path.json': '{}', 'bunny/target.ply': 'x' });
  const recipes: World['recipes'] = {
    modelKind: (model) => Promise.resolve(path.basename(model) === 'bunny' ? 'mesh' : 'image'),
    renderSceneModel: ({ model, out = path.join(model, 'render.webp') }) =>
      Promise.resolve({ file: out, frames: 48, width: 512, height: 384, seconds: 61 }),
    renderSceneMesh: ({ model }) =>
      Promise.resolve({
        ...{ file: path.join(model, 'mesh-256.glb'), vertices: 9, triangles: 12_345, resolution: 256 },
        ...{ seconds: 40, level: 29.57, pieces: 3, specks: 1 },
      }),
  };
  return Object.assign(new Terminal({ cwd, recipes, ...world }), { cwd });
}

const asked = (terminal: Terminal): Record<string, unknown> => {
  const { signal, onProgress, ...options } = terminal.calls.at(-1)?.options as Record<string, unknown>;
  expect(signal).toBeInstanceOf(AbortSignal);
  expect(onProgress).toBeInstanceOf(Function);
  return options;
};

describe('evos render of a scene', () => {
  it('renders a run from its checkpoint: there need be no model', async () => {
    const terminal = setUp();
    expect(await terminal.run('render', 'fox')).toBe(0);
    expect(terminal.calls.map(({ name }) => name)).toEqual(['renderSceneModel']);
    expect(asked(terminal)).toEqual({ model: path.join(terminal.cwd, 'fox') });
    expect(terminal.stdout).toBe(`${path.join('fox', 'render.webp')}  48 frames of 512x384  in 1m 01s\n`);
  });

  it('passes path, size and place on', async () => {
    const terminal = setUp();
    await terminal.run(
      'render',
      'fox',
      '--camera',
      'path.json',
      '--size',
      '540x960',
      '-o',
      'frames',
      '--json',
    );
    const { cwd } = terminal;
    expect(asked(terminal)).toEqual({
      model: path.join(cwd, 'fox'),
      camera: path.join(cwd, 'path.json'),
      ...{ width: 540, height: 960, out: path.join(cwd, 'frames') },
    });
    expect(JSON.parse(terminal.stdout)).toMatchObject({ type: 'rendered', frames: 48 });
  });

  it('makes a mesh, and says at which density', async () => {
    const terminal = setUp();
    expect(await terminal.run('render', 'fox', '--mesh', '--resolution', '128', '--format', 'ply')).toBe(0);
    expect(terminal.calls.map(({ name }) => name)).toEqual(['renderSceneMesh']);
    expect(asked(terminal)).toEqual({
      model: path.join(terminal.cwd, 'fox'),
      resolution: 128,
      format: 'ply',
    });
    expect(terminal.stdout).toContain(
      '12,345 triangles at 256 cells, density 29.6, 3 pieces, 1 speck left out  in 40',
    );
  });

  it.each([
    ['fox --scale 2', '--scale is for models of images; fox holds one of a scene: --size says'],
    ['fox --width 20', '--width is for models of images'],
    ['fox --resolution 64', '--resolution is for meshes; --mesh makes one of a scene'],
    ['fox --mesh --size 9x9', '--size is for pictures of a scene, --mesh for its surface'],
    ['fox --mesh --camera path.json', '--camera is for pictures of a scene'],
    ['bunny --camera path.json', '--camera is for models of scenes; bunny holds one of a mesh'],
    ['bunny --mesh', '--mesh is for models of scenes'],
  ])('refuses %s', async (words, message) => {
    const terminal = setUp();
    expect(await terminal.run('render', ...words.split(' '))).toBe(2);
    expect(terminal.stderr.replace(/\s+/g, ' ')).toContain(message);
    expect(terminal.calls.filter(({ name }) => name.startsWith('render'))).toEqual([]);
  });

  it('stops at a signal', async () => {
    const terminal: Terminal = setUp({
      recipes: {
        renderSceneModel: ({ signal }) => {
          terminal.signal('SIGINT');
          return Promise.reject(signal?.reason as Error);
        },
      },
    });
    expect(await terminal.run('render', 'fox')).toBe(130);
    expect([terminal.stdout, terminal.listening]).toEqual(['', 0]);
  });
});
