// Runs of scenes seen again, over a field that is known exactly in place of a trained one.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { ArgumentError, InputError } from '../../../../src/core/index.js';
import { renderSceneMesh, renderSceneModel } from '../../../../src/recipes/modalities/scene/render.js';
import type { OpenedScene } from '../../../../src/recipes/modalities/scene/open.js';
import { loadMesh } from '../../../../src/sdf/files/index.js';
import { analyticField, ring, space, spread } from './field.js';

const folder = mkdtempSync(path.join(tmpdir(), 'evos-render-scene-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (...names: string[]): string => path.join(folder, ...names);

let disposed = 0;
beforeEach(() => void (disposed = 0));
const open = (opened: string): Promise<OpenedScene> => {
  expect(opened).toBe(folder);
  const origin = [0.5, 0, 0] as const;
  const { views, focus, up } = ring(spread(8, 0, 2 * Math.PI), { width: 60, height: 40 });
  const scene = {
    trainer: analyticField(),
    space,
    train: views,
    origin,
    focus,
    up,
    step: 3,
    settings: { steps: 9 },
    dispose: () => Promise.resolve(void disposed++),
  };
  // What rendering asks of an opened run, and no more.
  return Promise.resolve(scene as unknown as OpenedScene);
};

function pathFile(count: number, changes: object = {}): string {
  // Each from elsewhere: an animation joins frames that are alike.
  const camera_path = Array.from({ length: count }, (_, i) => ({
    camera_to_world: [1, 0, 0, i / 4, 0, 1, 0, 0, 0, 0, 1, 4, 0, 0, 0, 1],
    fov: 50,
  }));
  const file = at('path.json');
  writeFileSync(
    file,
    JSON.stringify({ render_width: 32, render_height: 24, fps: 10, camera_path, ...changes }),
  );
  return file;
}

describe('renderSceneModel', () => {
  it('goes round the scene, as an animation beside the model', async () => {
    writeFileSync(at('model.onnx'), 'x');
    const done = await renderSceneModel({ model: at('model.onnx') }, open);
    expect(done).toMatchObject({
      file: at('render-60x40.webp'),
      frames: 48,
      width: 60,
      height: 40,
      notes: [],
    });
    expect(done).not.toHaveProperty('step');
    expect(await sharp(done.file).metadata()).toMatchObject({ pages: 48, width: 60, height: 40, loop: 0 });
    expect(disposed).toBe(1);
  });

  it('follows a path at its pace and size, or at another', async () => {
    rmSync(at('model.onnx'), { force: true });
    const camera = pathFile(3);
    const done = await renderSceneModel({ model: folder, camera, out: at('new', 'a.webp') }, open);
    expect(await sharp(done.file).metadata()).toMatchObject({
      pages: 3,
      width: 32,
      height: 24,
      delay: [100, 100, 100],
    });
    // There is no model: the run was stopped.
    expect(done).toMatchObject({ step: 3, steps: 9 });
    const larger = await renderSceneModel(
      { model: folder, camera, width: 50, height: 20, out: at('b.webp') },
      open,
    );
    expect(larger).toMatchObject({ frames: 3, width: 50, height: 20 });
    expect(larger.notes).toEqual(['shows more to the sides than the 32x24 it has otherwise']);
  });

  it('says where a GPU is sent the rays of a lens that it cannot make', async () => {
    const making: typeof open = async (of) => {
      const scene = await open(of);
      const made = new Error('nobody asked for a lens that is not for that');
      return { ...scene, trainer: { ...scene.trainer, renderPixels: () => Promise.reject(made) } };
    };
    const camera = at('bent.json');
    const transform_matrix = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 4, 0, 0, 0, 1];
    writeFileSync(
      camera,
      JSON.stringify({ w: 30, h: 20, fl_x: 15, k1: -1 / 3, frames: [{ transform_matrix }] }),
    );
    const done = await renderSceneModel({ model: folder, camera, out: at('bent.png') }, making);
    expect(done.notes).toEqual([
      expect.stringMatching(/^rays are made on the CPU and sent to the GPU: the lens/),
    ]);
  });

  it('never takes the place of another rendering unasked', async () => {
    const render = (options: object, cameras = 1) =>
      renderSceneModel({ model: folder, camera: pathFile(cameras), ...options }, open);
    const first = await render({});
    expect(first.file).toBe(at('render-32x24.webp'));
    const bytes = readFileSync(first.file);
    // The same again is the same file; another has a number.
    expect((await render({})).file).toBe(first.file);
    expect((await render({}, 2)).file).toBe(at('render-32x24-2.webp'));
    await expect(render({ out: first.file })).rejects.toThrow(
      /render-32x24\.webp is there already, and would be lost: write to another file \(--out\), or say --overwrite/,
    );
    expect(readFileSync(first.file)).toEqual(bytes);
    expect((await render({ out: first.file, overwrite: true })).file).toBe(first.file);
    await render({ out: at('some') });
    await expect(render({ out: at('some') })).rejects.toThrow(/frame-00001\.png is there already/);
  });

  it('writes frames into a folder, and takes those of a longer path away', async () => {
    const shares: number[] = [];
    const out = at('frames');
    await renderSceneModel(
      { model: folder, camera: pathFile(4), out, onProgress: (share) => shares.push(share) },
      open,
    );
    expect(shares).toEqual([0.25, 0.5, 0.75, 1]);
    writeFileSync(at('frames', 'frame-notes.png'), 'mine');
    await renderSceneModel({ model: folder, camera: pathFile(2), out, overwrite: true }, open);
    expect(readdirSync(out).sort()).toEqual(['frame-00001.png', 'frame-00002.png', 'frame-notes.png']);
    expect(await sharp(at('frames', 'frame-00002.png')).metadata()).toMatchObject({
      format: 'png',
      width: 32,
    });
    const one = await renderSceneModel({ model: folder, camera: pathFile(1), out: at('one.png') }, open);
    expect(await sharp(one.file).metadata()).toMatchObject({ format: 'png', height: 24 });
  });

  it('says what cannot be, and lets go of the field', async () => {
    const render = (options: object): Promise<unknown> =>
      renderSceneModel({ model: folder, ...options }, open);
    await expect(render({ out: at('a.gif') })).rejects.toThrow(/a\.gif to write to; expected a \.webp/);
    await expect(render({ width: 1, height: 9 })).rejects.toThrow(
      /pictures of 1×9 pixels; expected 2 to 16383 a side/,
    );
    await expect(render({ width: 9 })).rejects.toThrow(ArgumentError);
    expect(disposed).toBe(0);
    await expect(render({ camera: pathFile(2), out: at('a.png') })).rejects.toThrow(
      /a\.png for 2 cameras; expected one/,
    );
    await expect(render({ camera: at('none.json') })).rejects.toThrow(
      /cannot read .*none\.json: no such file/,
    );
    writeFileSync(at('bad.json'), '{"frames":[NaN]}');
    await expect(render({ camera: at('bad.json') })).rejects.toThrow(/bad\.json is not valid JSON/);
    await expect(render({ camera: pathFile(2, { render_width: 0 }) })).rejects.toThrow(InputError);
    const stopped = render({ signal: AbortSignal.abort(new Error('enough')), out: at('never.webp') });
    await expect(stopped).rejects.toThrow('enough');
    expect(disposed).toBe(5);
    expect(readdirSync(folder)).not.toContain('never.webp');
  });
});

describe('renderSceneMesh', () => {
  it('writes a coloured mesh in the world of the scene, and says at which density', async () => {
    const done = await renderSceneMesh({ model: folder, resolution: 24, format: 'ply' }, open);
    expect(done).toMatchObject({ file: at('mesh-24.ply'), resolution: 24, pieces: 1, specks: 0 });
    expect(done.level).toBeCloseTo((128 * Math.LN2) / 3.2, 9);
    const { mesh } = await loadMesh(done.file);
    expect(mesh.triangles).toHaveLength(3 * done.triangles);
    expect(disposed).toBe(1);
    await renderSceneMesh({ model: folder, resolution: 24 }, open);
    const glb = readFileSync(at('mesh-24.glb'));
    const { nodes } = JSON.parse(glb.toString('utf8', 20, 20 + glb.readUInt32LE(12))) as {
      nodes: { matrix: number[] }[];
    };
    const upwards = nodes[0]?.matrix.slice(8, 11).map(Math.round);
    expect(upwards, 'where z goes, which is up here').toEqual([0, 1, 0]);
    const both = renderSceneMesh({ model: folder, format: 'ply', out: at('a.glb') }, open);
    await expect(both).rejects.toThrow(/the format ply for .*a\.glb, which says glb/);
  });
});
