// Shades a surface: a key light over the viewer's left shoulder, a weak fill from the right, and a sky that is brighter
// above than below. Colours are linear until they are written.
import { CreasedNormals } from './normals.js';
import type { TriangleMesh } from '../mesh.js';
import { viewOf, type PreviewCamera, type View } from './camera.js';

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
  readonly #colours: readonly (Float32Array | undefined)[];
  readonly #camera: PreviewCamera;
  readonly #view: View;
  #diffuse = 0;
  #shine = 0;

  /** @param colours for each picture those of the vertices, linear, `[V, 3]`; the fronts' colour where there are none */
  constructor(
    mesh: TriangleMesh,
    screen: Float32Array,
    camera: PreviewCamera,
    colours: readonly (Float32Array | undefined)[],
  ) {
    this.#mesh = mesh;
    this.#normals = new CreasedNormals(mesh);
    this.#screen = screen;
    this.#camera = camera;
    this.#colours = colours;
    this.#view = viewOf(camera);
  }

  /** Adds the light that comes from a triangle at a point of the pictures to `sum`, `[pictures, 3]`. */
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
    const { position } = this.#camera;
    const x = corners[0]! * wa + corners[3]! * wb + corners[6]! * wc;
    const y = corners[1]! * wa + corners[4]! * wb + corners[7]! * wc;
    const z = corners[2]! * wa + corners[5]! * wb + corners[8]! * wc;
    const viewX = position[0] - (wa * positions[a]! + wb * positions[b]! + wc * positions[c]!);
    const viewY = position[1] - (wa * positions[a + 1]! + wb * positions[b + 1]! + wc * positions[c + 1]!);
    const viewZ = position[2] - (wa * positions[a + 2]! + wb * positions[b + 2]! + wc * positions[c + 2]!);
    // The triangle decides which side is seen: an interpolated normal may point away at the outline.
    const outside = face[0]! * viewX + face[1]! * viewY + face[2]! * viewZ >= 0;
    this.#light(x, y, z, viewX, viewY, viewZ, outside);
    for (let k = 0; k < this.#colours.length; k++) {
      const colours = this.#colours[k];
      for (let channel = 0; channel < 3; channel++) {
        const front = colours
          ? wa * colours[a + channel]! + wb * colours[b + channel]! + wc * colours[c + channel]!
          : previewColours.front[channel]!;
        sum[3 * k + channel]! +=
          (outside ? front : previewColours.back[channel]!) * this.#diffuse + this.#shine;
      }
    }
  }

  /** Leaves what comes from a surface with this normal, seen from there, in `#diffuse` and `#shine`. */
  #light(
    x: number,
    y: number,
    z: number,
    viewX: number,
    viewY: number,
    viewZ: number,
    outside: boolean,
  ): void {
    const { right, up, back } = this.#view;
    const side = (outside ? 1 : -1) / (Math.sqrt(x * x + y * y + z * z) || 1);
    const toView = 1 / Math.sqrt(viewX * viewX + viewY * viewY + viewZ * viewZ);
    // In the camera's axes, where the lights are.
    const nx = (x * right[0]! + y * right[1]! + z * right[2]!) * side;
    const ny = (x * up[0]! + y * up[1]! + z * up[2]!) * side;
    const nz = (x * back[0]! + y * back[1]! + z * back[2]!) * side;
    const hx = (viewX * right[0]! + viewY * right[1]! + viewZ * right[2]!) * toView + keyLight[0]!;
    const hy = (viewX * up[0]! + viewY * up[1]! + viewZ * up[2]!) * toView + keyLight[1]!;
    const hz = (viewX * back[0]! + viewY * back[1]! + viewZ * back[2]!) * toView + keyLight[2]!;
    const key = Math.max(0, nx * keyLight[0]! + ny * keyLight[1]! + nz * keyLight[2]!);
    const fill = Math.max(0, nx * fillLight[0]! + ny * fillLight[1]! + nz * fillLight[2]!);
    // The sky is above in the world, which is not above in the picture.
    const sky = strength.ground + (strength.sky - strength.ground) * (0.5 + 0.5 * y * side);
    this.#diffuse = strength.key * key + strength.fill * fill + sky;
    const half = Math.max(0, nx * hx + ny * hy + nz * hz) / Math.sqrt(hx * hx + hy * hy + hz * hz);
    this.#shine = outside ? strength.shine * half ** strength.shininess : 0;
  }
}

/** sRGB of linear values (IEC 61966-2-1), in steps of a twentieth of a grey level where it is steepest. */
const srgb = Uint8Array.from({ length: 2 ** 16 }, (_, i) => {
  const value = i / (2 ** 16 - 1);
  return Math.round(255 * (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055));
});

/**
 * A linear value as sRGB, 0–255.
 * @throws never
 * @example
 * console.log(toSrgb(0.5));
 */
export function toSrgb(linear: number): number {
  return srgb[Math.round(Math.min(1, Math.max(0, linear)) * (2 ** 16 - 1))]!;
}

function unit(a: readonly number[]): number[] {
  const length = Math.hypot(a[0]!, a[1]!, a[2]!);
  return a.map((value) => value / length);
}
