// Small scenes for devices that make rays themselves: cameras with every lens, and photographs of noise, some transparent in part.
import { createRandom } from '../../../../src/core/index.js';
import { createIntrinsics, type Intrinsics } from '../../../../src/nerf/cameras/intrinsics.js';
import { createRayPool, type RayPool, type RayPoolOptions } from '../../../../src/nerf/rays/pool.js';
import type { View } from '../../../../src/nerf/scene.js';

/** A lens of each model, strong ones: of pictures of 64×48, or 27×48. */
export const lenses: Readonly<Record<string, Intrinsics>> = {
  pinhole: createIntrinsics({ width: 64, height: 48, fx: 50, fy: 51, cx: 32.24, cy: 23.61 }),
  opencv: createIntrinsics({
    ...{ width: 64, height: 48, fx: 42, fy: 42.5, cx: 31.8, cy: 24.5 },
    ...{ k1: -0.28, k2: 0.09, k3: -0.012, p1: 0.0008, p2: -0.0011 },
  }),
  'opencv with a term of r⁸': createIntrinsics({
    ...{ width: 64, height: 48, fx: 60 },
    ...{ k1: 0.05, k2: -0.08, k3: 0.02, k4: -0.004 },
  }),
  'a phone': createIntrinsics({
    ...{ width: 27, height: 48, fx: 34.388, fy: 34.36225, cx: 13.86395, cy: 24.1317 },
    ...{ k1: 0.0578421, k2: -0.0805099, p1: -0.000980296, p2: 0.00015575 },
  }),
  'opencv-rational': createIntrinsics({
    ...{ width: 64, height: 48, model: 'opencv-rational', fx: 38, cx: 33 },
    ...{ k1: 0.4, k2: 0.05, k3: 0.001, k4: 0.7, k5: 0.14, k6: 0.006, p1: 0.0005, p2: -0.0003 },
  }),
  'opencv-fisheye': createIntrinsics({
    ...{ width: 64, height: 48, model: 'opencv-fisheye', fx: 19, fy: 19.1, cx: 32.1, cy: 23.8 },
    ...{ k1: -0.035, k2: 0.006, k3: -0.004, k4: 0.0006 },
  }),
  // Its corners lie behind it.
  'a fisheye of more than half of all there is to see': createIntrinsics({
    ...{ width: 63, height: 63, model: 'opencv-fisheye', fx: 18 },
  }),
};

/** A rotation that favours no axis, turned by so much about the world's z, and a place. */
export function poseAt(angle: number, place: readonly number[]): Float64Array {
  const [a, b, c, d] = [0.3, -0.5, 0.7, 0.4123105625617661];
  const turned = [
    [1 - 2 * (b * b + c * c), 2 * (a * b + c * d), 2 * (a * c - b * d)],
    [2 * (a * b - c * d), 1 - 2 * (a * a + c * c), 2 * (b * c + a * d)],
    [2 * (a * c + b * d), 2 * (b * c - a * d), 1 - 2 * (a * a + b * b)],
  ].flatMap(([x = 0, y = 0, z = 0]) => [
    Math.cos(angle) * x - Math.sin(angle) * y,
    Math.sin(angle) * x + Math.cos(angle) * y,
    z,
    0,
  ]);
  return Float64Array.from([...turned, ...place, 1]);
}

/** A camera at `place` that looks at the origin. */
export function lookFrom(place: readonly [number, number, number]): Float64Array {
  const unit = (v: readonly number[]): number[] => v.map((value) => value / Math.hypot(...v));
  const cross = ([a = 0, b = 0, c = 0]: readonly number[], [d = 0, e = 0, f = 0]: readonly number[]) => [
    b * f - c * e,
    c * d - a * f,
    a * e - b * d,
  ];
  const back = unit(place);
  const right = unit(cross([0.1, 0.2, 1], back));
  return Float64Array.from([...right, 0, ...cross(back, right), 0, ...back, 0, ...place, 1]);
}

/** Views without files. */
export const viewsOf = (cameras: readonly (readonly [Intrinsics, Float64Array])[]): View[] =>
  cameras.map(([intrinsics, pose], i) => ({
    ...{ name: `v${i}`, file: undefined, split: undefined },
    ...{ intrinsics, pose },
  }));

/** A pool of views with photographs of noise; every second one has alpha. */
export function noisyPool(
  views: readonly View[],
  options: RayPoolOptions = {},
  alpha: (view: number) => boolean = (view) => view % 2 === 1,
): RayPool {
  const random = createRandom(7);
  const pool = createRayPool({ views, hasAlpha: true }, options);
  for (const [i, { intrinsics }] of views.entries()) {
    const channels = alpha(i) ? 4 : 3;
    const bytes = intrinsics.width * intrinsics.height * channels;
    pool.setPixels(
      i,
      Uint8Array.from({ length: bytes }, () => random.below(256)),
      channels,
    );
  }
  return pool;
}
