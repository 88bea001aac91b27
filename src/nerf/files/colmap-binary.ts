// Reads COLMAP's binary format: cameras.bin, images.bin, points3D.bin, all little-endian (src/colmap/scene/
// reconstruction_io_binary.cc).
import { InputError } from '../../core/errors.js';
import { colmapLens, colmapModel, type ColmapImage, type ColmapPoint } from './colmap-models.js';
import type { Intrinsics } from '../cameras/intrinsics.js';

export function parseCameras(bytes: Uint8Array, file: string): Map<number, Intrinsics> {
  const reader = new Reader(bytes, file);
  const cameras = new Map<number, Intrinsics>();
  for (let left = reader.count(); left > 0; left--) {
    const id = reader.uint32();
    const where = `${file}, camera ${id}`;
    const model = colmapModel(reader.uint32(), where);
    const [width, height] = [reader.count(), reader.count()];
    const parameters = model.parameters.map(() => reader.float64());
    cameras.set(id, colmapLens(model, width, height, parameters, where));
  }
  return cameras;
}

export function parseImages(bytes: Uint8Array, file: string): { images: ColmapImage[]; warnings: string[] } {
  const reader = new Reader(bytes, file);
  const images: ColmapImage[] = [];
  for (let left = reader.count(); left > 0; left--) {
    const id = reader.uint32();
    const [w, x, y, z] = [reader.float64(), reader.float64(), reader.float64(), reader.float64()];
    const [tx, ty, tz] = [reader.float64(), reader.float64(), reader.float64()];
    const camera = reader.uint32();
    images.push({ id, rotation: [w, x, y, z], translation: [tx, ty, tz], camera, name: reader.text() });
    reader.skip(24 * reader.count());
  }
  return { images, warnings: [] };
}

export function parsePoints(bytes: Uint8Array, file: string): ColmapPoint[] {
  const reader = new Reader(bytes, file);
  const points: ColmapPoint[] = [];
  for (let left = reader.count(); left > 0; left--) {
    reader.skip(8);
    const position = [reader.float64(), reader.float64(), reader.float64()] as const;
    reader.skip(3 + 8);
    const seenBy: number[] = [];
    for (let track = reader.count(); track > 0; track--) {
      seenBy.push(reader.uint32());
      reader.skip(4);
    }
    points.push({ position, seenBy });
  }
  return points;
}

/** Goes through the bytes, and says where they end too soon. */
class Reader {
  readonly #view: DataView;
  readonly #file: string;
  #at = 0;

  constructor(bytes: Uint8Array, file: string) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#file = file;
  }

  /** A count of 64 bits. One that the rest of the file cannot hold would otherwise keep the loop busy for ever. */
  count(): number {
    return Number(this.#view.getBigUint64(this.#take(8), true));
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  float64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  text(): string {
    const start = this.#at;
    while (this.#view.getUint8(this.#take(1)) !== 0);
    const { buffer, byteOffset } = this.#view;
    return Buffer.from(buffer, byteOffset + start, this.#at - 1 - start).toString('utf8');
  }

  skip(bytes: number): void {
    this.#take(bytes);
  }

  #take(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    if (this.#at <= this.#view.byteLength) return at;
    throw new InputError(
      `${this.#file}: the file ends in the middle (${this.#view.byteLength} bytes); expected a whole binary model of ` +
        "COLMAP's; copy or export it again",
    );
  }
}
