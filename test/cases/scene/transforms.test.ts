// What people's transforms.json say, and what became of it: one test for each report.
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { loadScene } from '../../../src/nerf/files/load.js';
import { createRayPool, holdOut, pixelDirection, type PhotoScene } from '../../../src/nerf/index.js';
import {
  photoName,
  png,
  pngOf,
  ring,
  transforms,
  transformsFolder,
  writeAll,
  type Frame,
} from '../../nerf/files/scene-folders.js';

const refusal = (folder: string, options: object = {}): Promise<string> =>
  loadScene(folder, options).then(
    () => 'no error',
    (error: unknown) => String(error),
  );

/** The first pixel's ray, in the camera's axes. */
function firstRay({ views }: PhotoScene): number[] {
  const direction = new Float64Array(3);
  pixelDirection(views[0]!.intrinsics, 0.5, 0.5, direction);
  return [...direction];
}

/** How many pixels of a pool's first view count. */
async function kept(folder: string): Promise<number> {
  const pool = createRayPool(await loadScene(folder), { views: [0] });
  await pool.load();
  return Array.from({ length: pool.size }, (_, ray) => ray).filter((ray) => !pool.excluded!(ray)).length;
}

describe('distortion_params', () => {
  it('are the coefficients k1 k2 k3 k4 p1 p2, in the file or in its frames', async () => {
    const none = { k1: undefined, p1: undefined };
    const list = [-0.2, 0.05, 0, 0, 0.001, -0.002];
    const named = await loadScene(await transformsFolder({ k1: -0.2, k2: 0.05, p1: 0.001, p2: -0.002 }));
    const top = await loadScene(await transformsFolder({ ...none, distortion_params: list }));
    const inFrames = await transformsFolder(none, (frame) => (frame['distortion_params'] = list));
    expect(firstRay(top)).toEqual(firstRay(named));
    expect(firstRay(await loadScene(inFrames))).toEqual(firstRay(named));
    expect(named.views[0]!.intrinsics).toMatchObject({ k1: -0.2, k2: 0.05, k4: 0, p1: 0.001, p2: -0.002 });
    expect(await refusal(await transformsFolder({ distortion_params: [0, 1, 2, 3, 4, 5, 6] }))).toMatch(
      /got distortion_params = \[0,1,2,3,4,5,6\]; expected up to 6 numbers \(k1, k2, k3, k4, p1, p2\)/,
    );
  });
});

