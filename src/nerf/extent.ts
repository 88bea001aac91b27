// Where the things of a scene are: from what its files say, or else from what its cameras look at.
import { cameraFocus, centreOf, distance, farthestCorner, meanUp, median, quantile } from './focus.js';
import { pixelDirection } from './cameras/camera.js';
import type { Box, SceneExtent, Vector3, View } from './scene.js';

/** What a format knows about its extent. */
export type ExtentHint =
  /** Nothing but the cameras. */
  | { readonly kind: 'cameras'; readonly upFromCameras?: boolean }
  /** The original Blender sets: objects within ±1.5 around the origin, cameras on a sphere around it. */
  | { readonly kind: 'blender' }
  /** A box that the file states, and its nearest distance. */
  | { readonly kind: 'box'; readonly box: Box; readonly near: number; readonly source: string }
  /** Depths along the viewing axes, over all photographs (LLFF). */
  | { readonly kind: 'depths'; readonly near: number; readonly far: number }
  /** Points on surfaces, and distances at which cameras see them (COLMAP). */
  | { readonly kind: 'points'; readonly points: Float64Array; readonly distances: Float64Array };

/** The numbers behind the extents. */
export const extentDefaults = {
  /** The Blender sets' own: half the side of the box, and the ends of rays. */
  blender: { half: 1.5, near: 2, far: 6, nearestCamera: 3, farthestCamera: 5.5 },
  /** Nothing is expected nearer to a camera than this share of the median distance to the focus. */
  nearShare: 0.05,
  /** Points beyond these quantiles, by axis, count as errors. */
  pointQuantile: 0.01,
  distanceQuantile: 0.001,
  /** Room around points, as a share of their box; and before and behind the distances. */
  margin: 0.1,
  /** The fewest points that count for more than the cameras do. */
  fewestPoints: 50,
  /** Where cameras look side by side or outwards: the reach of the box, as a multiple of how far they stand apart. */
  reach: 10,
} as const;

/**
 * Determines a scene's extent.
 *
 * - A box or depths that the files state are taken; depths (LLFF) become the box around what all cameras see between them.
 * - The Blender sets have ±1.5 and rays from 2 to 6, if the cameras stand where those sets have them.
 * - COLMAP's points: the box of all but the outermost hundredth by axis, and a tenth more; distances likewise.
 * - Otherwise: the focus is the point nearest to all viewing axes (least squares), and the bounds are the cube around it
 *   that reaches as far as the farthest camera; rays start at a twentieth of the median distance and end at the farthest
 *   corner. Where cameras look side by side or outwards there is no focus, and the bounds are a guess with a warning.
 *
 * @param views at least one
 */
export function sceneExtent(
  views: readonly View[],
  hint: ExtentHint,
  hasAlpha: boolean,
): { readonly extent: SceneExtent; readonly warnings: readonly string[] } {
  const { focus, meets } = cameraFocus(views);
  const distances = views.map((view) => distance(view.pose, focus));
  const radius = median(distances);
  const up = hint.kind === 'depths' || hint.kind === 'points' || upUnknown(hint) ? meanUp(views) : zUp;
  const shared = { focus, radius, up, unbounded: !hasAlpha };
  const { blender } = extentDefaults;
  if (hint.kind === 'box') {
    const { box, near, source } = hint;
    const far = farthestCorner(views, box);
    return { extent: { ...shared, bounds: box, near: Math.min(near, far / 2), far, source }, warnings: [] };
  }
  if (hint.kind === 'blender') {
    const origins = views.map((view) => distance(view.pose, [0, 0, 0]));
    if (Math.min(...origins) >= blender.nearestCamera && Math.max(...origins) <= blender.farthestCamera) {
      const { near, far, half } = blender;
      const source = 'the Blender sets have objects within ±1.5, seen at 2 to 6';
      const bounds = cube([0, 0, 0], half);
      return { extent: { ...shared, unbounded: false, bounds, near, far, source }, warnings: [] };
    }
  }
  if (hint.kind === 'depths')
    return { extent: { ...shared, unbounded: false, ...fromDepths(views, hint) }, warnings: [] };
  if (hint.kind === 'points' && hint.points.length / 3 >= extentDefaults.fewestPoints) {
    return { extent: { ...shared, ...fromPoints(hint) }, warnings: [] };
  }
  return fromCameras(views, shared, distances, meets);
}

