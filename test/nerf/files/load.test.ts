// Every format gives the same cameras, and what files leave open is filled in as the tools do that write them.
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadScene } from '../../../src/nerf/files/load.js';
import type { PhotoScene } from '../../../src/nerf/scene.js';
import { holdOut, shrinkScene } from '../../../src/nerf/split.js';
import { referenceFile } from '../../support/reference-data.js';
import {
  bytes,
  colmapBinary,
  colmapText,
  emptyFolder,
  photographs,
  png,
  posesBounds,
  real,
  ring,
  transforms,
  transformsFolder,
  writeAll,
  type Frame,
} from './scene-folders.js';

/** Every camera of the ring, in its place, with its lens. */
function expectRing(scene: PhotoScene): void {
  expect(scene.views.map(({ name }) => path.basename(name))).toEqual(ring.map((_, i) => `p${i + 1}.png`));
  scene.views.forEach(({ pose }, i) => {
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 4; column++) {
        expect(pose[4 * column + row], `view ${i}`).toBeCloseTo(ring[i]![row]![column]!, 12);
      }
    }
    expect([pose[3], pose[7], pose[11], pose[15]]).toEqual([0, 0, 0, 1]);
  });
}

const lens = {
  model: 'opencv',
  width: 12,
  height: 8,
  fx: 11,
  fy: 10,
  cx: 6.25,
  cy: 3.5,
  k1: 0.01,
  p1: -0.002,
  p2: 0,
};

describe('the same cameras', () => {
  it('as transforms.json', async () => {
    const scene = await loadScene(await transformsFolder());
    expect(scene).toMatchObject({
      format: 'transforms',
      listed: 9,
      missing: [],
      warnings: [],
      hasAlpha: false,
    });
    expectRing(scene);
    for (const view of scene.views) expect(view.intrinsics).toMatchObject(lens);
    expect(path.isAbsolute(scene.views[0]!.file!)).toBe(true);
  });

  it("as COLMAP's text and binary, the model named or its scene", async () => {
    for (const [format, files] of [
      ['colmap-text', colmapText()],
      ['colmap-binary', colmapBinary()],
    ] as const) {
      const folder = writeAll(emptyFolder(), { ...files, ...(await photographs()) });
      // The model named by itself is the same scene.
      for (const named of [folder, path.join(folder, 'sparse', '0')]) {
        const scene = await loadScene(named);
        expect(scene).toMatchObject({ format, folder, warnings: [] });
        expectRing(scene);
        expect(scene.views[0]!.intrinsics).toMatchObject(lens);
        expect(scene.up[2]).toBeCloseTo(1, 12);
      }
    }
  });

  it('as poses_bounds.npy', async () => {
    const folder = writeAll(emptyFolder(), { 'poses_bounds.npy': posesBounds(), ...(await photographs()) });
    const scene = await loadScene(folder);
    expect(scene).toMatchObject({ format: 'llff', warnings: [], unbounded: false });
    expectRing(scene);
    expect(scene.views[0]!.intrinsics).toMatchObject({ model: 'pinhole', fx: 11, fy: 11, cx: 6, cy: 4 });
    expect(scene.near).toBeCloseTo(1.35, 12);
    // Depth 4.5 at the corner (6, 4) of a lens of focal length 11.
    expect(scene.far).toBeCloseTo((4.5 * Math.hypot(6, 4, 11)) / 11, 12);
  });

  // Worked by hand: without rotation, t = (1, 2, 3) puts the camera at −t, and OpenCV's camera looks along +z, y down.
  it('of COLMAP without rotation looks along +z, upside down', async () => {
    const lines = [1, 2, 3].map((id) => `${id} 1 0 0 0 1 2 3 7 p${id}.png\n\n`).join('');
    const folder = writeAll(emptyFolder(), {
      'sparse/cameras.txt': '7 SIMPLE_RADIAL 12 8 9 6 4 0.1',
      'sparse/images.txt': lines,
      ...(await photographs(3)),
    });
    const { views, warnings } = await loadScene(folder);
    expect([...views[0]!.pose]).toEqual([1, 0, 0, 0, 0, -1, 0, 0, 0, 0, -1, 0, -1, -2, -3, 1]);
    expect(views[0]!.intrinsics).toMatchObject({ model: 'opencv', fx: 9, fy: 9, k1: 0.1, k2: 0 });
    expect(warnings).toEqual([expect.stringMatching(/^all cameras stand at one place/)]);
  });
});

