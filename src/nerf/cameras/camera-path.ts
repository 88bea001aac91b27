// Paths on which a camera shows a scene: around the point that the photographs look at, from their height and distance. Only
// what was photographed can be shown: where the photographs leave out a side, the path stays on theirs.
import { vec3 } from 'gl-matrix';
import { checkInteger } from '../../core/check.js';
import { ArgumentError } from '../../core/errors.js';
import { depthOf, distance, quantile } from '../focus.js';
import { createIntrinsics, type Intrinsics } from './intrinsics.js';
import type { PhotoScene, Xyz, View } from '../scene.js';

/** A camera without a photograph. */
export type PathCamera = Pick<View, 'intrinsics' | 'pose'>;

/** Cameras to show one after another. */
export interface CameraPath {
  readonly cameras: readonly PathCamera[];
  /** Frames per second, where known. */
  readonly fps: number | undefined;
}

/** The kinds of orbits. */
export type OrbitKind =
  /** A circle around the focus. */
  | 'circle'
  /** An ellipse before the focus, within the directions that were photographed. */
  | 'arc'
  /** Turning on the spot, for photographs taken outwards from one place. */
  | 'turn';

/** A closed path: after its last camera comes its first. */
export interface Orbit extends CameraPath {
  readonly kind: OrbitKind;
}

/** What {@link orbitPath} takes besides the scene. */
export interface OrbitOptions {
  /** Cameras on the path, at least 2. Default: 48. */
  readonly frames?: number;
  /** Size of their pictures, pixels. Default: that of the first view. */
  readonly width?: number;
  readonly height?: number;
  /** The views that were trained on, by index; default: all. Nothing that only others saw is shown. */
  readonly views?: ArrayLike<number>;
}

/** The numbers behind orbits. */
export const orbitDefaults = {
  /** Two seconds or three at usual rates. */
  frames: 48,
  /** Photographs surround the focus unless they leave out more than this of the circle, in radians. */
  widestGap: (2 * Math.PI) / 3,
  /** An arc keeps this share of the photographs on either side beyond its ends: the outermost show least. */
  outermost: 0.1,
  /** The steepest path, radians from the horizon: straight above, left and right change places. */
  steepest: (80 / 180) * Math.PI,
} as const;

/**
 * A path that shows a scene: cameras that look at its focus from the mean elevation and distance of the photographs,
 * upright as the scene has it, with the middle one of the photographs' fields of view and no distortion.
 *
 * Where the photographs go round the focus (no gap wider than 120° seen from above) it is a circle; else an ellipse
 * within the middle of the directions and heights they were taken from. Where most cameras look away from the focus, it
 * turns on the spot.
 *
 * @returns a closed path of `frames` cameras that belongs to the caller
 * @throws ArgumentError for fewer than 2 frames, a size that is not whole pixels, or a scene without views
 * @example
 * const { cameras } = orbitPath(await loadScene('fox/'), { frames: 60 });
 */
export function orbitPath(
  scene: Pick<PhotoScene, 'views' | 'focus' | 'up'>,
  options: OrbitOptions = {},
): Orbit {
  const { frames = orbitDefaults.frames } = options;
  checkInteger('frames', frames, 2, 100_000, 'cameras on the path');
  const views =
    options.views === undefined
      ? scene.views
      : Array.from(options.views, (i) => scene.views[i]).filter((view) => view !== undefined);
  if (views.length === 0) throw new ArgumentError('got no views; expected at least one to follow');
  const intrinsics = usualLens(views, options.width, options.height);
  const axes = axesOf(scene.up);
  const outwards = views.filter((view) => depthOf(view.pose, scene.focus) <= 0).length > views.length / 2;
  const places = views.map((view) =>
    outwards ? lookOf(axes, view.pose) : placeOf(axes, view.pose, scene.focus),
  );
  const middle = circleMiddle(places.map(({ azimuth }) => azimuth));
  const round = middle.gap <= orbitDefaults.widestGap;
  const around = quantiles(places.map(({ azimuth }) => turned(azimuth - middle.at)));
  const above = quantiles(places.map(({ elevation }) => elevation));
  const far = mean(places.map(({ radius }) => radius));
  const level = clamp(mean(places.map(({ elevation }) => elevation)));

  const cameras = Array.from({ length: frames }, (_, i): PathCamera => {
    const t = (2 * Math.PI * i) / frames;
    const azimuth = round
      ? middle.at + t
      : middle.at + (around.high + around.low) / 2 + ((around.high - around.low) / 2) * Math.sin(t);
    // Half of the heights there are: enough to see depth, without leaving what was photographed.
    const elevation = round ? level : clamp(level + ((above.high - above.low) / 4) * Math.cos(t));
    const direction = directionOf(axes, azimuth, elevation);
    if (outwards) return { intrinsics, pose: lookAlong(meanPlace(views), direction, axes.up) };
    const at = vec3.scaleAndAdd(zero(), toArray(scene.focus), direction, far);
    return { intrinsics, pose: lookAlong(at, vec3.negate(zero(), direction), axes.up) };
  });
  return { kind: outwards ? 'turn' : round ? 'circle' : 'arc', cameras, fps: undefined };
}

/**
 * A camera for pictures of another size: it sees all that it saw, and at another shape more above and below or to the
 * sides, with pixels as square as they were.
 * @throws ArgumentError for a size that is not whole pixels
 * @example
 * const lens = reframe(createIntrinsics({ width: 640, height: 480, fx: 500 }), 512, 512);
 */
