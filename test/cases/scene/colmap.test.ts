// What COLMAP and the tools around it leave in folders, and what became of it: one test for each report.
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/core/errors.js';
import { loadScene } from '../../../src/nerf/files/load.js';
import {
  bytes,
  colmapBinary,
  colmapPose,
  colmapText,
  emptyFolder,
  photographs,
  photoName,
  png,
  posesBounds,
  real,
  ring,
  writeAll,
} from '../../nerf/files/scene-folders.js';

type Files = Readonly<Record<string, string | Uint8Array>>;

const scene = async (...files: readonly Files[]): Promise<string> =>
  writeAll(emptyFolder(), Object.assign({}, ...files, await photographs()) as Files);

/** The same model in another folder, of its first photographs alone. */
function moved(files: Files, to: string, count?: number): Files {
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => {
      const lines = typeof content === 'string' ? content.split('\n') : [];
      const cut = count !== undefined && name.endsWith('images.txt');
      return [name.replace('sparse/0', to), cut ? lines.slice(0, 1 + 2 * count).join('\n') : content];
    }),
  );
}

describe('an empty points3D', () => {
  it.each([
    ['text', colmapText(), 'points3D.txt'],
    ['binary', colmapBinary(), 'points3D.bin'],
  ])('as for known poses, in %s, is none', async (_, files, name) => {
    const { views, source, bounds } = await loadScene(await scene(files, { [`sparse/0/${name}`]: '' }));
    const without = await loadScene(await scene(files));
    expect(views).toHaveLength(9);
    expect({ source, bounds }).toEqual({ source: without.source, bounds: without.bounds });
  });
});

describe('images.txt without the lines of points', () => {
  it('gives every photograph, with a word about it', async () => {
    const { 'sparse/0/images.txt': images = '', ...files } = colmapText();
    const heads = images.split('\n').filter((line) => /\.png$/.test(line));
    const folder = await scene({ ...files, 'sparse/0/images.txt': heads.join('\n') });
    const { views, warnings } = await loadScene(folder);
    expect(views).toHaveLength(9);
    expect(warnings).toEqual([
      'images.txt lacks the line of points after 8 of its 9 photographs; all of them are read',
    ]);
  });
});

describe('several models', () => {
  it('of which the largest is read, and the others are told', async () => {
    const large = moved(colmapText(), 'sparse/1', 7);
    for (const small of [moved(colmapText(), 'sparse/0', 3), moved(colmapText(), 'sparse', 3)]) {
      const { views, warnings } = await loadScene(await scene(large, small));
      expect(views).toHaveLength(7);
      expect(warnings).toEqual([
        expect.stringMatching(
          /^of 2 models of COLMAP's the largest is read, sparse\/1 \(7\) photographs; left out: sparse(\/0)? \(3\);/,
        ),
      ]);
    }
    // Named, the smaller one is read.
    const folder = await scene(large, moved(colmapText(), 'sparse/0', 3));
    expect((await loadScene(path.join(folder, 'sparse/0'))).views).toHaveLength(3);
  });

  it('in binary are compared by the counts that they begin with', async () => {
    const huge = { 'sparse/0/cameras.bin': bytes([8, 0]), 'sparse/0/images.bin': bytes([8, 1e12]) };
    const folder = await scene(moved(colmapBinary(), 'sparse/2'), huge);
    expect((await loadScene(folder)).views).toHaveLength(9);
  });
});

describe('a model in a folder whose parent is called sparse', () => {
  it('has its photographs beside it, or above, where they are', async () => {
    const root = emptyFolder();
    const inside = path.join(root, 'sparse', 'church');
    writeAll(inside, { ...moved(colmapBinary(), '.'), ...(await photographs()) });
    expect(await loadScene(inside)).toMatchObject({ folder: inside, missing: [] });
    const above = await scene(moved(colmapBinary(), 'sparse'));
    expect(await loadScene(path.join(above, 'sparse'))).toMatchObject({ folder: above, missing: [] });
  });
});