describe('transforms.json', () => {
  const focal = async (top: object, mend?: (frame: Frame, i: number) => void) => {
    const scene = await loadScene(await transformsFolder({ fl_x: undefined, fl_y: undefined, ...top }, mend));
    return scene.views.map(({ intrinsics: { fx, fy } }) => [fx, fy]);
  };

  it('takes focal lengths from pixels, else radians, else degrees, per axis or from the other', async () => {
    const half = 6 / Math.tan(0.35);
    expect((await focal({ fl_x: 20, camera_angle_x: 0.7 }))[0]).toEqual([20, 20]);
    expect((await focal({ camera_angle_x: 0.7, x_fov: 20 }))[0]).toEqual([half, half]);
    expect((await focal({ camera_angle_x: 0.7, fl_y: 15 }))[0]).toEqual([half, 15]);
    expect((await focal({ y_fov: 90 }))[0]![1]).toBeCloseTo(4, 12);
    const own = await focal({ fl_x: 20 }, (frame, i) => {
      if (i === 1) frame['camera_angle_x'] = 0.7;
    });
    expect(own.slice(0, 2)).toEqual([
      [20, 20],
      [half, half],
    ]);
  });

  it('has frames with cameras of their own, and sizes that differ', async () => {
    const folder = writeAll(
      await transformsFolder({}, (frame, i) => {
        if (i === 3) Object.assign(frame, { w: 6, h: 10, fl_x: 7, cx: 3, k1: 0, p1: 0 });
      }),
      { 'images/p4.png': await png(6, 10) },
    );
    const { views, warnings } = await loadScene(folder);
    expect(warnings).toEqual([]);
    expect(views[3]!.intrinsics).toMatchObject({
      model: 'pinhole',
      width: 6,
      height: 10,
      fx: 7,
      fy: 7,
      cx: 3,
    });
    expect(views[2]!.intrinsics).toMatchObject({ model: 'opencv', width: 12, height: 8 });
  });

  it('names lenses as nerfstudio and instant-ngp do', async () => {
    const k = { k1: 0.01, p1: 0, k4: 0.002 };
    for (const top of [
      { camera_model: 'OPENCV_FISHEYE', ...k },
      { is_fisheye: true, ...k },
    ]) {
      const { views } = await loadScene(await transformsFolder(top));
      expect(views[0]!.intrinsics).toMatchObject({ model: 'opencv-fisheye', k1: 0.01, k4: 0.002 });
    }
  });

  it('takes the size of the photographs where it states none', async () => {
    const { views } = await loadScene(await transformsFolder({ w: undefined, h: undefined, cx: undefined }));
    expect(views[0]!.intrinsics).toMatchObject({ width: 12, height: 8, cx: 6, cy: 3.5 });
  });

  it('of larger photographs has its cameras scaled, with a word about it', async () => {
    const { views, warnings } = await loadScene(
      await transformsFolder({ w: 24, h: 16, fl_x: 22, fl_y: 20, cx: 12.5, cy: 7 }),
    );
    expect(views[0]!.intrinsics).toMatchObject(lens);
    expect(warnings).toEqual([expect.stringMatching(/^9 photographs are not of the size/)]);
  });

  it('goes on without photographs that are missing, and names and counts them', async () => {
    const folder = writeAll(emptyFolder(), { 'transforms.json': transforms(), ...(await photographs(7)) });
    const scene = await loadScene(folder);
    expect(scene).toMatchObject({ listed: 9, missing: ['images/p8.png', 'images/p9.png'] });
    expect(scene.views).toHaveLength(7);
    expect(scene.warnings).toEqual(['2 of 9 photographs are missing: images/p8.png, images/p9.png']);
  });

  it('has masks of both meanings, found or not', async () => {
    const folder = await transformsFolder({}, (frame, i) => {
      if (i === 0) frame['mask_path'] = 'masks/one.png';
      if (i === 1) frame['mask_path'] = 'masks/gone.png';
    });
    const mask = await png(12, 8, { r: 0, g: 0, b: 0 });
    const file = (...names: string[]): string => path.join(folder, ...names);
    writeAll(folder, { 'masks/one.png': mask, 'images/dynamic_mask_p3.png': mask });
    const { views, warnings } = await loadScene(folder);
    expect(views[0]!.mask).toEqual({ file: file('masks', 'one.png'), ignore: 'black' });
    expect(views[1]!.mask).toBeUndefined();
    expect(views[2]!.mask).toEqual({ file: file('images', 'dynamic_mask_p3.png'), ignore: 'white' });
    expect(warnings).toEqual(['1 masks are missing; all pixels of their photographs count']);
  });

  it('says which photographs are for what, as nerfstudio lists them', async () => {
    const scene = await loadScene(
      await transformsFolder({
        train_filenames: ['./images/p1.png', 'images/p2.png'],
        test_filenames: ['images/p5.png'],
      }),
    );
    expect(scene.views.map(({ split }) => split)).toEqual([
      ...['train', 'train', undefined, undefined, 'test'],
      ...new Array<undefined>(4).fill(undefined),
    ]);
    expect(holdOut(scene)).toMatchObject({ by: 'files', test: Uint32Array.of(4) });
    expect(holdOut(scene).train).toHaveLength(8);
  });

  it('has the box of instant-ngp: aabb_scale 4 in its unit cube, which a world unit is 0.33 of', async () => {
    const scene = await loadScene(await transformsFolder({ aabb_scale: 4 }));
    expect(scene.bounds.max[0]).toBeCloseTo(2 / 0.33, 12);
    expect(scene.near).toBeCloseTo(0.1 / 0.33, 12);
    const moved = await loadScene(await transformsFolder({ aabb_scale: 1, scale: 0.5, offset: [0.5, 0, 1] }));
    expect(moved.bounds).toEqual({ min: [-1, 0, -2], max: [1, 2, 0] });
  });
});

