// Where things are in people's scenes, and what became of it: one test for each report.
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadScene } from '../../../src/nerf/files/load.js';
import { createRayPool, holdOut } from '../../../src/nerf/index.js';
import {
  emptyFolder,
  photoName,
  png,
  ring,
  transformsFolder,
  writeAll,
  type Frame,
} from '../../nerf/files/scene-folders.js';

const refusal = (folder: string, options: object = {}): Promise<string> =>
  loadScene(folder, options).then(
    () => 'no error',
    (error: unknown) => String(error),
  );

describe('a channel of alpha that is opaque everywhere', () => {
  it('is none: the scene is what it is without', async () => {
    const opaque = await png(12, 8, { r: 10, g: 200, b: 90, alpha: 1 });
    const clear = await png(12, 8, { r: 10, g: 200, b: 90, alpha: 0.5 });
    const rgb = await loadScene(await transformsFolder());
    const folder = await transformsFolder();
    writeAll(folder, Object.fromEntries(ring.map((_, i) => [`images/${photoName(i)}`, opaque])));
    const { hasAlpha, unbounded, bounds } = await loadScene(folder);
    expect({ hasAlpha, unbounded, bounds }).toEqual({ hasAlpha: false, unbounded: true, bounds: rgb.bounds });
    writeAll(folder, { 'images/p9.png': clear });
    expect(await loadScene(folder)).toMatchObject({ hasAlpha: true, unbounded: false });
  });
});

describe('cameras far from the origin', () => {
  it('keep their places: what is common to them is taken off in double precision', async () => {
    const utm = [441_547.502, 5_121_946.513, 2_345.087];
    const far = (frame: Frame): void => {
      const rows = frame.transform_matrix as number[][];
      utm.forEach((value, axis) => (rows[axis]![3]! += value));
    };
    const [near, there] = [
      await loadScene(await transformsFolder()),
      await loadScene(await transformsFolder({}, far)),
    ];
    expect(near.origin).toEqual([0, 0, 0]);
    expect(there.origin).toEqual([441_548, 5_121_946, 2_347]);
    expect(there.warnings).toEqual([
      expect.stringMatching(/^the cameras stand far from the origin, 2\.\d+ around 441548 5121946 2347/),
    ]);
    const pool = createRayPool(there);
    await pool.load();
    const { inputs } = pool.gather({ size: 1, whole: false, indices: Uint32Array.of(0) });
    for (let axis = 0; axis < 3; axis++) {
      const own = near.views[0]!.pose[12 + axis]! + utm[axis]!;
      expect(there.views[0]!.pose[12 + axis]! + there.origin[axis]!).toBeCloseTo(own, 8);
      expect(inputs[axis]! + there.origin[axis]!).toBeCloseTo(own, 6);
      expect(there.bounds.max[axis]! + there.origin[axis]!).toBeCloseTo(
        near.bounds.max[axis]! + utm[axis]!,
        6,
      );
    }
  });
});

describe('up', () => {
  const turned = (frame: Frame): void => {
    const [x, y, z] = frame.transform_matrix as number[][];
    frame.transform_matrix = [y, z, x, [0, 0, 0, 1]];
  };
  it('is what the cameras have upwards, y as on phones', async () => {
    expect((await loadScene(await transformsFolder({}, turned))).up).toEqual([0, 1, 0]);
    expect((await loadScene(await transformsFolder())).up).toEqual([0, 0, 1]);
  });

  it('is what the file says, where it does', async () => {
    expect((await loadScene(await transformsFolder({ up: [0, 3, 4] }))).up).toEqual([0, 0.6, 0.8]);
    expect(await refusal(await transformsFolder({ up: [0, 0, 0] }))).toMatch(
      /got up = \[0,0,0\]; expected 3 numbers/,
    );
  });
});

/** A Blender set: the ring around the origin at a distance of 4, eight to train on and one to test. */
function blenderSet(picture: Uint8Array, outwards = false, angle = 0.69): string {
  const frames = ring.map((rows, i) => ({
    file_path: `./images/${path.parse(photoName(i)).name}`,
    transform_matrix: [
      ...rows.map(([right, up, back]) =>
        outwards ? [-right!, up, -back!, 4 * back!] : [right, up, back, 4 * back!],
      ),
      [0, 0, 0, 1],
    ],
  }));
  const file = (some: typeof frames): string => JSON.stringify({ camera_angle_x: angle, frames: some });
  return writeAll(emptyFolder(), {
    'transforms_train.json': file(frames.slice(0, 8)),
    'transforms_test.json': file(frames.slice(8)),
    ...Object.fromEntries(ring.map((_, i) => [`images/${photoName(i)}`, picture])),
  });
}

describe('files named as those of the Blender sets', () => {
  it('have their box for transparent pictures from where they were taken, and no others', async () => {
    const clear = await png(12, 8, { r: 9, g: 9, b: 9, alpha: 0 });
    const box = {
      bounds: { min: [-1.5, -1.5, -1.5], max: [1.5, 1.5, 1.5] },
      near: 2,
      far: 6,
      unbounded: false,
    };
    expect(await loadScene(blenderSet(clear))).toMatchObject(box);
    for (const folder of [
      blenderSet(await png(12, 8)),
      blenderSet(await png(12, 8), true),
      // What a wide lens shows may be larger.
      blenderSet(clear, false, 1.4),
    ]) {
      const scene = await loadScene(folder);
      expect(scene.format).toBe('blender');
      expect(scene.bounds.max[0]).toBeGreaterThan(3.9);
    }
    expect(await loadScene(blenderSet(await png(12, 8)))).toMatchObject({ unbounded: true });
  });

  it('have it under any other name', async () => {
    const clear = await png(12, 8, { r: 9, g: 9, b: 9, alpha: 0 });
    const folder = await transformsFolder(
      { fl_x: undefined, fl_y: undefined, cx: undefined, cy: undefined, camera_angle_x: 0.69 },
      (frame) => {
        const rows = frame.transform_matrix as number[][];
        for (const row of rows.slice(0, 3)) row[3] = 4 * row[2]!;
      },
    );
    writeAll(folder, Object.fromEntries(ring.map((_, i) => [`images/${photoName(i)}`, clear])));
    expect((await loadScene(folder)).bounds.max).toEqual([1.5, 1.5, 1.5]);
  });

  it('may lack all test photographs, as BlenderNeRF leaves them', async () => {
    const many = Array.from({ length: 50 }, (_, i) => ({
      file_path: `images_test/${i}.png`,
      transform_matrix: [...ring[i % 9]!, [0, 0, 0, 1]],
    }));
    const folder = writeAll(blenderSet(await png(12, 8)), {
      'transforms_test.json': JSON.stringify({ camera_angle_x: 0.69, frames: many }),
    });
    const scene = await loadScene(folder);
    expect(scene.views).toHaveLength(8);
    expect(scene.missing).toHaveLength(50);
    expect(scene.warnings).toEqual([
      'no photograph that is listed for test is there; what is held out is chosen from the others',
      expect.stringMatching(/^50 of 58 photographs are missing: images_test\/0.png, /),
    ]);
    expect(holdOut(scene).by).toBe('every');
  });
});
