// Shaded pictures of meshes, drawn on the CPU: no GPU, no window, the same pixels everywhere.
import { checkInteger, checkNumber } from '../../core/check.js';
import { ArgumentError } from '../../core/errors.js';
import { present } from '../../core/present.js';
import type { Bounds, TriangleMesh } from '../mesh.js';
import { frontCamera, project, type PreviewCamera } from './camera.js';
import { errorColours } from './errors.js';
import { rasterise } from './raster.js';
import { previewColours, Shader, toSrgb } from './shade.js';

/** A picture: RGB, 8 bits, sRGB, row-major from the top left; `data` is the caller's. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** `[height, width, 3]`. */
  readonly data: Uint8Array;
}

/** The defaults of previews. */
export const previewDefaults = {
  width: 800,
  height: 800,
  /** Points along a pixel's side that are averaged. */
  supersampling: 2,
} as const;

/** How to draw a mesh. */
export interface PreviewOptions {
  /** Pixels, 1–8192 each; default 800 × 800. */
  readonly width?: number;
  readonly height?: number;
  /** Points along a pixel's side that are averaged, 1–4; default 2. */
  readonly supersampling?: number;
  /** Where to look from; by default from the front, the right and above, so that the mesh fills the picture. */
  readonly camera?: PreviewCamera;
  /** What the default camera shows instead of the mesh. */
  readonly bounds?: Bounds;
  /** Signed distances at the vertices, `[V]`: shown as colour, white at 0, red outside, blue inside. */
  readonly errors?: Float32Array;
  /** The distance shown in full colour; default `usualErrorLimit` of `errors`. */
  readonly errorLimit?: number;
}

/** How a picture of a mesh is coloured: by nothing, or by distances at its vertices. */
export type MeshColouring = Pick<PreviewOptions, 'errors' | 'errorLimit'>;

/** A picture for each member of a list, whose length it keeps. */
export type PictureOfEach<List extends readonly unknown[]> = { -readonly [K in keyof List]: Picture };

/**
 * Draws a mesh, lit from the viewer's upper left. Insides (back faces) are red, so that flipped faces and holes show.
 * Edges are smooth up to an angle of 50° between two triangles. Triangles that reach behind the camera are not drawn.
 *
 * @throws ArgumentError for an option out of range or errors of the wrong length
 * @example
 * const { width, height, data } = renderMesh(mesh);
 */
export function renderMesh(mesh: TriangleMesh, options: PreviewOptions = {}): Picture {
  const { errors, errorLimit, ...plain } = options;
  const [picture] = renderColourings(mesh, [present({ errors, errorLimit })], plain);
  return picture;
}

/**
 * Draws a mesh as {@link renderMesh} does, once for each way to colour it: what is seen where, and its light, are found once.
 *
 * @returns a picture for each colouring, in their order
 * @throws ArgumentError as `renderMesh`
 * @example
 * const errors = new Float32Array(mesh.positions.length / 3);
 * const [plain, coloured] = renderColourings(mesh, [{}, { errors }]);
 */
export function renderColourings<const Colourings extends readonly MeshColouring[]>(
  mesh: TriangleMesh,
  colourings: Colourings,
  options: Omit<PreviewOptions, keyof MeshColouring> = {},
): PictureOfEach<Colourings> {
  const width = options.width ?? previewDefaults.width;
  const height = options.height ?? previewDefaults.height;
  const factor = options.supersampling ?? previewDefaults.supersampling;
  checkInteger('width', width, 1, 8192, 'pixels');
  checkInteger('height', height, 1, 8192, 'pixels');
  checkInteger('supersampling', factor, 1, 4, 'points along a pixel’s side');
  const camera = options.camera ?? frontCamera(options.bounds ?? mesh, width / height);
  const { fieldOfView } = camera;
  checkNumber('camera.fieldOfView', fieldOfView, { low: 0, high: 179, open: true }, 'degrees');
  const colours = colourings.map(
    ({ errors, errorLimit }) => errors && errorColours(checkedErrors(mesh, errors), errorLimit),
  );
  const [across, down] = [width * factor, height * factor];
  const screen = project(mesh, camera, across, down);
  const visible = rasterise(screen, mesh.triangles, across, down);
  const shader = new Shader(mesh, screen, camera, colours);
  const pictures = colours.map(() => ({ width, height, data: new Uint8Array(3 * width * height) }));
  // Three for each picture.
  const sum = new Float64Array(3 * pictures.length);
  // What lies at a point of the pictures, in points.
  const add = (seen: number, px: number, py: number): void => {
    if (seen > 0) shader.add(seen - 1, px, py, sum);
    else addBackground(py / down, sum);
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      sum.fill(0);
      const [left, upper] = [x * factor, y * factor];
      // Most pixels show one thing alone, whose light hardly changes within them: its middle stands for all points.
      const alone = sameThroughout(visible, left + across * upper, factor, across);
      if (alone) add(visible[left + across * upper]!, left + factor / 2, upper + factor / 2);
      else {
        for (let py = upper; py < upper + factor; py++) {
          for (let px = left; px < left + factor; px++) add(visible[px + across * py]!, px + 0.5, py + 0.5);
        }
      }
      const points = alone ? 1 : factor ** 2;
      for (let k = 0; k < pictures.length; k++) {
        const { data } = pictures[k]!;
        for (let channel = 0; channel < 3; channel++) {
          data[3 * (x + width * y) + channel] = toSrgb(sum[3 * k + channel]! / points);
        }
      }
    }
  }
  return pictures as PictureOfEach<Colourings>;
}