describe('the extent', () => {
  it('of a capture is the cube around what the cameras look at', async () => {
    const scene = await loadScene(await transformsFolder());
    [0.2, -0.1, 0.4].forEach((value, axis) => {
      expect(scene.focus[axis]).toBeCloseTo(value, 10);
      expect(scene.bounds.min[axis]).toBeCloseTo(value - 3, 10);
      expect(scene.bounds.max[axis]).toBeCloseTo(value + 3, 10);
    });
    expect(scene).toMatchObject({ unbounded: true, up: [0, 0, 1] });
    expect(scene.radius).toBeCloseTo(3, 10);
    expect(scene.near).toBeCloseTo(0.15, 10);
    // No box of half side 3 has a corner farther away than that.
    expect(scene.far).toBeGreaterThan(3);
    expect(scene.far).toBeLessThan(3 + 3 * Math.sqrt(3));
  });

  it('is a guess with a warning where cameras look side by side', async () => {
    const aside = (frame: Frame, i: number): void => {
      frame.transform_matrix = [
        [1, 0, 0, i],
        [0, 1, 0, 0],
        [0, 0, 1, 0],
        [0, 0, 0, 1],
      ];
    };
    const { warnings, bounds, focus } = await loadScene(await transformsFolder({}, aside));
    expect(warnings).toEqual([expect.stringMatching(/^the cameras look side by side or outwards/)]);
    expect(bounds.max).toEqual([44, 40, 40]);
    expect(focus).toEqual([4, 0, -20]);
  });

  it('of COLMAP follows its points, but not the odd ones', async () => {
    const points = Array.from({ length: 200 }, (_, i) => {
      // A square in the plane z = 0.4, and one point that was triangulated badly.
      const [x, y, z] = i === 7 ? [900, -900, 900] : [(i % 20) / 10 - 1, Math.floor(i / 20) / 5 - 1, 0.4];
      return { id: i, at: [x, y, z] as const };
    });
    const text = points.map(({ id, at }) => `${id} ${at.join(' ')} 9 9 9 0.5 1 0 2 0`).join('\n');
    const binary = points.map(({ id, at }) =>
      Buffer.concat([
        bytes([8, id], ...at.map(real)),
        Buffer.of(9, 9, 9),
        bytes(real(0.5), [8, 2], [4, 1], [4, 0], [4, 2], [4, 0]),
      ]),
    );
    const scenes = [];
    for (const files of [
      { ...colmapText(), 'sparse/0/points3D.txt': `# 3D points\n${text}\n` },
      { ...colmapBinary(), 'sparse/0/points3D.bin': Buffer.concat([bytes([8, 200]), ...binary]) },
    ]) {
      scenes.push(await loadScene(writeAll(emptyFolder(), { ...files, ...(await photographs()) })));
    }
    const [scene, other] = scenes as [PhotoScene, PhotoScene];
    expect({ ...other, folder: '', format: '', views: [] }).toEqual({
      ...scene,
      folder: '',
      format: '',
      views: [],
    });
    expect(scene.source).toBe('200 points that were triangulated');
    expect(scene.bounds.min[0]).toBeLessThan(-1);
    expect(scene.bounds.max[0]).toBeLessThan(1.3);
    expect(scene.bounds.max[2]).toBeCloseTo(0.4, 12);
    expect(scene.near).toBeGreaterThan(1);
  });
});

