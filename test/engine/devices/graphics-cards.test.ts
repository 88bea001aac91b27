// What Linux's /dev says of graphics cards.
import { describe, expect, it } from 'vitest';
import { mayHaveGraphicsCard } from '../../../src/engine/devices/graphics-cards.js';

const usual = ['null', 'random', 'shm', 'sda', 'nvme0n1', 'video0', 'driver', 'nvidia-uvm-tools'];

describe('a graphics card', () => {
  it.each(['dri', 'nvidia0', 'nvidiactl', 'dxg', 'kgsl-3d0', 'mali0', 'pvrsrvkm'])(
    'shows as /dev/%s',
    (name) => {
      expect(mayHaveGraphicsCard('linux', () => [...usual, name])).toBe(true);
    },
  );

  it('is not there where Linux has no driver of one', () => {
    expect(mayHaveGraphicsCard('linux', () => usual)).toBe(false);
  });

  it('may be there where nothing can be said', () => {
    expect(mayHaveGraphicsCard('darwin', () => [])).toBe(true);
    expect(mayHaveGraphicsCard('win32', () => [])).toBe(true);
    const unreadable = () => {
      throw new Error('EACCES');
    };
    expect(mayHaveGraphicsCard('linux', unreadable)).toBe(true);
  });
});
