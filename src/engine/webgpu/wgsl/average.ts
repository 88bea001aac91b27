// The average of numbers over training: it moves towards them by a share of the way.
import { mostGroups } from './adam.js';
import { kernel, kernelHead, suffix, type KernelSource, type Writing } from './ids.js';

/** The kernel. `total`: numbers; factor: the share. Workgroups: 256 numbers each. Buffers: the numbers, their average. */
export function averageKernel(writing: Writing = {}): KernelSource {
  return kernel(
    `average${suffix(writing)}`,
    [
      ['weights', 'read', 'f32'],
      ['average', 'read_write', 'f32'],
    ],
    kernelHead(256, writing),
    `
  let at = (wg.y * ${mostGroups}u + wg.x) * 256u + t;
  if (at >= u.total) { return; }
  average[at] = average[at] * (1.0 - u.x.x) + weights[at] * u.x.x;
}`,
  );
}
