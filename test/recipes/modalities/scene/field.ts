// A radiance field that is known exactly: a ball with bands of colour on a chequered disc, before a white background.
// Rays are met analytically; densities fall off over a thin shell, as those of trained fields do.
import type { FieldSpace, RadianceTrainer } from '../../../../src/engine/index.js';
import { createIntrinsics } from '../../../../src/nerf/cameras/intrinsics.js';
import type { PhotoScene, View } from '../../../../src/nerf/scene.js';

export const space: FieldSpace = { centre: [0, 0, 0.5], half: 1.6, contracted: false, near: 0.1, far: 20 };

export const ball = { centre: [0, 0, 0.7], radius: 0.7 } as const;
const disc = { radius: 1.5, thickness: 0.1 } as const;
const steepness = 60;

/** Colour of a point of the surface. */
function colourAt(x: number, y: number, z: number): readonly [number, number, number] {
  if (z < 0.01)
    return (Math.floor(2 * x) + Math.floor(2 * y)) % 2 === 0 ? [0.25, 0.45, 0.3] : [0.9, 0.9, 0.8];
  const light = 0.55 + 0.45 * ((z - ball.centre[2]) / ball.radius);
  const around = Math.atan2(y, x);
  // Four sides, four colours: which way round a picture is shows at once.
  const side = Math.floor(((around + Math.PI) / (Math.PI / 2)) % 4);
  const colours = [
    [0.9, 0.2, 0.15],
    [0.2, 0.5, 0.9],
    [0.95, 0.75, 0.1],
    [0.5, 0.2, 0.7],
  ] as const;
  const [r, g, b] = colours[side]!;
  return [r * light, g * light, b * light];
}

/** Distance along a ray to the ball or the disc; Infinity where it meets neither. */
export function hit(origin: ArrayLike<number>, direction: ArrayLike<number>): number {
  const [ox, oy, oz] = [origin[0]!, origin[1]!, origin[2]! - ball.centre[2]];
  const [dx, dy, dz] = [direction[0]!, direction[1]!, direction[2]!];
  const b = ox * dx + oy * dy + oz * dz;
  const root = b * b - (ox * ox + oy * oy + oz * oz - ball.radius ** 2);
  const onBall = root >= 0 && -b - Math.sqrt(root) > 0 ? -b - Math.sqrt(root) : Infinity;
  const toPlane = -origin[2]! / dz;
  const within = Math.hypot(origin[0]! + toPlane * dx, origin[1]! + toPlane * dy) <= disc.radius;
  return Math.min(onBall, toPlane > 0 && within ? toPlane : Infinity);
}

/** Positive outside. */
function signedDistance(x: number, y: number, z: number): number {
  const toBall = Math.hypot(x, y, z - ball.centre[2]) - ball.radius;
  const toDisc = Math.max(Math.hypot(x, y) - disc.radius, z, -disc.thickness - z);
  return Math.min(toBall, toDisc);
}

/** Answers like a trainer; `chunks` lists how many rays each call asked for. */
export function analyticField(): Pick<RadianceTrainer, 'render' | 'query'> & { readonly chunks: number[] } {
  const chunks: number[] = [];
  return {
    chunks,
    render(rays) {
      if (this === undefined) throw new TypeError('render was taken off its field');
      const n = rays.length / 6;
      chunks.push(n);
      const colours = new Float32Array(3 * n).fill(1);
      const depths = new Float32Array(n).fill(space.far);
      const opacities = new Float32Array(n);
      for (let i = 0; i < n; i++) {
        const ray = rays.subarray(6 * i, 6 * i + 6);
        const at = hit(ray, ray.subarray(3));
        if (at === Infinity) continue;
        const point = [0, 1, 2].map((axis) => ray[axis]! + at * ray[3 + axis]!) as [number, number, number];
        colours.set(colourAt(...point), 3 * i);
        depths[i] = at;
        opacities[i] = 1;
      }
      return Promise.resolve({ colours, depths, opacities });
    },
    query(points) {
      // As a method of a class would: it must not be called by itself.
      if (this === undefined) throw new TypeError('query was taken off its field');
      const n = points.length / 3;
      const densities = new Float32Array(n);
      const colours = new Float32Array(3 * n);
      for (let i = 0; i < n; i++) {
        const point = [points[3 * i]!, points[3 * i + 1]!, points[3 * i + 2]!] as const;
        // 30 at the surface, a thousandth of it a tenth of a unit away.
        densities[i] = Math.min(2000, 30 * Math.exp(-steepness * signedDistance(...point)));
        colours.set(colourAt(...point), 3 * i);
      }
      return Promise.resolve({ densities, colours });
    },
  };
}

/** A pose at a place that looks at a point, z upwards. */
export function lookAt(place: readonly number[], target: readonly number[]): Float64Array {
  const back = place.map((value, axis) => value - target[axis]!);
  const length = Math.hypot(...back);
  const [bx, by, bz] = back.map((value) => value / length) as [number, number, number];
  const flat = Math.hypot(bx, by);
  const right = [-by / flat, bx / flat, 0] as const;
  const up = [by * right[2] - bz * right[1], bz * right[0] - bx * right[2], bx * right[1] - by * right[0]];
  return Float64Array.from([...right, 0, ...up, 0, bx, by, bz, 0, ...place, 1]);
}

/** Cameras at azimuths (radians) and one elevation round a focus, and what else an orbit needs. */
export function ring(
  azimuths: readonly number[],
  {
    elevation = 0.5,
    radius = 4,
    focus = [0, 0, 0.5] as [number, number, number],
    width = 60,
    height = 40,
  } = {},
): Pick<PhotoScene, 'views' | 'focus' | 'up' | 'radius' | 'hasAlpha'> {
  const intrinsics = createIntrinsics({ width, height, fx: 1.1 * width });
  const views = azimuths.map((azimuth, i): View => {
    const place = [
      focus[0] + radius * Math.cos(azimuth) * Math.cos(elevation),
      focus[1] + radius * Math.sin(azimuth) * Math.cos(elevation),
      focus[2] + radius * Math.sin(elevation),
    ];
    return {
      name: `view-${i + 1}.png`,
      file: undefined,
      intrinsics,
      pose: lookAt(place, focus),
      split: undefined,
    };
  });
  return { views, focus, up: [0, 0, 1], radius, hasAlpha: false };
}

/** Evenly spaced angles over a part of the circle. */
export const spread = (count: number, from: number, to: number): number[] =>
  Array.from({ length: count }, (_, i) => from + ((to - from) * i) / count);
