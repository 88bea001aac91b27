// Scenes written to temporary folders, in every format, from the same cameras.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';

/** Cameras on a ring that look at (0.2, −0.1, 0.4), as rows of camera to world in OpenGL's axes. */
export const ring: readonly (readonly (readonly number[])[])[] = Array.from({ length: 9 }, (_, i) => {
  const angle = (2 * Math.PI * i) / 9;
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  // Backwards tilts up by the angle whose sine is 0.6.
  const right = [-sin, cos, 0];
  const back = [0.8 * cos, 0.8 * sin, 0.6];
  const up = [-0.6 * cos, -0.6 * sin, 0.8];
  const place = [0.2, -0.1, 0.4].map((value, axis) => value + 3 * back[axis]!);
  return [0, 1, 2].map((axis) => [right[axis]!, up[axis]!, back[axis]!, place[axis]!]);
});

/** The name of the i-th photograph. */
export const photoName = (i: number): string => `p${i + 1}.png`;

/** An empty folder; it goes when all tests have ended. */
export function emptyFolder(): string {
  return mkdtempSync(path.join(tmpdir(), 'evos-nerf-'));
}

/** Writes files below a folder, and answers with it. */
export function writeAll(folder: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return folder;
}

/** A PNG of one colour. */
export function png(
  width: number,
  height: number,
  colour: { r: number; g: number; b: number; alpha?: number } = { r: 10, g: 200, b: 90 },
): Promise<Uint8Array> {
  const channels = colour.alpha === undefined ? 3 : 4;
  return sharp({ create: { width, height, channels, background: colour } })
    .png()
    .toBuffer();
}

/** A PNG of given bytes. */
export function pngOf(
  width: number,
  height: number,
  channels: 1 | 3 | 4,
  data: readonly number[],
): Promise<Uint8Array> {
  const pixels = sharp(Uint8Array.from(data), { raw: { width, height, channels } });
  return (channels === 1 ? pixels.toColourspace('b-w') : pixels).png().toBuffer();
}

/** The ring's photographs, in `images`, each 12×8. */
export async function photographs(count = ring.length): Promise<Record<string, Uint8Array>> {
  const bytes = await png(12, 8);
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`images/${photoName(i)}`, bytes]));
}

/** A frame of transforms.json. */
export interface Frame {
  file_path?: unknown;
  transform_matrix?: unknown;
  [more: string]: unknown;
}

/** The ring as transforms.json has it; what is given replaces its fields. */
export function transforms(
  top: Readonly<Record<string, unknown>> = {},
  mend?: (frame: Frame, i: number) => void,
) {
  const frames = ring.map((rows, i): Frame => {
    const frame: Frame = {
      file_path: `./images/${photoName(i)}`,
      transform_matrix: [...rows.map((row) => [...row]), [0, 0, 0, 1]],
    };
    mend?.(frame, i);
    return frame;
  });
  return JSON.stringify({
    w: 12,
    h: 8,
    fl_x: 11,
    fl_y: 10,
    cx: 6.25,
    cy: 3.5,
    k1: 0.01,
    p1: -0.002,
    frames,
    ...top,
  });
}

/** A scene with transforms.json and photographs. */
export async function transformsFolder(...args: Parameters<typeof transforms>): Promise<string> {
  return writeAll(emptyFolder(), { 'transforms.json': transforms(...args), ...(await photographs()) });
}

/** The ring as poses_bounds.npy: square pixels, centred, which is all that LLFF has. */
export function posesBounds(count = ring.length, near = 1.5, far = 4.5): Uint8Array {
  const rows = ring
    .slice(0, count)
    .flatMap((matrix) => [
      ...matrix.flatMap(([right, up, back, place], axis) => [
        -up!,
        right!,
        back!,
        place!,
        [8, 12, 11][axis]!,
      ]),
      near,
      far,
    ]);
  return npy(`(${count}, 17)`, rows);
}

