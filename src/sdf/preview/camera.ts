// The camera of previews: a pinhole that sees a whole mesh, from the front, the right and above.
import { meshBounds, type Bounds, type TriangleMesh } from '../mesh.js';

/** A perspective camera; the picture's y axis points down. */
export interface PreviewCamera {
  readonly position: readonly [x: number, y: number, z: number];
  readonly target: readonly [x: number, y: number, z: number];
  /** Height of the view, degrees, above 0 and below 180. */
  readonly fieldOfView: number;
}

/** The defaults of `frontCamera`. */
export const cameraDefaults = {
  /** Degrees to the right of the front, which is +Z. */
  azimuth: 30,
  /** Degrees above the horizon. */
  elevation: 18,
  /** Narrow, so that near parts do not look swollen. */
  fieldOfView: 28,
  /** Share of the picture that what is shown takes. */
  fill: 0.86,
} as const;

/** The camera's axes in the world: right, up and backwards. */
export interface View {
  readonly right: readonly number[];
  readonly up: readonly number[];
  readonly back: readonly number[];
}

/**
 * A camera that sees all of a mesh or of a box in a picture of this shape, in its middle, +Y up.
 * @param aspect width of the picture over its height
 * @throws ArgumentError when the mesh has no triangles
 * @example
 * const picture = renderMesh(mesh, { camera: frontCamera(mesh, 4 / 3) });
 */
export function frontCamera(shown: TriangleMesh | Bounds, aspect: number): PreviewCamera {
  const { azimuth, elevation, fieldOfView, fill } = cameraDefaults;
  const [a, e] = [radians(azimuth), radians(elevation)];
  const back = [Math.sin(a) * Math.cos(e), Math.sin(e), Math.cos(a) * Math.cos(e)] as const;
  const { right, up } = axes(back);
  const { positions, triangles } = 'positions' in shown ? shown : cornersOf(shown);
  const { min, max } = 'positions' in shown ? meshBounds(shown) : shown;
  const middle = [0, 1, 2].map((axis) => (min[axis]! + max[axis]!) / 2);
  // Coordinates along the view's axes from the box's middle. Its extents move the target there where the picture's is.
  const along = (vertex: number, direction: readonly number[]) =>
    (positions[3 * vertex]! - middle[0]!) * direction[0]! +
    (positions[3 * vertex + 1]! - middle[1]!) * direction[1]! +
    (positions[3 * vertex + 2]! - middle[2]!) * direction[2]!;
  const extents = { left: Infinity, right: -Infinity, low: Infinity, high: -Infinity };
  for (const vertex of triangles) {
    const [x, y] = [along(vertex, right), along(vertex, up)];
    extents.left = Math.min(extents.left, x);
    extents.right = Math.max(extents.right, x);
    extents.low = Math.min(extents.low, y);
    extents.high = Math.max(extents.high, y);
  }
  const aside = (extents.left + extents.right) / 2;
  const above = (extents.low + extents.high) / 2;
  // Each vertex asks for a distance from which it is within the view; the farthest suits all.
  const slope = Math.tan(radians(fieldOfView) / 2) * fill;
  let distance = 0;
  for (const vertex of triangles) {
    const x = Math.abs(along(vertex, right) - aside) / aspect;
    const y = Math.abs(along(vertex, up) - above);
    distance = Math.max(distance, Math.max(x, y) / slope + along(vertex, back));
  }
  const target = [0, 1, 2].map((axis) => middle[axis]! + aside * right[axis]! + above * up[axis]!);
  const from = (axis: 0 | 1 | 2) => target[axis]! + distance * back[axis];
  return {
    position: [from(0), from(1), from(2)],
    target: [target[0]!, target[1]!, target[2]!],
    fieldOfView,
  };
}

/** A box's corners, as vertices. */
function cornersOf(bounds: Bounds): TriangleMesh {
  const { min, max } = bounds;
  const positions = Float32Array.from({ length: 24 }, (_, i) =>
    Math.floor(i / 3) & (1 << (i % 3)) ? max[i % 3]! : min[i % 3]!,
  );
  return { positions, triangles: Uint32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 7) };
}

/** The axes of a camera's view. */
export function viewOf({ position, target }: PreviewCamera): View {
  return axes(unit(position.map((value, axis) => value - target[axis]!)));
}

/**
 * A mesh's vertices as a camera sees them.
 * @returns `[V, 3]`: picture coordinates in pixels, and one over the distance along the view (0: behind the camera)
 */
export function project(
  { positions }: TriangleMesh,
  camera: PreviewCamera,
  width: number,
  height: number,
): Float32Array {
  const { right, up, back } = viewOf(camera);
  const focal = height / 2 / Math.tan(radians(camera.fieldOfView) / 2);
  const screen = new Float32Array(positions.length);
  const [ox, oy, oz] = camera.position;
  const [rx, ry, rz] = right as [number, number, number];
  const [ux, uy, uz] = up as [number, number, number];
  const [bx, by, bz] = back as [number, number, number];
  // What is nearer than a thousandth of the way to the target is not drawn: its place in the picture is unbounded.
  const near = 1e-3 * Math.hypot(ox - camera.target[0], oy - camera.target[1], oz - camera.target[2]);
  for (let at = 0; at < positions.length; at += 3) {
    const x = positions[at]! - ox;
    const y = positions[at + 1]! - oy;
    const z = positions[at + 2]! - oz;
    const depth = -(x * bx + y * by + z * bz);
    if (!(depth > near)) continue;
    const inverse = 1 / depth;
    screen[at] = width / 2 + focal * inverse * (x * rx + y * ry + z * rz);
    screen[at + 1] = height / 2 - focal * inverse * (x * ux + y * uy + z * uz);
    screen[at + 2] = inverse;
  }
  return screen;
}

function axes(back: readonly number[]): View {
  // Looking straight down or up, "right" is any horizontal direction: +X.
  const [x, , z] = back as [number, number, number];
  const level = Math.hypot(x, z);
  const right = level > 1e-9 ? [z / level, 0, -x / level] : [1, 0, 0];
  return { right, up: cross(back, right), back };
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}

function cross(a: readonly number[], b: readonly number[]): number[] {
  return [a[1]! * b[2]! - a[2]! * b[1]!, a[2]! * b[0]! - a[0]! * b[2]!, a[0]! * b[1]! - a[1]! * b[0]!];
}

function unit(a: readonly number[]): number[] {
  const length = Math.hypot(...a);
  return a.map((value) => value / length);
}
