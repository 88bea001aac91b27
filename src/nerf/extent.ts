// Where the things of a scene are: from what its files say, or else from what its cameras look at.
import { cameraFocus, centreOf, distance, farthestCorner, meanUp, median, quantile } from './focus.js';
import { pixelDirection } from './cameras/camera.js';
import type { Bounds, SceneExtent, Xyz, View } from './scene.js';

/** What a format knows about its extent. */
export type ExtentHint =
  /** Nothing but the cameras. */
  | { readonly kind: 'cameras' }
  /** A box that the file states, and its nearest distance. */
  | { readonly kind: 'box'; readonly box: Bounds; readonly near: number; readonly source: string }
  /** Depths along the viewing axes, over all photographs (LLFF). */
  | { readonly kind: 'depths'; readonly near: number; readonly far: number }
  /** Points on surfaces, and distances at which cameras see them (COLMAP). */
  | { readonly kind: 'points'; readonly points: Float64Array; readonly distances: Float64Array };

/** The numbers behind the extents. */
export const extentDefaults = {
  /**
   * The original Blender sets' own: half the side of the box, and the ends of rays; and what they are known by, whatever
   * their files are called: transparent pictures of cameras that look at the origin from so far, that close to it, and see no
   * more than so much to the side of it.
   */
  blender: {
    ...{ half: 1.5, near: 2, far: 6 },
    ...{ nearestCamera: 3, farthestCamera: 5.5, focus: 0.3, reach: 1.6 },
  },
  /** Nothing is expected nearer to a camera than this share of the median distance to the focus. */
  nearShare: 0.05,
  /** Points beyond these quantiles, by axis, count as errors. */
  pointQuantile: 0.01,
  distanceQuantile: 0.001,
  /** Room around points, as a share of their box; and before and behind the distances. */
  margin: 0.1,
  /** The fewest points that count for more than the cameras do. */
  fewestPoints: 50,
  /** A box around all depths that is so many times as large as the cameras' own leaves what they look at too few cells. */
  mostDepths: 3,
  /** Mean of the viewing directions: above this length cameras look the same way, below it at one thing from around it. */
  sameWay: 0.8,
  /** The cosine up to which the world's nearest axis is taken for what the cameras have upwards: 15°. */
  upright: 0.966,
  /** Where cameras look side by side or outwards: the reach of the box, as a multiple of how far they stand apart. */
  reach: 10,
} as const;

/** What is known of a scene beside its cameras. */
export interface ExtentFacts {
  /** Whether photographs have transparent parts. */
  readonly hasAlpha: boolean;
  /** Which way is up, where the files say; a unit vector. */
  readonly up?: Xyz;
}

/**
 * Determines a scene's extent, by what its pictures and cameras show and its files state, never by what a format is called.
 *
 * - A box or depths that the files state are taken; depths (LLFF) become the box around what all cameras see between them,
 *   unless cameras look at one thing from around it, and that box dwarfs it.
 * - The Blender sets have ±1.5 and rays from 2 to 6: transparent pictures from where those sets have their cameras.
 * - COLMAP's points: the box of all but the outermost hundredth by axis, and a tenth more; distances likewise.
 * - Otherwise: the focus is the point nearest to all viewing axes (least squares), and the bounds are the cube around it
 *   that reaches as far as the farthest camera; rays start at a twentieth of the median distance and end at the farthest
 *   corner. Where cameras look side by side or outwards there is no focus, and the bounds are a guess with a warning.
 *
 * Up is what the files say, else the mean of the cameras' own; the world's axis where one is within 15° of that.
 *
 * @param views at least one
 */
export function sceneExtent(
  views: readonly View[],
  hint: ExtentHint,
  { hasAlpha, up = upOf(views, hint) }: ExtentFacts,
): { readonly extent: SceneExtent; readonly warnings: readonly string[] } {
  const { focus, meets } = cameraFocus(views);
  const distances = views.map((view) => distance(view.pose, focus));
  const radius = median(distances);
  const shared = { focus, radius, up, unbounded: !hasAlpha };
  if (hint.kind === 'box') {
    const { box, near, source } = hint;
    const far = farthestCorner(views, box);
    return { extent: { ...shared, bounds: box, near: Math.min(near, far / 2), far, source }, warnings: [] };
  }
  if (hint.kind === 'depths') {
    const depths = fromDepths(views, hint);
    const half =
      Math.max(...[0, 1, 2].map((axis) => depths.bounds.max[axis]! - depths.bounds.min[axis]!)) / 2;
    const around =
      meets && directionsApart(views) && half > extentDefaults.mostDepths * Math.max(...distances);
    if (!around) return { extent: { ...shared, unbounded: false, ...depths }, warnings: [] };
  }
  if (hint.kind === 'points' && hint.points.length / 3 >= extentDefaults.fewestPoints) {
    return { extent: { ...shared, ...fromPoints(hint) }, warnings: [] };
  }
  if (hasAlpha && meets && likeBlender(views, shared)) {
    const { near, far, half } = extentDefaults.blender;
    const source = 'the Blender sets have objects within ±1.5, seen at 2 to 6';
    return { extent: { ...shared, bounds: cube([0, 0, 0], half), near, far, source }, warnings: [] };
  }
  return fromCameras(views, shared, distances, meets);
}

/** Whether cameras stand and look as those of the original Blender sets, whose objects are then within their box. */
function likeBlender(views: readonly View[], { focus, radius }: Pick<Shared, 'focus' | 'radius'>): boolean {
  const { nearestCamera, farthestCamera, focus: closest, reach } = extentDefaults.blender;
  const origins = views.map((view) => distance(view.pose, [0, 0, 0]));
  const widest = Math.max(
    ...views.map(({ intrinsics: lens }) => Math.max(lens.width / lens.fx, lens.height / lens.fy)),
  );
  return (
    Math.hypot(...focus) <= closest &&
    Math.min(...origins) >= nearestCamera &&
    Math.max(...origins) <= farthestCamera &&
    (radius * widest) / 2 <= reach
  );
}

/** Whether cameras look in directions of all kinds. */
function directionsApart(views: readonly View[]): boolean {
  const mean = [8, 9, 10].map((at) => views.reduce((sum, { pose }) => sum + pose[at]!, 0) / views.length);
  return Math.hypot(...mean) < extentDefaults.sameWay;
}

/** What the cameras have upwards. COLMAP's world is turned by chance, that of other files by somebody. */
function upOf(views: readonly View[], hint: ExtentHint): Xyz {
  const mean = meanUp(views);
  if (hint.kind === 'points') return mean;
  const axis = mean.findIndex((value) => Math.abs(value) >= extentDefaults.upright);
  if (axis < 0) return mean;
  const sign = Math.sign(mean[axis]!);
  return [axis === 0 ? sign : 0, axis === 1 ? sign : 0, axis === 2 ? sign : 0];
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

function cube([x, y, z]: Xyz, half: number): Bounds {
  return { min: [x - half, y - half, z - half], max: [x + half, y + half, z + half] };
}

function vector([x, y, z]: readonly number[]): Xyz {
  return [x!, y!, z!];
}