describe('lenses and panoramas that are not supported', () => {
  it.each<[object, RegExp]>([
    [{ latlong: true }, /got latlong, a panorama .+, which is not supported/],
    [{ equirectangular: true }, /got equirectangular, an equirectangular panorama, which is not supported/],
    [{ orthographic: true }, /got orthographic, an orthographic camera, which is not supported/],
    [{ normal_mts_args: [] }, /got normal_mts_args, Mitsuba's axes, which is not supported/],
    [{ camera_model: 'EQUIRECTANGULAR' }, /camera model EQUIRECTANGULAR, a panorama that is not supported/],
    [{ camera_model: 'equirectangular' }, /camera model equirectangular, a panorama that is not supported/],
    [{ camera_type: 'Spherical' }, /camera type Spherical, a panorama that is not supported/],
    [{ camera_model: 'VR180_L' }, /camera model VR180_L, a panorama that is not supported/],
    [{ camera_model: 'OMNIDIRECTIONALSTEREO_R' }, /a panorama that is not supported/],
    [{ camera_model: 'ORTHOPHOTO' }, /camera model ORTHOPHOTO, an orthographic camera that is not supported/],
    [{ camera_model: 'FISHEYE624' }, /camera model FISHEYE624, a lens that is not supported/],
    [{ camera_model: 'CAHVOR' }, /got the camera model CAHVOR; expected one of SIMPLE_PINHOLE/],
    [
      { camera_model: 'OPENCV', is_fisheye: true },
      /is_fisheye and the camera model OPENCV, which contradict/,
    ],
  ])('are refused by name: %j', async (top, message) => {
    expect(await refusal(await transformsFolder(top as Record<string, unknown>))).toMatch(message);
  });

  it('are not those that are only spelt differently, or switched off', async () => {
    for (const [named, model] of [
      ['opencv', 'opencv'],
      ['OpenCV', 'opencv'],
      ['perspective', 'opencv'],
      ['OpenCVFisheye', 'opencv-fisheye'],
      ['opencv fisheye', 'opencv-fisheye'],
    ]) {
      const { views } = await loadScene(await transformsFolder({ camera_model: named, p1: 0 }));
      expect(views[0]!.intrinsics.model, named).toBe(model);
    }
    const off = await loadScene(await transformsFolder({ latlong: false, equirectangular: false }));
    expect(off.views).toHaveLength(9);
  });
});

describe("nerfstudio's lists of photographs", () => {
  const last = [5, 6, 7, 8];
  const first = [0, 1, 2, 3, 4];
  const listsOf = (name: (i: number) => string) => ({
    train_filenames: first.map(name),
    test_filenames: last.map(name),
  });
  const heldOut = async (...args: Parameters<typeof transforms>) =>
    holdOut(await loadScene(await transformsFolder(...args)));

  it('hold with backslashes, with ./ before them, and without extensions on either side', async () => {
    const expected = { by: 'files', train: Uint32Array.from(first), test: Uint32Array.from(last) };
    expect(await heldOut(listsOf((i) => `images\\${photoName(i)}`))).toEqual(expected);
    expect(await heldOut(listsOf((i) => `./images/${photoName(i)}`))).toEqual(expected);
    const bare = (i: number): string => `images/${path.parse(photoName(i)).name}`;
    expect(await heldOut(listsOf(bare))).toEqual(expected);
    const frames = (frame: Frame, i: number): void => void (frame.file_path = bare(i));
    expect(
      await heldOut(
        listsOf((i) => `images/${photoName(i)}`),
        frames,
      ),
    ).toEqual(expected);
  });

  it('are told where they name nothing to hold out, or photographs that no frame has', async () => {
    const all = [...first, ...last].map((i) => `images/${photoName(i)}`);
    const only = await loadScene(await transformsFolder({ train_filenames: all.slice(0, 5) }));
    expect(only.warnings).toEqual([
      'transforms.json has train_filenames, but none for test or val: which are held out goes by their names',
      '4 of 9 photographs are in no list of transforms.json (train_filenames); they count as if there were none',
    ]);
    const odd = await loadScene(
      await transformsFolder({
        train_filenames: all.slice(0, 8),
        test_filenames: ['images/gone.png', all[8]],
      }),
    );
    expect(odd.warnings).toEqual([
      'train_filenames and test_filenames of transforms.json name photographs that no frame has: images/gone.png',
    ]);
    expect(holdOut(odd)).toMatchObject({ by: 'files', test: Uint32Array.of(8) });
  });
});

describe('a last row that is rounded', () => {
  it.each([[[0, 0, 0, 1.0000000000000002]], [[1e-17, 0, -2e-17, 1]]])('%j loads', async (row) => {
    const { views } = await loadScene(
      await transformsFolder({}, (frame) => ((frame.transform_matrix as number[][])[3] = row)),
    );
    expect(views).toHaveLength(9);
    expect([3, 7, 11, 15].map((at) => views[0]!.pose[at])).toEqual([0, 0, 0, 1]);
  });
});

describe('masks', () => {
  /** Twelve of 96 pixels are to count. */
  const counts = (i: number): boolean => i % 8 === 0;
  const all = Array.from({ length: 96 }, (_, i) => counts(i));
  const withMask = async (name: string, mask: Uint8Array): Promise<string> => {
    const folder = await transformsFolder({}, (frame, i) => {
      if (i === 0) frame['mask_path'] = `masks\\${name}`;
    });
    return writeAll(folder, { [`masks/${name}`]: mask });
  };

  it('of one channel, of three, and of white whose alpha leaves pixels out', async () => {
    const grey = await pngOf(
      12,
      8,
      1,
      all.map((one) => (one ? 1 : 0)),
    );
    const colours = await pngOf(
      12,
      8,
      3,
      all.flatMap((one) => [0, 0, one ? 9 : 0]),
    );
    const alpha = await pngOf(
      12,
      8,
      4,
      all.flatMap((one) => [255, 255, 255, one ? 255 : 0]),
    );
    for (const mask of [grey, colours, alpha]) expect(await kept(await withMask('m.png', mask))).toBe(12);
  });

  it('of 16 bits, where 1 keeps', async () => {
    const deep = Uint16Array.from(all, (one) => (one ? 1 : 0));
    const mask = await sharp(deep, { raw: { width: 12, height: 8, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    expect((await sharp(mask).metadata()).depth).toBe('ushort');
    expect(await kept(await withMask('m.png', mask))).toBe(12);
  });

  it('of JPEG, whose black is not quite black', async () => {
    const halves = Uint8Array.from({ length: 96 }, (_, i) => (i % 12 < 6 ? 255 : 0));
    const mask = await sharp(halves, { raw: { width: 12, height: 8, channels: 1 } })
      .jpeg({ quality: 30 })
      .toBuffer();
    expect(await kept(await withMask('m.jpg', mask))).toBe(48);
  });
});

describe('the folder of photographs', () => {
  it('that was asked for takes the place of the first in the paths, and must be there', async () => {
    const folder = await transformsFolder();
    const small = await png(6, 4);
    writeAll(folder, Object.fromEntries(ring.map((_, i) => [`images_2/${photoName(i)}`, small])));
    const { views, warnings } = await loadScene(folder, { images: 'images_2' });
    expect(views.map(({ name }) => name)).toContain('images_2/p1.png');
    expect(views[0]!.intrinsics).toMatchObject({ width: 6, height: 4, fx: 5.5 });
    expect(warnings).toEqual([expect.stringMatching(/^9 photographs are not of the size/)]);
    expect(await refusal(folder, { images: 'nope' })).toMatch(
      /nope: no such folder; expected the folder of the photo/,
    );
    const split = writeAll(folder, { 'transforms_train.json': transforms() });
    expect(await refusal(split, { images: 'images' })).toMatch(/got images images for files that name/);
  });
});

describe("instant-ngp's fields", () => {
  it('aabb is the box, a cube of its longest side times aabb_scale', async () => {
    const close = (values: readonly number[], expected: readonly number[]): void =>
      values.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 12));
    const cube = await loadScene(
      await transformsFolder({
        aabb: [
          [-2, -3, -1],
          [2, 1, 3],
        ],
      }),
    );
    close(cube.bounds.min, [-2, -3, -1]);
    close(cube.bounds.max, [2, 1, 3]);
    expect(cube.near).toBeCloseTo(0.4, 12);
    const flat = await loadScene(
      await transformsFolder({
        aabb: [
          [0, 0, 0],
          [4, 2, 2],
        ],
        aabb_scale: 2,
      }),
    );
    close(flat.bounds.min, [-2, -3, -3]);
    close(flat.bounds.max, [6, 5, 5]);
    for (const aabb of [
      [1, 2],
      [[0, 0, 0]],
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
      [
        [0, 0, 'x'],
        [1, 1, 1],
      ],
    ]) {
      expect(await refusal(await transformsFolder({ aabb })), JSON.stringify(aabb)).toMatch(
        /transforms.json: got aabb = /,
      );
    }
  });

  it('offset may be one number, the same three times', async () => {
    const box = { aabb_scale: 2, scale: 0.5 };
    const one = await loadScene(await transformsFolder({ ...box, offset: 0.25 }));
    const three = await loadScene(await transformsFolder({ ...box, offset: [0.25, 0.25, 0.25] }));
    expect(one.bounds).toEqual(three.bounds);
  });

  it('black_transparent and white_transparent make those pixels transparent', async () => {
    const picture = await pngOf(2, 1, 3, [0, 0, 0, 255, 255, 255]);
    const pictures = Object.fromEntries(ring.map((_, i) => [`images/${photoName(i)}`, picture]));
    const shown = async (top: object): Promise<[boolean, number[]]> => {
      const folder = writeAll(await transformsFolder({ w: 2, h: 1, cx: 1, cy: 0.5, ...top }), pictures);
      const scene = await loadScene(folder);
      const pool = createRayPool(scene, { views: [0], background: [1, 0, 0] });
      await pool.load();
      return [scene.hasAlpha, [...pool.picture(0)]];
    };
    expect(await shown({})).toEqual([false, [0, 0, 0, 255, 255, 255]]);
    expect(await shown({ black_transparent: true })).toEqual([true, [255, 0, 0, 255, 255, 255]]);
    expect(await shown({ white_transparent: true })).toEqual([true, [0, 0, 0, 255, 0, 0]]);
  });

  it('transform_matrix_start is the pose, and cameras that move are told', async () => {
    const higher =
      (by: number) =>
      (frame: Frame): void => {
        const rows = (frame.transform_matrix as number[][]).map((row) => [...row]);
        rows[2]![3]! += 1;
        frame['transform_matrix_start'] = rows;
        const end = rows.map((row) => [...row]);
        end[2]![3]! += by;
        frame['transform_matrix_end'] = end;
      };
    const scene = await loadScene(await transformsFolder({}, higher(0)));
    expect(scene.views[0]!.pose[14]).toBeCloseTo(ring[0]![2]![3]! + 1, 12);
    expect(scene.warnings).toEqual([
      expect.stringMatching(/^transforms.json has 9 frames whose transform_matrix_start is not/),
    ]);
    const moving = await loadScene(await transformsFolder({ rolling_shutter: [0, 0, 1, 0] }, higher(0.5)));
    expect(moving.warnings).toEqual([
      'transforms.json states a rolling shutter, which is not supported and left out',
      'transforms.json has 9 cameras that move, which is not supported; they stand where they start',
      expect.stringMatching(/transform_matrix_start/),
    ]);
  });
});

describe('fields that are not read', () => {
  it('are told where they change what a scene is, or are not known, and else passed over', async () => {
    const { warnings } = await loadScene(
      await transformsFolder(
        {
          applied_transform: [],
          ply_file_path: 'x.ply',
          sharpen: 1,
          envmap: 'sky.png',
          n_frames: 4,
          wobble: 3,
        },
        (frame, i) =>
          Object.assign(frame, { colmap_im_id: i, sharpness: 3, depth_file_path: 'd.png', time: 0.5 }),
      ),
    );
    expect(warnings).toEqual([
      'transforms.json has sharpen, which is left out: photographs are not sharpened',
      'transforms.json has envmap, which is left out: there is no environment map',
      'transforms.json has depth_file_path, which is left out: depth maps are not used',
      'transforms.json has time, which is left out: what moves is taken to stand still',
      'transforms.json has fields that are not known here, and left out: wobble',
      'transforms.json has n_frames 4, which is left out: all 9 frames are taken',
    ]);
  });
});

describe('what lies beside photographs', () => {
  it('is told where instant-ngp reads it', async () => {
    const folder = writeAll(await transformsFolder(), {
      'images/p1.png.alpha.png': await png(12, 8),
      'images/rays_p2.dat': 'x',
    });
    expect((await loadScene(folder)).warnings).toEqual([
      '1 photographs have alpha in a file of its own (NAME.alpha), which is not used; put it into the photographs',
      '1 photographs have rays of their own (rays_NAME.dat), which are not used',
    ]);
  });

  it('in a format that is not supported, is called so', async () => {
    const folder = await transformsFolder({}, (frame, i) => {
      if (i === 0) frame.file_path = 'images/p1.exr';
    });
    writeAll(folder, { 'images/p1.exr': Buffer.from([0x76, 0x2f, 0x31, 0x01, 2, 0, 0, 0]) });
    expect(await refusal(folder)).toMatch(/p1.exr: EXR is not supported; expected a photograph as PNG/);
  });
});
