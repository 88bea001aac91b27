// Arrays out of files: one out of a .npy, several by their names out of a .npz, which is a zip of such.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { fromBufferPromise, type Entry, type ZipFile } from 'yauzl';
import { firstLine } from '../../core/check.js';
import { openNpy, type NpyArray } from '../../core/files/npy.js';
import { InputError } from '../../core/errors.js';
import { readWhole } from '../../core/read-whole.js';

/** The most bytes of one array: as many as a file may have. */
const mostBytes = 2 ** 31;
const ending = '.npy';

/**
 * Reads the arrays of a file.
 * @param name what the array of a .npy is called; a .npz names its own
 * @throws InputError
 */
export async function readArrayFile(file: string, name: string): Promise<ReadonlyMap<string, NpyArray>> {
  const kind = path.extname(file).toLowerCase();
  const expected = 'expected a .npy, or a .npz of several';
  if (kind !== ending && kind !== '.npz') {
    throw new InputError(`${file}: its name ends in ${kind === '' ? 'nothing' : kind}; ${expected}`);
  }
  const bytes = await readWhole((from) => readFile(from), file, expected, 'save it again');
  return kind === ending ? new Map([[name, openNpy(bytes, file)]]) : readNpz(bytes, file);
}

/** The arrays of a .npz by their names. @throws InputError */
export async function readNpz(bytes: Buffer, file: string): Promise<ReadonlyMap<string, NpyArray>> {
  const arrays = new Map<string, NpyArray>();
  try {
    const zip = await fromBufferPromise(bytes);
    for await (const entry of zip.eachEntry()) {
      const { fileName } = entry;
      if (!fileName.endsWith(ending)) continue;
      const name = fileName.slice(0, -ending.length);
      if (arrays.has(name)) throw new InputError(`${file}: it holds ${name} twice; save it again`);
      arrays.set(name, openNpy(await bytesOf(zip, entry, file), `${file}: ${name}`));
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(
      `${file}: it cannot be read as the zip that a .npz is (${firstLine(error)}); copy or save it again`,
      { cause: error },
    );
  }
  if (arrays.size > 0) return arrays;
  throw new InputError(`${file}: there is no array in it; expected some, as np.savez writes them`);
}

async function bytesOf(zip: ZipFile, entry: Entry, file: string): Promise<Uint8Array> {
  const { fileName, uncompressedSize } = entry;
  if (entry.isEncrypted()) {
    throw new InputError(
      `${file}: ${fileName} is encrypted, which is not supported; save it without a password`,
    );
  }
  if (!entry.canDecodeFileData()) {
    throw new InputError(
      `${file}: ${fileName} is compressed by method ${entry.compressionMethod}, which is not supported; save it with ` +
        'np.savez or np.savez_compressed',
    );
  }
  if (uncompressedSize > mostBytes) {
    throw new InputError(
      `${file}: ${fileName} has ${uncompressedSize} bytes; at most ${mostBytes} are supported`,
    );
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Uint8Array);
  const whole = Buffer.concat(chunks);
  if (crc32(whole) === entry.crc32) return whole;
  throw new InputError(`${file}: ${fileName} does not fit its checksum; the file is damaged, copy it again`);
}
