// Whether a machine can have a graphics card, seen without waking a driver: to try a device takes half a second.
import { readdirSync } from 'node:fs';

/**
 * What drivers of graphics cards are called in Linux's /dev: those of the kernel, NVIDIA's, Windows' in its Linux, and those of
 * Qualcomm, Arm, Imagination and NVIDIA for small machines.
 */
const drivers = /^(?:dri|nvidia\d+|nvidiactl|dxg|kgsl-3d\d+|mali\d+|pvrsrvkm|nvhost-gpu|nvgpu)$/;

/**
 * False where Linux has no driver of a card: what answers then is a software driver, if anything. True where it has one, and
 * on other systems, which do not say.
 */
export function mayHaveGraphicsCard(
  platform: NodeJS.Platform = process.platform,
  names: () => readonly string[] = () => readdirSync('/dev'),
): boolean {
  if (platform !== 'linux') return true;
  try {
    return names().some((name) => drivers.test(name));
  } catch {
    // A /dev that cannot be read says nothing.
    return true;
  }
}
