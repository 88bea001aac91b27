// What light makes of a surface: a key light over the viewer's left shoulder, a weak fill from the right, and a sky that
// is brighter above than below. Colours are linear until they are written.
import { CreasedNormals } from './preview-normals.js';
import type { TriangleMesh } from './mesh.js';
import { viewOf, type Camera } from './preview-camera.js';

/** Linear RGB, 0–1. */
export type Colour = readonly [r: number, g: number, b: number];

/** The colours of previews. */
export const previewColours = {
  /** The surface seen from outside: light clay, so that shading shows. */
  front: [0.6, 0.57, 0.53],
  /** Seen from inside: nothing else in a preview is this red. */
  back: [0.55, 0.07, 0.05],
  /** At the picture's top and bottom: greys between a light and a dark page. */
  top: [0.2, 0.215, 0.235],
  bottom: [0.07, 0.076, 0.085],
} as const satisfies Record<string, Colour>;

/** Directions to the lights in the camera's axes (right, up, backwards). */
const keyLight = unit([-0.62, 0.66, 0.5]);
const fillLight = unit([0.85, 0.0, 0.4]);
const strength = { key: 1.05, fill: 0.16, sky: 0.22, ground: 0.06, shine: 0.05, shininess: 24 };

/** Shades a mesh's triangles as one camera sees them. */
export class Shader {
  readonly #mesh: TriangleMesh;
  readonly #normals: CreasedNormals;
  readonly #screen: Float32Array;
  readonly #colours: Float32Array | undefined;
  readonly #camera: Camera;
  readonly #axes: readonly number[];

  /** @param colours of the vertices, linear, `[V, 3]`; the fronts' colour where not given */
  constructor(mesh: TriangleMesh, screen: Float32Array, camera: Camera, colours?: Float32Array) {
    this.#mesh = mesh;
    this.#normals = new CreasedNormals(mesh);
    this.#screen = screen;
    this.#camera = camera;
    this.#colours = colours;
    const { right, up, back } = viewOf(camera);
    this.#axes = [...right, ...up, ...back];
  }

  /** Adds the light that comes from a triangle at a point of the picture to `sum`. */
  add(triangle: number, px: number, py: number, sum: Float64Array): void {
    const { positions, triangles } = this.#mesh;
    const screen = this.#screen;
    const a = 3 * triangles[3 * triangle]!;
    const b = 3 * triangles[3 * triangle + 1]!;
    const c = 3 * triangles[3 * triangle + 2]!;
    // Weights of the corners in the picture, and with the distances those on the surface.
    const [ax, ay, bx, by] = [screen[a]!, screen[a + 1]!, screen[b]!, screen[b + 1]!];
    const [cx, cy] = [screen[c]!, screen[c + 1]!];
    const area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
    let wa = (((by - cy) * (px - cx) + (cx - bx) * (py - cy)) / area) * screen[a + 2]!;
    let wb = (((cy - ay) * (px - cx) + (ax - cx) * (py - cy)) / area) * screen[b + 2]!;
    let wc = (1 - wa / screen[a + 2]! - wb / screen[b + 2]!) * screen[c + 2]!;
    const all = wa + wb + wc;
    wa /= all;
    wb /= all;
    wc /= all;

    const { face, corners } = this.#normals.of(triangle);
    const view = [0, 0, 0];
    const normal = [0, 0, 0];
    for (let axis = 0; axis < 3; axis++) {
      normal[axis] = wa * corners[axis]! + wb * corners[3 + axis]! + wc * corners[6 + axis]!;
      view[axis] =
        this.#camera.position[axis]! -
        (wa * positions[a + axis]! + wb * positions[b + axis]! + wc * positions[c + axis]!);
    }
    // The triangle decides which side is seen: an interpolated normal may point away at the outline.
    const outside = dot3(face, view) >= 0;
    const light = this.#light(normal, view, outside);
    for (let channel = 0; channel < 3; channel++) {
      const colours = this.#colours;
      const front = colours
        ? wa * colours[a + channel]! + wb * colours[b + channel]! + wc * colours[c + channel]!
        : previewColours.front[channel]!;
      sum[channel]! += (outside ? front : previewColours.back[channel]!) * light.diffuse + light.shine;
    }
  }

  #light(normal: readonly number[], view: readonly number[], outside: boolean) {
    const axes = this.#axes;
    const side = (outside ? 1 : -1) / (Math.hypot(normal[0]!, normal[1]!, normal[2]!) || 1);
    const toView = 1 / Math.hypot(view[0]!, view[1]!, view[2]!);
    const n = [0, 0, 0];
    const v = [0, 0, 0];
    for (let i = 0; i < 3; i++) {
      for (let axis = 0; axis < 3; axis++) {
        n[i]! += axes[3 * i + axis]! * normal[axis]! * side;
        v[i]! += axes[3 * i + axis]! * view[axis]! * toView;
      }
    }
    const key = Math.max(0, dot3(n, keyLight));
    const fill = Math.max(0, dot3(n, fillLight));
    // The sky is above in the world, which is not above in the picture.
    const upward = 0.5 + 0.5 * normal[1]! * side;
    const sky = strength.ground + (strength.sky - strength.ground) * upward;
    const half = unit([keyLight[0]! + v[0]!, keyLight[1]! + v[1]!, keyLight[2]! + v[2]!]);
    const shine = outside ? strength.shine * Math.max(0, dot3(n, half)) ** strength.shininess : 0;
    return { diffuse: strength.key * key + strength.fill * fill + sky, shine };
  }
}

/** A linear value as sRGB, 0–255 (IEC 61966-2-1). */
export function toSrgb(linear: number): number {
  const value = Math.min(1, Math.max(0, linear));
  return Math.round(255 * (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055));
}

function dot3(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return a[0]! * b[0]! + a[1]! * b[1]! + a[2]! * b[2]!;
}

function unit(a: readonly number[]): number[] {
  const length = Math.hypot(a[0]!, a[1]!, a[2]!);
  return a.map((value) => value / length);
}
