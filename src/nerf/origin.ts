// Scenes far from their origin, in coordinates of a country or of the earth: rays in single precision, where the numbers of
// maps have half a metre between neighbours, would start beside their cameras. So what is common to all positions is taken
// off first, in double precision.
import type { ExtentHint } from './extent.js';
import { centreOf, distance } from './focus.js';
import type { Xyz, View } from './scene.js';

/**
 * From how many times their own extent on cameras are brought near. Single precision then still tells them apart to a
 * hundred-thousandth of it.
 */
const farTimes = 100;
/** What the extent of cameras at one place counts as. */
const usualExtent = 10;

/** A scene's views and hint, brought near the origin where they were far. */
export interface NearOrigin<Each extends View> {
  readonly views: readonly Each[];
  readonly hint: ExtentHint;
  /** What was taken off. */
  readonly origin: Xyz;
  readonly warnings: readonly string[];
}

/** Takes whole units off the positions of cameras that stand far from the origin. Arguments are not changed. */
export function nearOrigin<Each extends View>(views: readonly Each[], hint: ExtentHint): NearOrigin<Each> {
  const centre = centreOf(views);
  const apart = Math.max(...views.map(({ pose }) => distance(pose, centre))) || usualExtent;
  if (!(Math.hypot(...centre) > farTimes * apart)) return { views, hint, origin: [0, 0, 0], warnings: [] };
  // Parts of a unit are worth nothing to a reader, unless the scene is no larger than one.
  const unit = 10 ** Math.min(0, Math.floor(Math.log10(apart)));
  const rounded = (value: number): number => Math.round(value / unit) * unit;
  const origin: Xyz = [rounded(centre[0]), rounded(centre[1]), rounded(centre[2])];
  return {
    views: views.map((view) => ({ ...view, pose: movedPose(view.pose, origin) })),
    hint: movedHint(hint, origin),
    origin,
    warnings: [
      `the cameras stand far from the origin, ${apart.toPrecision(3)} around ${origin.join(' ')}: positions are counted from ` +
        'there, and what is written has it taken off',
    ],
  };
}

/** A pose of the files' world in the scene's, without its origin. */
export function movedPose(pose: Float64Array, origin: Xyz): Float64Array {
  const moved = pose.slice();
  for (let axis = 0; axis < 3; axis++) moved[12 + axis] = pose[12 + axis]! - origin[axis]!;
  return moved;
}

function movedHint(hint: ExtentHint, origin: Xyz): ExtentHint {
  const less = ([x, y, z]: Xyz): Xyz => [x - origin[0], y - origin[1], z - origin[2]];
  if (hint.kind === 'box') {
    return { ...hint, box: { min: less(hint.box.min), max: less(hint.box.max) } };
  }
  if (hint.kind === 'points')
    return { ...hint, points: hint.points.map((value, i) => value - origin[i % 3]!) };
  return hint;
}
