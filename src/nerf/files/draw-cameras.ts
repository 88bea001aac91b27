// A small picture of a scene: cameras as pyramids and bounds as a box, seen along each axis of the world. One look shows
// most of what goes wrong with scenes: swapped axes, cameras that look away, bounds that are far too large.
import { ArgumentError } from '../../core/errors.js';
import { pixelDirection } from '../cameras/camera.js';
import type { PhotoScene, View } from '../scene.js';
import { loadSharp } from './sharp.js';

/** What {@link drawCameras} takes besides the scene. */
export interface DrawCamerasOptions {
  /** Width and height of each of the three views, pixels, from 64. Default: 320. */
  readonly size?: number;
  /** Views to draw as held out. Default: what `holdOut` would hold out, if anything. */
  readonly heldOut?: ArrayLike<number>;
}

/** The colours of the picture: x, y and z are red, green and blue, as usual. */
const colours = {
  ...{ paper: '#ffffff', frame: '#d7dae0', bounds: '#4b5563', ink: '#1f2937' },
  ...{ train: '#2563eb', heldOut: '#ea7317' },
  axes: ['#dc2626', '#16a34a', '#2563eb'],
} as const;

/** Two axes of the world each, to the right and up. */
const panels = [
  { right: 0, up: 1 },
  { right: 0, up: 2 },
  { right: 1, up: 2 },
] as const;

/** Letters as strokes: fonts differ from machine to machine. */
const letters = ['M0 0L6 9M6 0L0 9', 'M0 0L3 4.5L6 0M3 4.5V9', 'M0 0H6L0 9H6'];

/**
 * Draws a scene's cameras and bounds, seen along the world's axes: x and y, x and z, y and z, side by side in one scale.
 * Each camera is a pyramid with a tick where up is; those held out are orange. The box is the bounds, the cross the focus.
 *
 * @returns the bytes of a PNG, 3·size × size pixels
 * @throws ArgumentError for a size below 64 or a scene without views
 * @example
 * const png = await drawCameras(await loadScene('fox/'));
 */
export async function drawCameras(
  scene: Pick<PhotoScene, 'views' | 'bounds' | 'focus' | 'radius'>,
  options: DrawCamerasOptions = {},
): Promise<Uint8Array> {
  const { size = 320 } = options;
  if (!Number.isInteger(size) || size < 64) {
    throw new ArgumentError(`got a size of ${size}; expected whole pixels, at least 64`);
  }
  if (scene.views.length === 0) throw new ArgumentError('got a scene without views; expected some to draw');
  const svg = camerasAsSvg(scene, size, new Set(Array.from(options.heldOut ?? heldOutOf(scene))));
  const sharp = await loadSharp('drawing cameras');
  return sharp(Buffer.from(svg)).png().toBuffer();
}

/** As `holdOut` divides, but also for scenes without anything to hold out. */
function heldOutOf({ views }: Pick<PhotoScene, 'views'>): number[] {
  const stated = views.some(({ split }) => split !== undefined);
  const kept = views.some(({ split }) => split === 'test') ? 'test' : 'val';
  return views.flatMap(({ split }, i) => ((stated ? split === kept : i % 8 === 0) ? [i] : []));
}

