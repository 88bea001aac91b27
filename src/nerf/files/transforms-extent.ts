// What transforms.json says of where things are: instant-ngp's box, in its three ways to write one, and which way is up.
import type { ExtentHint } from '../extent.js';
import type { Xyz } from '../scene.js';
import type { Fields } from './json-fields.js';

/** instant-ngp's cube: how long a unit of the file is in it, and where the file's origin is. */
interface UnitCube {
  readonly scale: number;
  readonly offset: Xyz;
}

/**
 * instant-ngp's box: a cube of side `aabb_scale` (1 unless stated) around the middle of a unit cube into which the scene goes by
 * `scale` (0.33 unless stated) and `offset` (0.5), or by `aabb`, which is the box that becomes the unit cube; it never looks
 * nearer than 0.1 in it (`load_nerf` in its nerf_loader.cu).
 */
export function extentHint(top: Fields): ExtentHint {
  const stated = ['aabb', 'aabb_scale', 'scale', 'offset'].filter((name) => top.has(name));
  if (stated.length === 0) return { kind: 'cameras' };
  const side = top.number('aabb_scale') ?? 1;
  if (!(side > 0)) top.fail('aabb_scale', side, 'a number above 0');
  const { scale, offset } = top.has('aabb') ? cubeOfBox(top) : cubeOfScale(top);
  const [x, y, z] = offset.map((value) => (0.5 - value) / scale) as [number, number, number];
  const half = side / 2 / scale;
  const box = { min: [x - half, y - half, z - half], max: [x + half, y + half, z + half] } as const;
  const near = 0.1 / scale;
  if (!Number.isFinite(near + half + x + y + z))
    top.fail('scale', scale, 'a box of a size that can be counted in');
  const source = `${stated.map((name) => `${name} ${JSON.stringify(top.get(name))}`).join(', ')} of the file`;
  return { kind: 'box', box, near, source };
}

function cubeOfScale(top: Fields): UnitCube {
  const scale = top.number('scale') ?? 0.33;
  if (!(scale > 0)) top.fail('scale', scale, 'a number above 0');
  const offset = top.get('offset') ?? 0.5;
  // A number stands for the three of it.
  return {
    scale,
    offset: vectorOf(top, 'offset', typeof offset === 'number' ? [offset, offset, offset] : offset),
  };
}

function cubeOfBox(top: Fields): UnitCube {
  const corners = top.list('aabb') ?? [];
  if (corners.length !== 2) top.fail('aabb', corners, 'two corners of 3 numbers each');
  const [low, high] = [vectorOf(top, 'aabb', corners[0]), vectorOf(top, 'aabb', corners[1])];
  const length = Math.max(...low.map((value, axis) => Math.abs(high[axis]! - value)));
  if (!(length > 0) || !Number.isFinite(length))
    top.fail('aabb', corners, 'two corners of a box that is not empty');
  const scale = 1 / length;
  const middle = (axis: 0 | 1 | 2): number => 0.5 - scale * ((low[axis] + high[axis]) / 2);
  return { scale, offset: [middle(0), middle(1), middle(2)] };
}

/** Which way is up, where the file says: instant-ngp's `up`, in the axes of its poses. */
export function statedUp(top: Fields): Xyz | undefined {
  if (!top.has('up')) return undefined;
  const up = vectorOf(top, 'up', top.get('up'));
  const length = Math.hypot(...up);
  if (!(length > 0) || !Number.isFinite(length)) top.fail('up', up, '3 numbers that are not all 0');
  return [up[0] / length, up[1] / length, up[2] / length];
}

function vectorOf(top: Fields, name: string, value: unknown): Xyz {
  if (Array.isArray(value) && value.length === 3 && value.every((one) => Number.isFinite(one))) {
    const [x, y, z] = value as [number, number, number];
    return [x, y, z];
  }
  return top.fail(name, value, '3 numbers');
}