describe('holdOut and shrinkScene', () => {
  it('hold out every eighth by name, digits by value', async () => {
    const scene = await loadScene(await transformsFolder());
    expect(holdOut(scene)).toMatchObject({ by: 'every', test: Uint32Array.of(0, 8) });
    expect(holdOut(scene, 4).test).toEqual(Uint32Array.of(0, 4, 8));
    expect(() => holdOut(scene, 1)).toThrow(/every = 1; expected a whole number of at least 2/);
    expect(() => holdOut({ views: scene.views.slice(0, 1) })).toThrow(
      /0 photographs to train on and 1 to measure/,
    );
  });

  it('shrink cameras with their photographs', async () => {
    const scene = shrinkScene(await loadScene(await transformsFolder()), 2);
    expect(scene.views[0]!.intrinsics).toMatchObject({
      width: 6,
      height: 4,
      fx: 5.5,
      fy: 5,
      cx: 3.125,
      cy: 1.75,
      k1: 0.01,
    });
    expect(() => shrinkScene(scene, 0.5)).toThrow(/factor of 0.5; expected at least 1/);
    expect(() => shrinkScene(scene, 100)).toThrow(/6×4 pixels; expected less/);
  });
});

const lego = referenceFile('data/nerf/lego');
const fox = referenceFile('data/nerf/fox');

describe('scenes that others took', () => {
  it.skipIf(lego === undefined)('lego: a Blender set of 90 + 10', async () => {
    const scene = await loadScene(lego!);
    expect(scene).toMatchObject({
      format: 'blender',
      hasAlpha: true,
      near: 2,
      far: 6,
      warnings: [],
      unbounded: false,
    });
    expect(holdOut(scene).train).toHaveLength(90);
    expect(holdOut(scene).test).toHaveLength(10);
    expect(scene.views[0]!.intrinsics).toMatchObject({ width: 200, height: 200 });
    expect(Math.hypot(...scene.focus)).toBeLessThan(1e-4);
  });

  it.skipIf(fox === undefined)('fox: a capture with 17 photographs missing', async () => {
    const scene = await loadScene(fox!);
    expect(scene.missing).toHaveLength(17);
    expect(scene.warnings).toEqual([
      expect.stringMatching(/^17 of 67 photographs are missing: images\/0005.jpg, /),
    ]);
    expect(scene.views).toHaveLength(50);
    expect(scene.views[0]!.intrinsics).toMatchObject({ model: 'opencv', fx: 343.88, k2: -0.0805099 });
    expect(holdOut(scene).test).toHaveLength(7);
  });
});
