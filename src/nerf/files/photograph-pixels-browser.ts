// Photographs where a bundler makes the ray pool for a browser, which has no files: whoever has their pixels says so. The field
// `browser` of package.json puts this in the place of photograph-pixels.js.
import { ArgumentError } from '../../core/errors.js';
import type { Mask } from '../scene.js';
import type { PhotographPixels, PhotographView } from './photograph-pixels.js';

const refused = (what: string, file: string): Promise<never> =>
  Promise.reject(
    new ArgumentError(
      `got ${what} in the file ${file}; expected pixels: a browser has no files; give the ray pool every view's by setPixels(), ` +
        'and no masks',
    ),
  );

/** Rejects. */
export const readPhotograph = ({ file }: PhotographView): Promise<PhotographPixels> =>
  refused('a photograph', file);

/** Rejects. */
export const readMask = ({ file }: Mask): Promise<Uint8Array> => refused('a mask', file);
