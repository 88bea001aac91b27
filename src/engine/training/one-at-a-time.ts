// Calls of a trainer share buffers, so that a second must not begin before the first has ended.
import { ArgumentError } from '../../core/errors.js';

/**
 * Makes a gate for one trainer, which its calls go through.
 * @returns runs a call; rejects with ArgumentError while another one is under way
 */
export function oneAtATime(): <T>(call: () => Promise<T>) => Promise<T> {
  let busy = false;
  return async (call) => {
    if (busy) throw new ArgumentError('this trainer is busy: await its last call before the next');
    busy = true;
    try {
      return await call();
    } finally {
      busy = false;
    }
  };
}
