// The scene of the ray examples, made up on the spot: twelve cameras in the middle of a room whose walls are plain, but
// for a poster. Somebody's own loader would stand here; all that choosing rays needs of it is this one interface.
import { pixelSource, type RaySource } from 'evos/nerf';

const side = 48;
const cameras = 12;

/** Where a ray from near the middle leaves the room [-1, 1]³. */
export function wallPoint(origin: ArrayLike<number>, direction: ArrayLike<number>, at = 0): number[] {
  const axes = [0, 1, 2];
  const [from, to] = [
    axes.map((axis) => origin[at + axis] ?? 0),
    axes.map((axis) => direction[at + axis] ?? 0),
  ];
  const far = Math.min(
    ...axes.map((axis) => (Math.sign(to[axis] ?? 0) - (from[axis] ?? 0)) / (to[axis] ?? 0)),
  );
  return axes.map((axis) => (from[axis] ?? 0) + far * (to[axis] ?? 0));
}

/** The colour of a wall: a slow gradient, and a chequered poster on the far one. */
function colourAt([x = 0, y = 0, z = 0]: readonly number[]): number[] {
  const poster = z < -0.999 && Math.abs(x) < 0.5 && Math.abs(y) < 0.5;
  if (poster) return (Math.floor(8 * x) + Math.floor(8 * y)) % 2 === 0 ? [0.9, 0.2, 0.1] : [0.1, 0.3, 0.9];
  return [0.6 + 0.1 * x, 0.6 + 0.1 * y, 0.5 + 0.1 * z];
}

/** All rays of the twelve cameras, each turned a twelfth of the way round. */
export function room(): RaySource {
  const pixels = pixelSource(Array.from({ length: cameras }, () => ({ width: side, height: side })));
  return {
    ...pixels,
    fill(indices, n, out) {
      pixels.fill(indices, n, out);
      for (let i = 0; i < n; i++) {
        const turn = ((out.views[i] ?? 0) * 2 * Math.PI) / cameras;
        const right = (2 * ((out.columns[i] ?? 0) + 0.5)) / side - 1;
        const up = 1 - (2 * ((out.rows[i] ?? 0) + 0.5)) / side;
        const length = Math.hypot(right, up, 1);
        const direction = [
          (right * Math.cos(turn) - Math.sin(turn)) / length,
          up / length,
          (-right * Math.sin(turn) - Math.cos(turn)) / length,
        ];
        const origin = [0.2 * Math.sin(turn), 0, 0.2 * Math.cos(turn)];
        out.origins.set(origin, 3 * i);
        out.directions.set(direction, 3 * i);
        out.targets.set(colourAt(wallPoint(origin, direction)), 3 * i);
      }
    },
  };
}

/** Every ray, for measuring. */
export function everyRay(source: RaySource): {
  origins: Float32Array;
  directions: Float32Array;
  targets: Float32Array;
} {
  const n = source.size;
  const [views, rows, columns] = [new Uint32Array(n), new Uint32Array(n), new Uint32Array(n)];
  const [origins, directions, targets] = [1, 2, 3].map(() => new Float32Array(3 * n)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  source.fill(
    Uint32Array.from({ length: n }, (_, i) => i),
    n,
    { views, rows, columns, origins, directions, targets },
  );
  return { origins, directions, targets };
}
