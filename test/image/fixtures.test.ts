// The fixtures are what their script makes, now and on this machine.
import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeFixture, makeImages } from '../../fixtures/make-images.js';
import { decodeImage, loadImage } from '../../src/image/files/index.js';
import { psnr } from '../../src/image/index.js';

const folder = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const images = makeImages();

describe('fixtures', () => {
  it.each([...images.keys()].filter((name) => name.endsWith('.png')))(
    '%s is what the script makes',
    async (name) => {
      expect(await loadImage(path.join(folder, name))).toEqual(images.get(name));
    },
  );

  it('rotated.jpg is what the script makes, and is read upright', async () => {
    const stored = await loadImage(path.join(folder, 'rotated.jpg'));
    const upright = images.get('rotated.jpg')!;
    expect([stored.width, stored.height]).toEqual([upright.width, upright.height]);
    expect(psnr(upright.data as Uint8Array, stored.data as Uint8Array)).toBeGreaterThan(32);
    const fresh = await decodeImage(await encodeFixture('rotated.jpg', upright));
    expect(psnr(fresh.data as Uint8Array, stored.data as Uint8Array)).toBeGreaterThan(40);
  });

  it('cover grey, colour, alpha and 16 bits', () => {
    const kinds = [...images.values()].map(({ channels, depth }) => `${channels}×${depth}`);
    expect(new Set(kinds)).toEqual(new Set(['1×8', '1×16', '3×8', '4×8']));
  });

  it('are small: under 200 kB in all', () => {
    const pictures = readdirSync(folder).filter((name) => images.has(name));
    expect(pictures.length).toBe(images.size);
    expect(pictures.reduce((sum, name) => sum + statSync(path.join(folder, name)).size, 0)).toBeLessThan(
      200_000,
    );
  });
});
