// What a picture tells before training: luma and how steep it is, whatever its channels and depth.
import { describe, expect, it } from 'vitest';
import { priorOf, wholeLuma } from '../../src/image/edges.js';
import { createImage, createPixelPool } from '../../src/image/index.js';

describe('the luma of a picture', () => {
  it('is rounded, knows 16 bits and grey, and leaves alpha out', () => {
    const size = { width: 2, height: 2 };
    const colours = [255, 0, 0, 10, 20, 30, 0, 0, 0, 255, 255, 255];
    expect([...wholeLuma(createImage({ ...size, channels: 3 }, Uint8Array.from(colours)))]).toEqual([
      76, 18, 0, 255,
    ]);
    const deep = Uint16Array.from(colours, (value) => 257 * value);
    expect([...wholeLuma(createImage({ ...size, channels: 3 }, deep))]).toEqual([76, 18, 0, 255]);
    const clear = Uint8Array.of(255, 0, 0, 0, 10, 20, 30, 255, 0, 0, 0, 9, 255, 255, 255, 9);
    expect([...wholeLuma(createImage({ ...size, channels: 4 }, clear))]).toEqual([76, 18, 0, 255]);
    expect([...wholeLuma(createImage({ ...size, channels: 1 }, Uint8Array.of(7, 9, 0, 255)))]).toEqual([
      7, 9, 0, 255,
    ]);
  });

  it('is steep where it changes', () => {
    const image = createImage(
      { width: 4, height: 3, channels: 1 },
      Uint8Array.from({ length: 12 }, (_, i) => (i % 4 < 2 ? 0 : 10)),
    );
    expect([...priorOf(image, 'edges')]).toEqual(Array(3).fill([0, 40, 40, 0]).flat());
    const pool = createPixelPool(image, { storage: 'bytes' });
    expect(pool.prior('edges')).toEqual(priorOf(image, 'edges'));
    expect(pool.prior('luma')).toEqual(wholeLuma(image));
  });
});
