// Paths round scenes: they look at what the photographs look at, stay where photographs were taken, and close. And paths
// from files, with what is wrong with them.
import { describe, expect, it } from 'vitest';
import { ArgumentError, InputError } from '../../../src/core/index.js';
import { projectPoint } from '../../../src/nerf/cameras/camera.js';
import { orbitPath, reframe, type PathCamera } from '../../../src/nerf/cameras/camera-path.js';
import { createIntrinsics } from '../../../src/nerf/cameras/intrinsics.js';
import { rigidPose } from '../../../src/nerf/cameras/pose.js';
import { readCameraPath } from '../../../src/nerf/files/read-camera-path.js';
import { lookAt, ring, spread } from '../../recipes/modalities/scene/field.js';

const seen = ({ intrinsics, pose }: PathCamera, point: readonly number[]): number[] => {
  const out = new Float64Array(2);
  expect(projectPoint(intrinsics, pose, point, out)).toBe(true);
  return [...out];
};

const place = (
  { pose }: PathCamera,
  focus: readonly number[],
): { azimuth: number; up: number; radius: number } => {
  const [x, y, z] = [0, 1, 2].map((axis) => pose[12 + axis]! - focus[axis]!) as [number, number, number];
  return { azimuth: Math.atan2(y, x), up: Math.atan2(z, Math.hypot(x, y)), radius: Math.hypot(x, y, z) };
};

describe('orbitPath', () => {
  it('goes once round what photographs from all sides look at, upright, as high and as far as they', () => {
    const scene = ring(spread(9, 0, 2 * Math.PI), { elevation: 0.4, radius: 3, focus: [5, -2, 1] });
    const { kind, cameras } = orbitPath(scene, { frames: 36 });
    expect(kind).toBe('circle');
    expect(cameras).toHaveLength(36);
    const places = cameras.map((camera) => place(camera, scene.focus));
    for (const [i, camera] of cameras.entries()) {
      expect(typeof rigidPose(camera.pose)).toBe('object');
      const [x, y] = seen(camera, scene.focus);
      expect([x, y]).toEqual([expect.closeTo(30, 6), expect.closeTo(20, 6)]);
      expect(places[i]!.up).toBeCloseTo(0.4, 6);
      expect(places[i]!.radius).toBeCloseTo(3, 6);
      // The horizon is level, and what is above is above.
      expect(camera.pose[2]).toBeCloseTo(0, 9);
      expect(camera.pose[6]).toBeGreaterThan(0);
      const next = places[(i + 1) % 36]!.azimuth - places[i]!.azimuth;
      expect(next - 2 * Math.PI * Math.round(next / (2 * Math.PI))).toBeCloseTo(Math.PI / 18, 6);
    }
  });

  it('stays within the directions of photographs from one side, to and fro', () => {
    const scene = ring(spread(21, -0.6, 1.0), { elevation: 0.2, radius: 4 });
    const { kind, cameras } = orbitPath(scene, { frames: 40 });
    expect(kind).toBe('arc');
    const azimuths = cameras.map((camera) => place(camera, scene.focus).azimuth);
    expect(Math.min(...azimuths)).toBeGreaterThan(-0.6);
    expect(Math.max(...azimuths)).toBeLessThan(0.95);
    expect(Math.max(...azimuths) - Math.min(...azimuths)).toBeGreaterThan(1);
    for (const [i, azimuth] of azimuths.entries()) {
      expect(Math.abs(azimuths[(i + 1) % 40]! - azimuth)).toBeLessThan(0.15);
    }
  });

  it('follows an arc over the angle at which directions wrap round', () => {
    const scene = ring(spread(15, Math.PI - 0.5, Math.PI + 0.5));
    const { cameras } = orbitPath(scene, { frames: 20 });
    for (const camera of cameras) expect(Math.abs(place(camera, scene.focus).azimuth)).toBeGreaterThan(2.6);
  });

  it('turns on the spot where photographs were taken outwards', () => {
    const scene = ring(spread(12, 0, 2 * Math.PI), { elevation: 0, radius: 1 });
    const outwards = scene.views.map((view) => {
      const at = [...view.pose.subarray(12, 15)];
      return {
        ...view,
        pose: lookAt(
          at,
          at.map((value, axis) => 2 * value - scene.focus[axis]!),
        ),
      };
    });
    const { kind, cameras } = orbitPath({ ...scene, views: outwards }, { frames: 8 });
    expect(kind).toBe('turn');
    for (const [i, { pose }] of cameras.entries()) {
      expect([...pose.subarray(12, 15)].map((value, axis) => value - scene.focus[axis]!)).toEqual(
        [0, 0, 0].map((zero) => expect.closeTo(zero, 9) as number),
      );
      const angle =
        Math.atan2(-pose[9]!, -pose[8]!) - Math.atan2(-cameras[0]!.pose[9]!, -cameras[0]!.pose[8]!);
      expect(Math.cos(angle)).toBeCloseTo(Math.cos((i * Math.PI) / 4), 6);
    }
  });

  it('takes only the views it is told, another size, and stays off the pole', () => {
    const scene = ring([0, 2, 4], { elevation: 1.55 });
    const { cameras } = orbitPath(scene, { frames: 4, width: 300 });
    for (const { intrinsics, pose } of cameras) {
      expect(intrinsics).toMatchObject({ model: 'pinhole', width: 300, height: 200, fx: 330, cx: 150 });
      expect(pose.every(Number.isFinite)).toBe(true);
      expect(place({ intrinsics, pose }, scene.focus).up).toBeCloseTo((80 / 180) * Math.PI, 6);
    }
    expect(orbitPath(ring(spread(12, 0, 2 * Math.PI)), { views: [0, 1, 2] }).kind).toBe('arc');
  });

  it('says what is wrong', () => {
    expect(() => orbitPath(ring([0]), { frames: 1 })).toThrow(
      /frames must be an integer from 2 to 100000, got 1/,
    );
    expect(() => orbitPath(ring([]))).toThrow(ArgumentError);
    expect(() => orbitPath(ring([0, 1, 2]), { width: 0.5 })).toThrow(/width of 0.5; expected whole pixels/);
  });
});