describe('poses_bounds.npy beside a model', () => {
  const lens = { 'poses_bounds.npy': posesBounds(9, 0.2, 400) };

  it("gives way to COLMAP's cameras, which know the lens", async () => {
    const { format, views, unbounded, warnings } = await loadScene(await scene(colmapBinary(), lens));
    expect({ format, unbounded }).toEqual({ format: 'colmap-binary', unbounded: true });
    expect(views[0]!.intrinsics).toMatchObject({ model: 'opencv', k1: 0.01 });
    expect(warnings).toEqual([
      expect.stringMatching(/^COLMAP's model is read, which knows the lens; poses_bounds.npy is there/),
    ]);
  });

  it('is read where the model cannot be, which is told', async () => {
    const { 'sparse/0/images.bin': images } = colmapBinary();
    const damaged = { ...colmapBinary(), 'sparse/0/images.bin': images!.subarray(0, 100) };
    const { format, warnings } = await loadScene(await scene(damaged, lens));
    expect(format).toBe('llff');
    expect(warnings[0]).toMatch(
      /^poses_bounds.npy is read, .+ since COLMAP's model cannot be: .+images.bin: the file ends/,
    );
    const both = await scene(damaged, { 'poses_bounds.npy': 'no array' });
    await expect(loadScene(both)).rejects.toThrow(/images.bin: the file ends in the middle/);
  });

  it('and alone, of cameras around one thing, is no box that dwarfs it', async () => {
    const around = await loadScene(await scene(lens));
    expect(around).toMatchObject({ format: 'llff', unbounded: true });
    expect(around.bounds.max[0] - around.bounds.min[0]).toBeLessThan(6.01);
    const near = await loadScene(await scene({ 'poses_bounds.npy': posesBounds() }));
    expect(near).toMatchObject({ format: 'llff', unbounded: false });
  });
});

describe('photographs that were scaled down', () => {
  it('are found in images_4 where there is no images', async () => {
    const small = await png(6, 4);
    const reduced = Object.fromEntries(ring.map((_, i) => [`images_4/${photoName(i)}`, small]));
    const { views } = await loadScene(writeAll(emptyFolder(), { ...colmapText(), ...reduced }));
    expect(views[0]!.intrinsics).toMatchObject({ width: 6, height: 4, fx: 5.5 });
  });
});

describe('binaries with numbers that cannot be', () => {
  /** The images of the ring, the numbers of the first one's pose replaced. */
  function imagesWith(change: (pose: number[]) => void): Uint8Array {
    const one = ring.map((matrix, i) => {
      const { q, t } = colmapPose(matrix);
      const pose = [...q, ...t];
      if (i === 0) change(pose);
      return [bytes([4, i + 1], ...pose.map(real), [4, 1]), Buffer.from(`${photoName(i)}\0`), bytes([8, 0])];
    });
    return Buffer.concat([bytes([8, ring.length]), ...one.flat()]);
  }
  const refusal = async (files: Files): Promise<unknown> =>
    loadScene(await scene(colmapBinary(), files)).catch((error: unknown) => error);

  it.each<[string, (pose: number[]) => void, RegExp]>([
    [
      'NaN in a quaternion',
      (pose) => (pose[1] = NaN),
      /images.bin: image 1 \(p1.png\): got the quaternion .+NaN/,
    ],
    ['infinity in a quaternion', (pose) => (pose[3] = Infinity), /got the quaternion .+Infinity/],
    ['NaN in a translation', (pose) => (pose[5] = NaN), /image 1 \(p1.png\): got the translation .*NaN/],
    [
      'infinity in a translation',
      (pose) => (pose[6] = -Infinity),
      /got the translation .+-Infinity; expected finite/,
    ],
    [
      'a translation too large to count with',
      (pose) => (pose[4] = 1e308),
      /beyond 1000000000000000000|holds/,
    ],
  ])('%s', async (_, change, message) => {
    const error = await refusal({ 'sparse/0/images.bin': imagesWith(change) });
    expect(error).toBeInstanceOf(InputError);
    expect(String(error)).toMatch(message);
  });

  it('in a camera, and models that are known but not supported', async () => {
    const camera = (model: number, size: number, ...numbers: number[]): Uint8Array =>
      bytes([8, 1], [4, 1], [4, model], [8, size], [8, 8], ...numbers.map(real));
    for (const [file, message] of [
      [camera(1, 12, NaN, 10, 6, 4), /cameras.bin, camera 1: got fx NaN; expected a finite number/],
      [camera(1, 12, 11, 10, Infinity, 4), /got cx Infinity/],
      [camera(1, 0, 11, 10, 6, 4), /got a picture's width of 0/],
      [camera(7, 12, 11, 10, 6, 4, 0.9), /got the camera model FOV, which is not supported; expected one of/],
      [camera(10, 12), /THIN_PRISM_FISHEYE, which is not supported/],
      [camera(99, 12), /got the camera model 99, which is not known/],
    ] as const) {
      expect(String(await refusal({ 'sparse/0/cameras.bin': file }))).toMatch(message);
    }
  });

  it('in points are left out, and told', async () => {
    const point = (x: number): Uint8Array =>
      Buffer.concat([bytes([8, 1], real(x), real(0), real(0)), Buffer.of(9, 9, 9), bytes(real(0.5), [8, 0])]);
    const points = Buffer.concat([bytes([8, 2]), point(1), point(NaN)]);
    const { warnings } = await loadScene(await scene(colmapBinary(), { 'sparse/0/points3D.bin': points }));
    expect(warnings).toEqual(['1 of 2 points are not finite, and left out']);
  });
});
