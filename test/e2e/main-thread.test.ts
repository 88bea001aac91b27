// The caller's thread stays free while a fit runs: a server that shows its progress must go on answering.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { createSelector } from 'evos';
import { fitImage, type FitImageOptions } from 'evos/recipes';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const side = 1024;
/** What a user notices. */
const longest = 50;

const folder = mkdtempSync(path.join(tmpdir(), 'evos-thread-'));
const input = path.join(folder, 'noise.png');

beforeAll(async () => {
  const data = Buffer.from(
    Uint8Array.from({ length: side * side * 3 }, (_, i) => (i * 7919 + (i >> 5)) & 255),
  );
  await sharp(data, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toFile(input);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * The longest time this thread was busy between two looks, in milliseconds. Busy, not late: a thread that waits for a
 * processor while it has nothing to do is not blocked.
 */
async function longestBusy(options: Partial<FitImageOptions>): Promise<number> {
  let before = performance.eventLoopUtilization();
  let most = 0;
  const look = (): void => {
    const now = performance.eventLoopUtilization();
    most = Math.max(most, now.active - before.active);
    before = now;
  };
  const timer = setInterval(look, 2);
  let steps = 0;
  const settings = { resize: 'original', width: 16, depth: 1, device: 'cpu', measureEvery: 2 } as const;
  for await (const event of fitImage({
    ...settings,
    steps: 3,
    input,
    out: path.join(folder, 'run'),
    ...options,
  })) {
    if (event.type === 'step') steps++;
  }
  look();
  clearInterval(timer);
  expect(steps).toBe(3);
  return most;
}

describe('a fit of a million pixels', { retry: 2 }, () => {
  it('leaves the thread of its caller free, evaluations, measurements and files included', async () => {
    expect(await longestBusy({ overwrite: true })).toBeLessThan(longest);
  });

  it('shares that thread when the selector is the caller\u2019s own, which shows that the measure measures', async () => {
    const selector: FitImageOptions['selector'] = ({ size, steps, seed, targets = new Float32Array(0) }) =>
      createSelector({ strategy: 'evos', size, steps, seed, targets });
    expect(await longestBusy({ overwrite: true, selector })).toBeGreaterThan(longest);
  });
});
