// scene.json: what a run knows of its scene beside the weights, so that it can be rendered without the photographs, and
// found again to go on.
import path from 'node:path';
import { z } from 'zod';
import { ResumeError } from '../../../core/errors.js';
import type { FieldSpace, RayBackground } from '../../../engine/index.js';
import type { Bounds, Xyz, View } from '../../../nerf/index.js';
import { readJson, writeWhole } from '../../runs/files.js';
import { sceneFiles } from './artifacts.js';
import type { SceneInput } from './input.js';
import { version } from '../../runs/version.js';

/** What scene.json holds. Lengths are in the units of the scene's files. */
export interface SceneRecord {
  /** Absolute path of the scene's folder or file. */
  readonly file: string;
  /** What was taken off all positions of the scene's files; everything else here is without it. */
  readonly origin: Xyz;
  readonly space: FieldSpace;
  /** Red, green, blue from 0 to 1; `random`: each ray's own while training, mid-grey in renderings. */
  readonly background: RayBackground;
  readonly bounds: Bounds;
  readonly unbounded: boolean;
  /** The point that the cameras look at, and their median distance from it. */
  readonly focus: Xyz;
  readonly radius: number;
  /** A unit vector. */
  readonly up: Xyz;
  /** Cameras of the photographs that are trained on, at the size that is trained at; read back without their files. */
  readonly train: readonly View[];
  /** Cameras of those that are held out. */
  readonly test: readonly View[];
}

const vector = z.tuple([z.number(), z.number(), z.number()]);
const positive = z.number().gt(0);
const number = z.number();
const intrinsics = z.object({
  model: z.enum(['pinhole', 'opencv', 'opencv-rational', 'opencv-fisheye']),
  ...{ width: z.int().min(1), height: z.int().min(1), fx: positive, fy: positive, cx: number, cy: number },
  ...{ k1: number, k2: number, k3: number, k4: number, k5: number, k6: number, p1: number, p2: number },
});
const cameras = z.array(z.object({ name: z.string(), intrinsics, pose: z.array(number).length(16) }));
const schema = z.object({
  format: z.literal(1),
  version: z.string(),
  file: z.string(),
  // Runs of before had none.
  origin: vector.default([0, 0, 0]),
  space: z.object({
    centre: vector,
    half: positive,
    contracted: z.boolean(),
    near: z.number().min(0),
    far: positive,
  }),
  background: z.union([vector, z.literal('random')]),
  bounds: z.object({ min: vector, max: vector }),
  unbounded: z.boolean(),
  focus: vector,
  radius: z.number().min(0),
  up: vector,
  train: cameras.min(1),
  test: cameras,
});

/** What a run's scene.json is to say. */
export function sceneRecord(file: string, { scene, split, space, background }: SceneInput): SceneRecord {
  const { origin, bounds, unbounded, focus, radius, up, views } = scene;
  const viewsOf = (chosen: Uint32Array): View[] => [...chosen].flatMap((i) => views[i] ?? []);
  const own = { file: path.resolve(file), origin, space, background };
  const shared = { bounds, unbounded, focus, radius, up };
  return { ...own, ...shared, train: viewsOf(split.train), test: viewsOf(split.test) };
}

/** Writes scene.json. */
export async function writeSceneRecord(folder: string, record: SceneRecord): Promise<void> {
  const plain = (views: readonly View[]) =>
    views.map(({ name, intrinsics: lens, pose }) => ({ name, intrinsics: lens, pose: [...pose] }));
  const content = { format: 1, version, ...record, train: plain(record.train), test: plain(record.test) };
  await writeWhole(path.join(folder, sceneFiles.scene), `${JSON.stringify(content)}\n`);
}

/** Reads scene.json back. @throws InputError when it is not there; ResumeError when it is not one. */
export async function readSceneRecord(folder: string): Promise<SceneRecord> {
  const file = path.join(folder, sceneFiles.scene);
  const read = schema.safeParse(await readJson(file));
  if (!read.success) {
    const [first] = read.error.issues;
    throw new ResumeError(
      `${file}: ${first?.path.join('.') ?? ''}: ${first?.message ?? 'unreadable'}; expected what a scene fit of this ` +
        'version writes; fit the scene anew',
    );
  }
  const whole = (list: z.output<typeof cameras>): View[] =>
    list.map((each) => ({ ...each, pose: Float64Array.from(each.pose), file: undefined, split: undefined }));
  const { format, version: writtenBy, train, test, ...rest } = read.data;
  void [format, writtenBy];
  return { ...rest, train: whole(train), test: whole(test) };
}
