// A device that cannot train here, for tests of what happens then.
import { probeDevice } from 'evos/engine';

/** `cuda` or `webgpu`, whichever does not work on this machine; undefined where both do. */
export async function missingDevice(): Promise<'cuda' | 'webgpu' | undefined> {
  for (const name of ['cuda', 'webgpu'] as const) {
    if (!(await probeDevice(name)).available) return name;
  }
  return undefined;
}
