// A GLB file's two parts, the JSON of either kind of file, and the buffers it names.
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../../../core/errors.js';
import { checkTextSize, readMeshFile, saveAgain } from '../bytes.js';
import { itemAt, type GltfDocument } from './document.js';

/** The parts of a GLB file (glTF 2.0 specification, section 4.4). */
export function splitGlb(
  bytes: Uint8Array,
  name: string,
): { text: Uint8Array; binary: Uint8Array | undefined } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const fail = (got: string): never => {
    throw new InputError(
      `${name}: got ${got}; expected a GLB file, version 2, with all of its bytes; ${saveAgain}`,
    );
  };
  if (bytes.length < 20 || view.getUint32(0, true) !== 0x46546c67)
    return fail('a file that does not start as GLB does');
  if (view.getUint32(4, true) !== 2) return fail(`GLB version ${view.getUint32(4, true)}`);
  const length = view.getUint32(8, true);
  if (length > bytes.length) return fail(`${bytes.length} bytes of ${length}: the file is cut short`);
  let text: Uint8Array | undefined;
  let binary: Uint8Array | undefined;
  for (let at = 12; at + 8 <= length;) {
    const size = view.getUint32(at, true);
    const kind = view.getUint32(at + 4, true);
    if (at + 8 + size > length) return fail(`a part of ${size} bytes that goes beyond the file’s end`);
    const part = bytes.subarray(at + 8, at + 8 + size);
    if (kind === 0x4e4f534a) text ??= part;
    else if (kind === 0x004e4942) binary ??= part;
    at += 8 + size;
  }
  return text === undefined ? fail('no JSON part') : { text, binary };
}

/** @throws InputError for what is no JSON */
export function parseJson(text: Uint8Array, name: string): unknown {
  checkTextSize(text.length, name, 'glTF');
  try {
    return JSON.parse(new TextDecoder().decode(text)) as unknown;
  } catch (cause) {
    throw new InputError(
      `${name}: the JSON cannot be read; expected a complete glTF document; ${saveAgain}`,
      { cause },
    );
  }
}

/** The buffers of a document, each read when it is first asked for. */
export class Buffers {
  readonly #document: GltfDocument;
  readonly #binary: Uint8Array | undefined;
  readonly #name: string;
  readonly #read = new Map<number, Promise<Uint8Array>>();

  constructor(document: GltfDocument, binary: Uint8Array | undefined, name: string) {
    this.#document = document;
    this.#binary = binary;
    this.#name = name;
  }

  /** Whether a buffer has bytes: one that compression stands in for has none. */
  has(index: number): boolean {
    const buffer = this.#document.buffers[index];
    return buffer?.uri !== undefined || (index === 0 && this.#binary !== undefined);
  }

  /** @param from the member that names it */
  get(index: number, from: string): Promise<Uint8Array> {
    const read = this.#read.get(index) ?? this.#load(index, from);
    this.#read.set(index, read);
    return read;
  }

  async #load(index: number, from: string): Promise<Uint8Array> {
    const { uri, byteLength } = itemAt(this.#document.buffers, index, 'buffer', this.#name, from);
    const bytes = uri !== undefined ? await loadUri(uri, this.#name) : index === 0 ? this.#binary : undefined;
    if (bytes !== undefined && bytes.length >= byteLength) return bytes;
    throw new InputError(
      `${this.#name}: got ${bytes?.length ?? 0} bytes for buffer ${index}; expected ${byteLength}; ` +
        `the file is cut short or a part of it is missing: ${saveAgain}`,
    );
  }
}

async function loadUri(uri: string, name: string): Promise<Uint8Array> {
  const refuse = (): never => {
    throw new InputError(
      `${name}: got the buffer ${JSON.stringify(uri.slice(0, 80))}; expected a file in the same folder or below it, or a ` +
        'data URI; put the file there and name it relatively',
    );
  };
  const decoded = (text: string): string => {
    try {
      return decodeURIComponent(text);
    } catch {
      return refuse();
    }
  };
  const data = /^data:[^,]*?(;base64)?,/.exec(uri.slice(0, 1024));
  if (data !== null) {
    const content = uri.slice(data[0].length);
    return data[1] === undefined ? Buffer.from(decoded(content), 'latin1') : Buffer.from(content, 'base64');
  }
  const relative = decoded(uri);
  if (/^[a-z][a-z0-9+.-]*:/i.test(relative) || path.isAbsolute(relative) || /[\\\0]/.test(relative))
    return refuse();
  const folder = path.dirname(path.resolve(name));
  const target = path.resolve(folder, relative);
  if (!isWithin(folder, target)) return refuse();
  // Links must not lead out either. A file that is missing is reported by reading it.
  const real = await realpath(target).catch(() => undefined);
  if (real !== undefined && !isWithin(await realpath(folder), real)) return refuse();
  // A pipe would keep its reader waiting.
  const kind = await stat(target).catch(() => undefined);
  if (kind !== undefined && !kind.isFile() && !kind.isDirectory()) return refuse();
  return readMeshFile(target, `expected the buffer that ${name} names`);
}

function isWithin(folder: string, target: string): boolean {
  const way = path.relative(folder, target);
  return way !== '' && way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way);
}
