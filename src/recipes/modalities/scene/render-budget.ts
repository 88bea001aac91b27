// How much is rendered when a scene's training is over. It goes by how much was trained, never by a clock, so that the same run
// leaves the same files; short runs have a floor.
import type { View } from '../../../nerf/index.js';
import type { FitSceneSettings } from './settings.js';

type Trained = Pick<FitSceneSettings, 'steps' | 'rays' | 'points'>;

/** Points of an ordinary ray, where a step has a number of points and not of rays. */
export const usualRayPoints = 32;

/** Rays of an ordinary step. */
export const raysPerStep = ({ rays, points }: Pick<Trained, 'rays' | 'points'>): number =>
  rays > 0 ? rays : points / usualRayPoints;

/** A share of the rays that training took, each of which costs as much there as three rendered. */
const shareOf = (share: number, fewest: number, settings: Trained): number =>
  Math.max(fewest, 3 * share * settings.steps * raysPerStep(settings));

/** Rays of the turntable. */
export const turntableRays = (settings: Trained): number => shareOf(0.2, 250_000, settings);

/** Held-out photographs that are rendered and measured: all, or as many as go into the budget, evenly spread. */
export function shownViews(
  cameras: readonly Pick<View, 'intrinsics'>[],
  settings: Trained,
): readonly number[] {
  const all = cameras.map((_, view) => view);
  const pixels = cameras.reduce((sum, { intrinsics: { width, height } }) => sum + width * height, 0);
  const count = Math.max(1, Math.floor((shareOf(0.5, 4_000_000, settings) / pixels) * all.length));
  if (count >= all.length) return all;
  return Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * all.length) / count));
}