describe('reframe', () => {
  it('shows all that was shown, and more at another shape', () => {
    const lens = createIntrinsics({ width: 60, height: 40, fx: 50, fy: 55, cx: 33, cy: 19, k1: 0.1 });
    // Twice as wide: the height decides.
    expect(reframe(lens, 240, 80)).toMatchObject({ fx: 100, fy: 110, cx: 126, cy: 38, k1: 0.1, width: 240 });
    expect(reframe(lens, 60, 80)).toMatchObject({ fx: 50, fy: 55, cx: 33, cy: 39 });
  });
});

const usual = createIntrinsics({ width: 64, height: 48, fx: 70 });
/** Row by row: the camera stands at (1, 2, 3) and looks along the world's +x, z up. */
const rows = [
  [0, 0, -1, 1],
  [-1, 0, 0, 2],
  [0, 1, 0, 3],
  [0, 0, 0, 1],
];
const nerfstudio = {
  camera_type: 'perspective',
  render_height: 540,
  render_width: 960,
  fps: 24,
  seconds: 4,
  camera_path: [
    { camera_to_world: rows.flat(), fov: 90, aspect: 1.777 },
    { camera_to_world: rows.flat(), fov: 60, aspect: 1.777 },
  ],
};

describe('readCameraPath', () => {
  it('reads what nerfstudio writes: rows, a vertical angle, a size for all', () => {
    const { cameras, fps } = readCameraPath(nerfstudio, 'path.json', usual);
    expect(fps).toBe(24);
    expect(cameras).toHaveLength(2);
    // 270 = 540 / 2 / tan 45°, as get_path_from_json of nerfstudio has it.
    expect(cameras[0]!.intrinsics).toMatchObject({ width: 960, height: 540, cx: 480, cy: 270 });
    expect(cameras[0]!.intrinsics.fx).toBeCloseTo(270, 9);
    expect(cameras[1]!.intrinsics.fy).toBeCloseTo(270 * Math.sqrt(3), 9);
    expect(seen(cameras[0]!, [3, 2, 3])).toEqual([480, expect.closeTo(270, 9)]);
    // One to the left of it (+y), one up.
    expect(seen(cameras[0]!, [3, 3, 4])).toEqual([expect.closeTo(345, 9), expect.closeTo(135, 9)]);
  });

  it('reads frames as transforms.json has them, in an object or alone, with the usual lens where they state none', () => {
    const frames = [
      { transform_matrix: rows },
      { transform_matrix: rows.slice(0, 3), fl_x: 100, w: 32, h: 32 },
    ];
    for (const json of [{ frames }, frames]) {
      const { cameras, fps } = readCameraPath(json, 'path.json', usual);
      expect(fps).toBeUndefined();
      expect(cameras[0]).toEqual({ intrinsics: usual, pose: cameras[1]!.pose });
      expect(cameras[1]!.intrinsics).toMatchObject({ width: 32, height: 32, fx: 100, cx: 16 });
    }
    const top = { camera_angle_x: Math.PI / 2, w: 100, h: 50, seconds: 2, frames };
    const read = readCameraPath(top, 'path.json', usual);
    expect(read.cameras[0]!.intrinsics.fx).toBeCloseTo(50, 9);
    expect(read.fps).toBe(1);
  });

  const frame = (changes: object): object => ({
    ...nerfstudio,
    camera_path: [nerfstudio.camera_path[0], { ...nerfstudio.camera_path[1], ...changes }],
  });
  const with12 = (at: number, value: unknown): unknown[] =>
    rows.flat().map((old, i) => (i === at ? value : old));
  it.each<[string, unknown, RegExp]>([
    ['no object', 7, /^path\.json: got 7; expected an object with fields/],
    [
      'neither list',
      { poses: [] },
      /^path\.json: got neither camera_path nor frames; expected camera_path\.json as/,
    ],
    ['no cameras', { frames: [] }, /^path\.json: got no cameras; expected at least one/],
    ['a list that is none', { camera_path: 3 }, /^path\.json: got camera_path = 3; expected a list/],
    ['a frame that is none', { frames: [null] }, /^path\.json: frame 1: got null; expected an object/],
    [
      'no pose',
      frame({ camera_to_world: undefined }),
      /frame 2: got camera_to_world = undefined; expected 16 numbers/,
    ],
    [
      '15 numbers',
      frame({ camera_to_world: rows.flat().slice(1) }),
      /frame 2: got a camera_to_world of 15 numbers/,
    ],
    [
      'rows of 3',
      { frames: [{ transform_matrix: [[1, 2, 3]] }] },
      /frame 1: .* expected 4 rows of 4 numbers/,
    ],
    [
      'a text in it',
      frame({ camera_to_world: with12(3, '1') }),
      /frame 2: its camera_to_world holds NaN in row 1, column 4/,
    ],
    [
      'a null in it',
      frame({ camera_to_world: with12(0, null) }),
      /frame 2: its camera_to_world holds NaN in row 1, column 1/,
    ],
    ['a singular pose', frame({ camera_to_world: with12(2, 0) }), /frame 2: its camera_to_world is singular/],
    ['a mirrored pose', frame({ camera_to_world: with12(2, 1) }), /frame 2: its camera_to_world is mirrored/],
    ['no angle', frame({ fov: undefined }), /frame 2: got no fov; expected degrees/],
    [
      'an angle of 180',
      frame({ fov: 180 }),
      /frame 2: got fov = 180; expected degrees from top to bottom, between 0 and 180/,
    ],
    ['an infinite angle', frame({ fov: Infinity }), /frame 2: got fov = Infinity; expected a finite number/],
    ['no size', { ...nerfstudio, render_width: undefined }, /got no render_width and render_height/],
    [
      'an absurd size',
      { ...nerfstudio, render_width: 1e9 },
      /got render_width = 1000000000; expected whole pixels, from 1 to 16383/,
    ],
    ['half a pixel', { ...nerfstudio, render_height: 0.5 }, /got render_height = 0.5; expected whole pixels/],
    [
      'too many pixels',
      { ...nerfstudio, render_width: 16000, render_height: 16000 },
      /frame 1: got 16000×16000 pixels; expected at most 67108864/,
    ],
    [
      'another camera',
      { ...nerfstudio, camera_type: 'equirectangular' },
      /got camera_type equirectangular; expected perspective/,
    ],
    ['no speed', { ...nerfstudio, fps: 0 }, /got fps = 0; expected frames a second, from 0.1 to 1000/],
    ['no time', { ...nerfstudio, seconds: -1 }, /got seconds = -1; expected a time above 0/],
    [
      'a bad focal length',
      { frames: [{ transform_matrix: rows, fl_x: -3 }] },
      /frame 1: got focal lengths -3/,
    ],
    ['too many', { frames: Array(10_001).fill({}) }, /got 10001 cameras; expected at most 10000/],
  ])('%s: says so', (_, json, message) => {
    const read = (): unknown => readCameraPath(json, 'path.json', usual);
    expect(read).toThrow(InputError);
    expect(read).toThrow(message);
  });
});
