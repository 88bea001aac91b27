// What shows through where a ray's light is not used up. One colour for all rays lets a field pass for empty wherever the
// photographs have that colour; a colour that nothing can foresee does not, since light that is let through is then wrong
// whatever the photograph shows. So do instant-ngp (Müller et al., 2022) and nerfstudio.
import { ArgumentError } from '../../../core/errors.js';
import { mix } from './hash.js';

/** Red, green and blue from 0 to 1, or while training a colour for each ray of each step. */
export type RayBackground = readonly [red: number, green: number, blue: number] | 'random';

/** The mean of random backgrounds: of all colours the one that is least wrong where nothing is known. */
const meanColour = [0.5, 0.5, 0.5] as const;

/**
 * What renderings show where there is nothing: the background, or the mean of random ones.
 * @throws never
 * @example
 * console.log(shownBackground('random')); // [0.5, 0.5, 0.5]
 */
export function shownBackground(
  background: RayBackground,
): readonly [red: number, green: number, blue: number] {
  return background === 'random' ? meanColour : background;
}

/** @throws ArgumentError unless it is `random` or three numbers from 0 to 1 */
export function checkBackground(background: RayBackground): void {
  if (background === 'random') return;
  const numbers = Array.isArray(background) ? (background as readonly unknown[]) : [];
  const inRange = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 1;
  if (numbers.length === 3 && numbers.every(inRange)) return;
  const got = Array.isArray(background) ? `[${String(background)}]` : String(background);
  throw new ArgumentError(
    `background: got ${got}, expected red, green and blue from 0 to 1, or random for a colour of its own for each ray`,
  );
}

/** Tells these draws from those of the same ray's samples. */
export const backgroundPurpose = 211;

/**
 * Writes a ray's random background.
 * @param word what it follows from: that of seed, step and ray
 * @param out `[…, 3]`, written at `[ray]`; each channel even in [0, 1]
 */
export function drawBackground(word: number, out: Float32Array, ray: number): void {
  for (let channel = 0; channel < 3; channel++) {
    out[3 * ray + channel] = mix(word, channel, backgroundPurpose) / 2 ** 32;
  }
}