type Hint<Kind> = Extract<ExtentHint, { readonly kind: Kind }>;
type Depths = Pick<SceneExtent, 'bounds' | 'near' | 'far' | 'source'>;
type Shared = Pick<SceneExtent, 'focus' | 'radius' | 'up' | 'unbounded'>;

function fromCameras(
  views: readonly View[],
  shared: Shared,
  distances: readonly number[],
  meets: boolean,
): { extent: SceneExtent; warnings: string[] } {
  const { nearShare, reach } = extentDefaults;
  if (meets) {
    const bounds = cube(shared.focus, Math.max(...distances));
    const source = 'the cube around the point that the cameras look at, as far as the farthest camera';
    const far = farthestCorner(views, bounds);
    return { extent: { ...shared, bounds, near: nearShare * shared.radius, far, source }, warnings: [] };
  }
  const centre = centreOf(views);
  const apart = Math.max(...views.map((view) => distance(view.pose, centre)));
  const half = reach * (apart > 0 ? apart : 1);
  const bounds = cube(centre, half);
  const source = `a guess: ${reach} times as far as the cameras stand apart`;
  return {
    extent: { ...shared, bounds, near: half * nearShare ** 2, far: farthestCorner(views, bounds), source },
    warnings: [
      apart > 0
        ? 'the cameras look side by side or outwards, not at one thing; the bounds are a guess'
        : 'all cameras stand at one place, from where depth cannot be told; the bounds are a guess',
    ],
  };
}

/** The box around the corners of what the cameras see; depths count along the axis, so corners are farther away. */
function fromDepths(views: readonly View[], { near, far }: Hint<'depths'>): Depths {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  const direction = new Float64Array(3);
  let stretch = 1;
  for (const { intrinsics: lens, pose } of views) {
    for (let corner = 0; corner < 4; corner++) {
      pixelDirection(lens, (corner & 1) * lens.width, (corner >> 1) * lens.height, direction);
      const perDepth = -1 / Math.min(-0.05, direction[2]!);
      stretch = Math.max(stretch, perDepth);
      for (let axis = 0; axis < 3; axis++) {
        const slope =
          pose[axis]! * direction[0]! + pose[4 + axis]! * direction[1]! + pose[8 + axis]! * direction[2]!;
        for (const depth of [near, far]) {
          const value = pose[12 + axis]! + depth * perDepth * slope;
          low[axis] = Math.min(low[axis]!, value);
          high[axis] = Math.max(high[axis]!, value);
        }
      }
    }
  }
  return {
    bounds: { min: vector(low), max: vector(high) },
    near: (1 - extentDefaults.margin) * near,
    far: far * stretch,
    source: `the depths in the file, ${near.toPrecision(4)} to ${far.toPrecision(4)}`,
  };
}

function fromPoints({ points, distances }: Hint<'points'>): Depths {
  const { pointQuantile, distanceQuantile, margin } = extentDefaults;
  const ends = [0, 1, 2].map((axis) => {
    const values = Float64Array.from({ length: points.length / 3 }, (_, i) => points[3 * i + axis]!).sort();
    const [low, high] = [quantile(values, pointQuantile), quantile(values, 1 - pointQuantile)];
    return [low - margin * (high - low), high + margin * (high - low)] as const;
  });
  const sorted = distances.slice().sort();
  return {
    bounds: { min: vector(ends.map(([low]) => low)), max: vector(ends.map(([, high]) => high)) },
    near: (1 - margin) * quantile(sorted, distanceQuantile),
    far: (1 + margin) * quantile(sorted, 1 - distanceQuantile),
    source: `${points.length / 3} points that were triangulated`,
  };
}

const zUp: Vector3 = [0, 0, 1];

function upUnknown(hint: ExtentHint): boolean {
  return hint.kind === 'cameras' && hint.upFromCameras === true;
}

function cube([x, y, z]: Vector3, half: number): Box {
  return { min: [x - half, y - half, z - half], max: [x + half, y + half, z + half] };
}

function vector([x, y, z]: readonly number[]): Vector3 {
  return [x!, y!, z!];
}