export function reframe(lens: Intrinsics, width: number, height: number): Intrinsics {
  const scale = Math.min(width / lens.width, height / lens.height);
  return createIntrinsics({
    ...lens,
    ...{ width, height, fx: lens.fx * scale, fy: lens.fy * scale },
    cx: width / 2 + (lens.cx - lens.width / 2) * scale,
    cy: height / 2 + (lens.cy - lens.height / 2) * scale,
  });
}

/** A pinhole with the middle one of the views' fields of view, the optical centre in the middle of its picture. */
function usualLens(views: readonly View[], width?: number, height?: number): Intrinsics {
  const first = views[0]!.intrinsics;
  const focal = views.map(({ intrinsics: lens }) => Math.sqrt(lens.fx * lens.fy) / lens.height);
  const fx = quantile(Float64Array.from(focal).sort(), 0.5) * first.height;
  const lens = createIntrinsics({ model: 'pinhole', width: first.width, height: first.height, fx });
  const aspect = first.width / first.height;
  const w = width ?? (height === undefined ? first.width : Math.max(1, Math.round(height * aspect)));
  const h = height ?? (width === undefined ? first.height : Math.max(1, Math.round(width / aspect)));
  return reframe(lens, w, h);
}

/** Upwards, and two directions of the horizon. */
interface Axes {
  readonly up: vec3;
  readonly east: vec3;
  readonly north: vec3;
}

function axesOf(upwards: Xyz): Axes {
  const up = vec3.normalize(zero(), toArray(upwards));
  // Any direction of the horizon will do: the one nearest to an axis that is not up.
  const axis = Math.abs(up[0]) < 0.9 ? ([1, 0, 0] as const) : ([0, 1, 0] as const);
  const east = vec3.scaleAndAdd(zero(), toArray(axis), up, -vec3.dot(toArray(axis), up));
  vec3.normalize(east, east);
  return { up, east, north: vec3.cross(zero(), up, east) };
}

/** A direction by its angles, and how far along it. */
interface Place {
  readonly azimuth: number;
  readonly elevation: number;
  readonly radius: number;
}

/** Where a camera stands, seen from the focus. */
function placeOf(axes: Axes, pose: Float64Array, focus: Xyz): Place {
  const to = Float64Array.of(pose[12]! - focus[0], pose[13]! - focus[1], pose[14]! - focus[2]);
  return { ...angles(axes, to), radius: distance(pose, focus) };
}

/** Where a camera looks. */
function lookOf(axes: Axes, pose: Float64Array): Place {
  return { ...angles(axes, Float64Array.of(-pose[8]!, -pose[9]!, -pose[10]!)), radius: 1 };
}

function angles({ up, east, north }: Axes, to: vec3): { azimuth: number; elevation: number } {
  const [x, y, z] = [vec3.dot(to, east), vec3.dot(to, north), vec3.dot(to, up)];
  return { azimuth: Math.atan2(y, x), elevation: Math.atan2(z, Math.hypot(x, y)) };
}

function directionOf({ up, east, north }: Axes, azimuth: number, elevation: number): vec3 {
  const direction = vec3.scale(zero(), east, Math.cos(azimuth) * Math.cos(elevation));
  vec3.scaleAndAdd(direction, direction, north, Math.sin(azimuth) * Math.cos(elevation));
  return vec3.scaleAndAdd(direction, direction, up, Math.sin(elevation));
}

/** A pose at a place that looks along a direction, which is not `up`. */
function lookAlong(place: vec3, direction: vec3, up: vec3): Float64Array {
  const right = vec3.cross(zero(), direction, up);
  vec3.normalize(right, right);
  const above = vec3.cross(zero(), right, direction);
  return Float64Array.from([
    ...[...right, 0],
    ...[...above, 0],
    ...[-direction[0], -direction[1], -direction[2], 0],
    ...[...place, 1],
  ]);
}

/** The widest gap between neighbours on a circle, and the middle of what is opposite to it. */
function circleMiddle(azimuths: readonly number[]): { readonly gap: number; readonly at: number } {
  const sorted = Float64Array.from(azimuths).sort();
  let gap = 0;
  let end = 0;
  for (let i = 0; i < sorted.length; i++) {
    const next = i + 1 < sorted.length ? sorted[i + 1]! : sorted[0]! + 2 * Math.PI;
    if (next - sorted[i]! <= gap) continue;
    gap = next - sorted[i]!;
    end = next;
  }
  return { gap, at: end + (2 * Math.PI - gap) / 2 };
}

/** An angle from −π to π. */
function turned(angle: number): number {
  return angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));
}

function quantiles(values: readonly number[]): { readonly low: number; readonly high: number } {
  const sorted = Float64Array.from(values).sort();
  const { outermost } = orbitDefaults;
  return { low: quantile(sorted, outermost), high: quantile(sorted, 1 - outermost) };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const clamp = (elevation: number): number =>
  Math.min(orbitDefaults.steepest, Math.max(-orbitDefaults.steepest, elevation));

const toArray = (vector: Xyz): vec3 => Float64Array.from(vector);

/** gl-matrix's own have 32 bits, which scenes in metres of a whole country outgrow. */
const zero = (): vec3 => new Float64Array(3);

function meanPlace(views: readonly View[]): vec3 {
  const sum = zero();
  for (const { pose } of views) {
    vec3.add(sum, sum, pose.subarray(12, 15));
  }
  return vec3.scale(sum, sum, 1 / views.length);
}
