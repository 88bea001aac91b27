// Images of seeded noise.
import { createImage, type Channels, type Image } from '../../src/image/index.js';
import { seededRandom } from '../reference/siren-layers.js';

/** An image of uniform noise, the same for the same seed. */
export function noiseImage(
  width: number,
  height: number,
  channels: Channels,
  depth: 8 | 16,
  seed: number,
): Image {
  const random = seededRandom(seed);
  const length = width * height * channels;
  const data = depth === 16 ? new Uint16Array(length) : new Uint8Array(length);
  const levels = depth === 16 ? 65536 : 256;
  return createImage(
    { width, height, channels },
    data.map(() => Math.floor(random() * levels)),
  );
}

/** Numbers from `low` to `high`, the same for the same seed. */
export function noiseValues(length: number, low: number, high: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return new Float32Array(length).map(() => low + (high - low) * random());
}