/** A .npy file of float64. */
export function npy(shape: string, values: readonly number[]): Uint8Array {
  const text = `{'descr': '<f8', 'fortran_order': False, 'shape': ${shape}, }`;
  const header = text.padEnd(128 - 10 - 1) + '\n';
  const start = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, header.length & 255, header.length >> 8]);
  return Buffer.concat([start, Buffer.from(header), Buffer.from(Float64Array.from(values).buffer)]);
}

/** World to camera in OpenCV's axes, as COLMAP has it: quaternion and translation. */
export function colmapPose(matrix: readonly (readonly number[])[]): { q: number[]; t: number[] } {
  // Rows of the rotation to the camera: right, down, forwards.
  const axis = (column: number, sign: number): number[] => matrix.map((row) => sign * row[column]!);
  const rows = [axis(0, 1), axis(1, -1), axis(2, -1)];
  const place = axis(3, 1);
  const t = rows.map((row) => -row.reduce((sum, value, i) => sum + value * place[i]!, 0));
  const [a, b, c] = rows as [number[], number[], number[]];
  // Shepperd's method for the case that all of the ring is in: x the largest.
  const x = Math.sqrt(Math.max(0, 1 + a[0]! - b[1]! - c[2]!)) / 2;
  const y = Math.sqrt(Math.max(0, 1 - a[0]! + b[1]! - c[2]!)) / 2;
  if (x >= y) {
    return { q: [(c[1]! - b[2]!) / (4 * x), x, (a[1]! + b[0]!) / (4 * x), (a[2]! + c[0]!) / (4 * x)], t };
  }
  return { q: [(a[2]! - c[0]!) / (4 * y), (a[1]! + b[0]!) / (4 * y), y, (b[2]! + c[1]!) / (4 * y)], t };
}

/** The ring as COLMAP's text, with photograph 3 seeing no points: its second line is empty. */
export function colmapText(camera = '1 OPENCV 12 8 11 10 6.25 3.5 0.01 0 -0.002 0'): Record<string, string> {
  const lines = ring.map((matrix, i) => {
    const { q, t } = colmapPose(matrix);
    return `${i + 1} ${[...q, ...t].join(' ')} 1 ${photoName(i)}\n${i === 2 ? '' : '5.5 4.5 -1'}\n`;
  });
  return {
    'sparse/0/cameras.txt': `# Camera list\n${camera}\n`,
    'sparse/0/images.txt': `# Image list with two lines of data per image:\n${lines.join('')}`,
  };
}

/** The same in COLMAP's binary form. */
export function colmapBinary(): Record<string, Uint8Array> {
  const cameras = bytes(
    [8, 1],
    [4, 1],
    [4, 4],
    [8, 12],
    [8, 8],
    ...[11, 10, 6.25, 3.5, 0.01, 0, -0.002, 0].map(real),
  );
  const images = ring.flatMap((matrix, i) => {
    const { q, t } = colmapPose(matrix);
    const points = i === 2 ? [[8, 0] as const] : ([[8, 1], real(5.5), real(4.5), [8, -1]] as const);
    const name = Buffer.from(`${photoName(i)}\0`);
    return [bytes([4, i + 1], ...[...q, ...t].map(real), [4, 1]), name, bytes(...points)];
  });
  return {
    'sparse/0/cameras.bin': cameras,
    'sparse/0/images.bin': Buffer.concat([bytes([8, ring.length]), ...images]),
  };
}

/** Little-endian: whole numbers of 4 or 8 bytes, or reals. */
export function bytes(...parts: readonly (readonly [size: 4 | 8 | 'real' | 1, value: number])[]): Buffer {
  return Buffer.concat(
    parts.map(([size, value]) => {
      const out = Buffer.alloc(size === 'real' ? 8 : size);
      if (size === 'real') out.writeDoubleLE(value);
      else if (size === 8) out.writeBigInt64LE(BigInt(value));
      else out.writeIntLE(value, 0, size);
      return out;
    }),
  );
}

export const real = (value: number): readonly ['real', number] => ['real', value];