/** Whether a square of points, `side` long and in rows of `across`, shows the same triangle, or none, throughout. */
function sameThroughout(visible: Uint32Array, first: number, side: number, across: number): boolean {
  const seen = visible[first]!;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      if (visible[first + column + across * row] !== seen) return false;
    }
  }
  return true;
}

/** The pictures that a report shows side by side. */
export interface PairPictures {
  readonly original: Picture;
  readonly fitted: Picture;
  /** The fitted mesh coloured by `errors`, when those are given. */
  readonly error?: Picture;
}

/**
 * Draws a mesh and what was fitted to it with one camera, which shows all of the original.
 *
 * @param options.errors signed distances from the fitted mesh's vertices to the original: asks for a third picture
 * @throws ArgumentError as `renderMesh`
 * @example
 * const pictures = renderPair(mesh, toMeshFrame(mesh, { center: [0, 0, 0], scale: 1 }));
 */
export function renderPair(
  original: TriangleMesh,
  fitted: TriangleMesh,
  options: PreviewOptions = {},
): PairPictures {
  const { errors, errorLimit, ...plain } = options;
  const { width = previewDefaults.width, height = previewDefaults.height } = options;
  const camera = options.camera ?? frontCamera(options.bounds ?? original, width / height);
  const shared = { ...plain, camera };
  const coloured = errors ? [present({ errors, errorLimit })] : [];
  const [seen, error] = renderColourings(fitted, [{}, ...coloured], shared);
  return { original: renderMesh(original, shared), fitted: seen, ...present({ error }) };
}

/**
 * Pictures of one height next to each other.
 * @throws ArgumentError when there are none or their heights differ
 * @example
 * const picture = sideBySide([renderMesh(mesh), renderMesh(mesh)]);
 */
export function sideBySide(pictures: readonly Picture[]): Picture {
  const height = pictures[0]?.height;
  if (height === undefined || pictures.some((picture) => picture.height !== height)) {
    const heights = pictures.map((picture) => picture.height).join(', ');
    throw new ArgumentError(
      `got pictures of heights ${heights || '(none)'}; expected at least one, all alike`,
    );
  }
  const width = pictures.reduce((sum, picture) => sum + picture.width, 0);
  const data = new Uint8Array(3 * width * height);
  let left = 0;
  for (const picture of pictures) {
    const row = 3 * picture.width;
    for (let y = 0; y < height; y++) {
      data.set(picture.data.subarray(row * y, row * (y + 1)), 3 * (left + width * y));
    }
    left += picture.width;
  }
  return { width, height, data };
}

function checkedErrors({ positions }: TriangleMesh, errors: Float32Array): Float32Array {
  if (errors.length !== positions.length / 3) {
    throw new ArgumentError(
      `got ${errors.length} errors for ${positions.length / 3} vertices; expected one signed distance per vertex`,
    );
  }
  return errors;
}

function addBackground(down: number, sum: Float64Array): void {
  const { top, bottom } = previewColours;
  for (let i = 0; i < sum.length; i++) {
    const channel = i % 3;
    sum[i]! += top[channel]! + (bottom[channel]! - top[channel]!) * down;
  }
}
