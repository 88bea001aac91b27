// Broken scenes end in an error that names the file, what was got and what was expected.
import { describe, expect, it } from 'vitest';
import { EvosError } from '../../../src/core/errors.js';
import { loadScene } from '../../../src/nerf/files/load.js';
import {
  colmapBinary,
  colmapText,
  emptyFolder,
  npy,
  photographs,
  png,
  posesBounds,
  transforms,
  transformsFolder,
  writeAll,
  type Frame,
} from './scene-folders.js';

async function refusal(folder: string): Promise<string> {
  const error: unknown = await loadScene(folder).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EvosError);
  expect((error as EvosError).code).toBe('input');
  expect((error as EvosError).message).toContain(folder);
  return (error as EvosError).message;
}

const first =
  (change: (frame: Frame) => void) =>
  (frame: Frame, i: number): void => {
    if (i === 0) change(frame);
  };
const matrix = (row: number, column: number, value: unknown) =>
  first((frame) => ((frame.transform_matrix as unknown[][])[row]![column] = value));

describe('a transforms.json', () => {
  it.each<[string, string, RegExp]>([
    ['empty', '', /transforms.json: the file is empty/],
    [
      'cut short',
      transforms().slice(0, 300),
      /not valid JSON \(.+\); expected a transforms.json with frames/,
    ],
    ['a list', '[1]', /got \[1\]; expected an object/],
    ['without frames', '{"fl_x": 3}', /got no frames; expected a transforms.json/],
    ['with no frames', '{"frames": []}', /got no frames/],
    ['whose frames are text', '{"frames": "x"}', /got frames = "x"; expected a list/],
    ['with a frame that is none', '{"frames": [3]}', /frame 1: got 3; expected an object/],
    [
      'that says NaN',
      transforms().replace('0.01', 'NaN'),
      /holds NaN, which JSON has no word for; expected finite/,
    ],
    [
      'with a huge number',
      transforms().replace('0.01', '1e999'),
      /got k1 = Infinity; expected a finite number/,
    ],
  ])('%s', async (_, text, message) => {
    const folder = writeAll(emptyFolder(), { 'transforms.json': text, ...(await photographs()) });
    expect(await refusal(folder)).toMatch(message);
  });

  it.each<[string, Record<string, unknown>, ReturnType<typeof first> | undefined, RegExp]>([
    [
      'a singular pose',
      {},
      first(
        (f) =>
          (f.transform_matrix = [
            [1, 0, 0, 0],
            [0, 1, 0, 0],
            [0, 1, 0, 0],
            [0, 0, 0, 1],
          ]),
      ),
      /frame 1 \(images\/p1.png\): its transform_matrix is singular/,
    ],
    [
      'a pose of zeros',
      {},
      first(
        (f) =>
          (f.transform_matrix = [
            [0, 0, 0, 0],
            [0, 0, 0, 0],
            [0, 0, 0, 0],
            [0, 0, 0, 1],
          ]),
      ),
      /is singular/,
    ],
    [
      'a mirrored pose',
      {},
      first(
        (f) =>
          (f.transform_matrix = [
            [1, 0, 0, 0],
            [0, 1, 0, 0],
            [0, 0, -1, 0],
            [0, 0, 0, 1],
          ]),
      ),
      /is mirrored/,
    ],
    ['a pose with null', {}, matrix(1, 2, null), /holds NaN in row 2, column 3; expected finite numbers/],
    [
      'a pose of 2 rows',
      {},
      first(
        (f) =>
          (f.transform_matrix = [
            [1, 0, 0, 0],
            [0, 1, 0, 0],
          ]),
      ),
      /2 rows; expected 4 rows of 4/,
    ],
    [
      'a row of 3',
      {},
      first((f) => (f.transform_matrix = [[1, 0, 0], [], [], []])),
      /row 1 is not 4 numbers/,
    ],
    ['no pose', {}, first((f) => delete f.transform_matrix), /got no transform_matrix/],
    ['a transposed pose', {}, matrix(3, 0, 5), /ends in a row other than 0 0 0 1/],
    ['no file_path', {}, first((f) => delete f.file_path), /frame 1: got no file_path/],
    [
      'a path upwards',
      {},
      first((f) => (f.file_path = '../../etc/passwd')),
      /frame 1: got the path \.\.\/\.\.\/etc\/passwd, outside the scene's folder/,
    ],
    ['an absolute path', {}, first((f) => (f.file_path = '/etc/passwd')), /outside the scene's folder/],
    [
      'a path with backslashes upwards',
      {},
      first((f) => (f.file_path = '..\\x.png')),
      /outside the scene's folder/,
    ],
    ['a mask outside', {}, first((f) => (f['mask_path'] = '../m.png')), /got the path \.\.\/m.png, outside/],
    [
      'no focal length',
      { fl_x: undefined, fl_y: undefined },
      undefined,
      /got no focal length; expected fl_x \(pixels\), camera_angle_x/,
    ],
    [
      'degrees for radians',
      { fl_x: undefined, fl_y: undefined, camera_angle_x: 40 },
      undefined,
      /camera_angle_x = 40; expected an angle in radians.*degrees go to x_fov/,
    ],
    ['a focal length of 0', { fl_x: 0 }, undefined, /focal lengths 0 and 10; expected pixels, above 0/],
    ['a focal length as text', { fl_x: '11' }, undefined, /got fl_x = "11"; expected a finite number/],
    ['a width alone', { h: undefined }, undefined, /got w without h; expected both/],
    ['a size that is not whole', { w: 12.5 }, undefined, /width of 12.5; expected whole pixels/],
    [
      'another shape',
      { w: 8, h: 12 },
      undefined,
      /p1.png: got a picture of 12×8 pixels; expected the shape of 8×12/,
    ],
    [
      'a camera model from elsewhere',
      { camera_model: 'EQUIRECTANGULAR' },
      undefined,
      /camera model EQUIRECTANGULAR, a panorama that is not supported; expected one of SIMPLE_PINHOLE/,
    ],
    [
      'an f-theta lens',
      { ftheta_p0: 1 },
      undefined,
      /got ftheta_p0, an f-theta lens, which is not supported/,
    ],
    ['a box without size', { aabb_scale: 0 }, undefined, /got aabb_scale = 0; expected a number above 0/],
  ])('with %s', async (_, top, mend, message) => {
    expect(await refusal(await transformsFolder(top, mend))).toMatch(message);
  });

  it('without photographs, or with too few', async () => {
    const none = writeAll(emptyFolder(), { 'transforms.json': transforms() });
    expect(await refusal(none)).toMatch(
      /got no photographs; not there: images\/p1.png, .+ and 4 more; expected at least 3 of the 9/,
    );
    const two = writeAll(emptyFolder(), { 'transforms.json': transforms(), ...(await photographs(2)) });
    expect(await refusal(two)).toMatch(/got 2 of 9 photographs; .+ expected at least 3/);
  });

  it('with photographs that are none, or masks of another shape', async () => {
    const folder = writeAll(await transformsFolder(), { 'images/p2.png': 'no picture' });
    expect(await refusal(folder)).toMatch(/p2.png: not a readable image \(.+\); expected a photograph/);
    const masked = await transformsFolder(
      {},
      first((frame) => (frame['mask_path'] = 'm.png')),
    );
    writeAll(masked, { 'm.png': await png(12, 12) });
    expect(await refusal(masked)).toMatch(
      /m.png: got a mask of 12×12 pixels; expected the shape of its photograph, 12×8/,
    );
  });
});

describe('poses_bounds.npy', () => {
  it.each<[string, Uint8Array | string, RegExp]>([
    ['no array', 'hello, I am no array', /not a .npy file/],
    [
      'cut short',
      posesBounds().subarray(0, 700),
      /got 572 bytes of numbers; expected 1224 for the shape \(9, 17\)/,
    ],
    [
      'of another shape',
      npy('(2, 3)', [1, 2, 3, 4, 5, 6]),
      /shape \(2, 3\); expected poses_bounds.npy with N rows of 17/,
    ],
    ['with NaN', posesBounds(9, NaN), /row 1, number 16 is NaN; expected finite/],
    ['with a near of 0', posesBounds(9, 0), /depths from 0 to 4.5; expected 0 < near < far/],
    ['with fewer poses', posesBounds(8), /got 8 poses for the 9 photographs/],
  ])('%s', async (_, bytes, message) => {
    const folder = writeAll(emptyFolder(), { 'poses_bounds.npy': bytes, ...(await photographs()) });
    expect(await refusal(folder)).toMatch(message);
  });

  it('without photographs', async () => {
    expect(await refusal(writeAll(emptyFolder(), { 'poses_bounds.npy': posesBounds() }))).toMatch(
      /got no folder of photographs; expected images, images_2/,
    );
  });
});

describe("COLMAP's models", () => {
  it.each<[string, Record<string, string | Uint8Array>, RegExp]>([
    [
      'a model that is not supported',
      colmapText('1 FOV 12 8 11 10 6 4 0.9'),
      /line 2: got the camera model FOV, which is not supported; expected one of SIMPLE_PINHOLE.+image_undistorter/,
    ],
    [
      'too few parameters',
      colmapText('1 PINHOLE 12 8 11 10 6'),
      /got 3 parameters; expected 4 \(fx, fy, cx, cy\)/,
    ],
    [
      'a number that is none',
      colmapText('1 PINHOLE 12 8 11 ten 6 4'),
      /line 2: got “ten”; expected a finite number/,
    ],
    [
      'a camera that is missing',
      colmapText('2 PINHOLE 12 8 11 10 6 4'),
      /image 1 \(p1.png\): got the camera 1, which cameras/,
    ],
    [
      'a quaternion of zeros',
      { ...colmapText(), 'sparse/0/images.txt': '1 0 0 0 0 1 2 3 1 p1.png\n\n' },
      /got the quaternion 0 0 0 0; expected one of length 1/,
    ],
    [
      'a short line',
      { ...colmapText(), 'sparse/0/images.txt': '1 1 0 0\n' },
      /line 1: got 4 fields; expected id/,
    ],
    ['no images', { ...colmapText(), 'sparse/0/images.txt': '# none\n' }, /images.txt: got no images/],
    [
      'a name outside',
      { ...colmapText(), 'sparse/0/images.txt': '1 1 0 0 0 1 2 3 1 ../../x.png\n\n' },
      /outside the scene's folder/,
    ],
    [
      'a binary file cut short',
      { ...colmapBinary(), 'sparse/0/images.bin': colmapBinary()['sparse/0/images.bin']!.subarray(0, 200) },
      /images.bin: the file ends in the middle \(200 bytes\)/,
    ],
    [
      'a file of noise',
      { ...colmapBinary(), 'sparse/0/cameras.bin': Buffer.alloc(64, 0xfe) },
      /cameras.bin, camera \d+: got the camera model \d+/,
    ],
    [
      'one file of two',
      { 'sparse/0/cameras.txt': '1 PINHOLE 12 8 11 10 6 4' },
      /images.txt: no such file; expected a file of COLMAP's/,
    ],
  ])('%s', async (_, files, message) => {
    expect(await refusal(writeAll(emptyFolder(), { ...files, ...(await photographs()) }))).toMatch(message);
  });
});

describe('what is no scene', () => {
  it('a folder without one, a path to nothing, a file of another kind', async () => {
    expect(await refusal(emptyFolder())).toMatch(
      /got no scene; expected transforms.json, transforms_train.json/,
    );
    const folder = writeAll(emptyFolder(), { 'notes.txt': 'x' });
    expect(await refusal(`${folder}/gone`)).toMatch(/no such file or folder; expected a scene/);
    expect(await refusal(`${folder}/notes.txt`)).toMatch(/not a scene that is known by its name/);
  });
});