function camerasAsSvg(
  { views, bounds, focus, radius }: Pick<PhotoScene, 'views' | 'bounds' | 'focus' | 'radius'>,
  size: number,
  heldOut: ReadonlySet<number>,
): string {
  // Pyramids stay small beside the ring of cameras, and large enough to see.
  const places = (axis: number): number[] => views.map(({ pose }) => pose[12 + axis]!);
  const low = [0, 1, 2].map((axis) => Math.min(bounds.min[axis]!, ...places(axis)));
  const high = [0, 1, 2].map((axis) => Math.max(bounds.max[axis]!, ...places(axis)));
  const depth =
    0.09 * Math.min(radius > 0 ? radius : Infinity, Math.max(...high.map((value, i) => value - low[i]!)));
  const middle = low.map((value, axis) => (value + high[axis]!) / 2);
  const reach = Math.max(...high.map((value, axis) => value - low[axis]!)) / 2 + 1.6 * depth;
  const margin = 0.06 * size;
  const scale = (size / 2 - margin) / reach;
  const pyramids = views.map((view) => pyramid(view, depth));
  const parts: string[] = [];
  for (const [p, { right, up }] of panels.entries()) {
    const at = (point: ArrayLike<number>): string => {
      const x = p * size + size / 2 + scale * (point[right]! - middle[right]!);
      const y = size / 2 - scale * (point[up]! - middle[up]!);
      return `${x.toFixed(2)} ${y.toFixed(2)}`;
    };
    parts.push(
      `<rect x="${p * size + 0.5}" y="0.5" width="${size - 1}" height="${size - 1}" fill="none" stroke="${colours.frame}"/>`,
    );
    const { min, max } = bounds;
    const corner = (r: number, u: number): number[] => {
      const point = [0, 0, 0];
      point[right] = r;
      point[up] = u;
      return point;
    };
    const box = [
      corner(min[right], min[up]),
      corner(max[right], min[up]),
      corner(max[right], max[up]),
      corner(min[right], max[up]),
    ];
    parts.push(
      path(`M${box.map(at).join('L')}Z`, colours.bounds, 1.2, ' stroke-dasharray="5 3" fill="#f3f4f6"'),
    );
    for (const colour of [colours.train, colours.heldOut]) {
      const drawn = pyramids.filter((_, i) => heldOut.has(i) === (colour === colours.heldOut));
      const lines = drawn.flat().map((line) => `M${line.map(at).join('L')}`);
      if (lines.length > 0)
        parts.push(path(lines.join(''), colour, 0.9, ' fill="none" stroke-opacity="0.8"'));
    }
    const cross = 0.012 * size;
    parts.push(
      path(`M${at(focus)}m${-cross} 0h${2 * cross}m${-cross} ${-cross}v${2 * cross}`, colours.ink, 1.4, ''),
    );
    parts.push(axes(p * size + 14, size - 14, right, up));
  }
  const [width, height] = [panels.length * size, size];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
    `<rect width="${width}" height="${height}" fill="${colours.paper}"/>${parts.join('')}</svg>`
  );
}

/** The lines of a camera's pyramid, in the world: four edges, the picture's frame, and a tick upwards. */
function pyramid({ intrinsics: lens, pose }: View, depth: number): number[][][] {
  const place = [pose[12]!, pose[13]!, pose[14]!];
  const direction = new Float64Array(3);
  const through = (px: number, py: number, length: number): number[] => {
    pixelDirection(lens, px, py, direction);
    const [x, y, z] = [direction[0]! * length, direction[1]! * length, direction[2]! * length];
    return [0, 1, 2].map(
      (axis) => place[axis]! + pose[axis]! * x + pose[4 + axis]! * y + pose[8 + axis]! * z,
    );
  };
  const { width, height } = lens;
  const corners = [
    through(0, 0, depth),
    through(width, 0, depth),
    through(width, height, depth),
    through(0, height, depth),
  ];
  const top = [corners[0]!, corners[1]!].reduce((a, b) => a.map((value, i) => (value + b[i]!) / 2));
  const tip = top.map((value, axis) => value + 0.3 * depth * pose[4 + axis]!);
  return [...corners.map((corner) => [place, corner]), [...corners, corners[0]!], [top, tip]];
}

function axes(x: number, y: number, right: number, up: number): string {
  const length = 22;
  return [
    path(`M${x} ${y}h${length}`, colours.axes[right]!, 1.6, ''),
    path(`M${x} ${y}v${-length}`, colours.axes[up]!, 1.6, ''),
    letter(right, x + length + 4, y - 4.5),
    letter(up, x - 3, y - length - 13),
  ].join('');
}

function letter(axis: number, x: number, y: number): string {
  const extra = ` fill="none" transform="translate(${x} ${y})"`;
  return path(letters[axis]!, colours.axes[axis]!, 1.4, extra);
}

function path(d: string, colour: string, width: number, extra: string): string {
  return `<path d="${d}" stroke="${colour}" stroke-width="${width}"${extra}/>`;
}
