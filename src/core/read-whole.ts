// Reads files of all kinds, and says what is wrong with one that cannot be read.
import { firstLine } from './check.js';
import { InputError } from './errors.js';

const reasons: Readonly<Record<string, (expected: string) => string>> = {
  ENOENT: (expected) => `no such file; ${expected}; check the path`,
  ENOTDIR: (expected) => `no such file; ${expected}; check the path`,
  EISDIR: (expected) => `this is a folder; ${expected}; name one file in it`,
  EACCES: (expected) =>
    `permission to read it was refused; ${expected} that can be read; change its permissions`,
  EPERM: (expected) =>
    `permission to read it was refused; ${expected} that can be read; change its permissions`,
  ERR_FS_FILE_TOO_LARGE: (expected) =>
    `the file is larger than 2 GiB; ${expected} of at most that; simplify it, or use a binary format`,
};

/**
 * Reads a file whole.
 * @param read of the platform, such as Node's `readFile`
 * @param expected what it should be, in words: `expected a PLY mesh`
 * @param again what to do about one that is empty
 * @throws InputError when that cannot be, or it is empty
 */
export async function readWhole<Bytes extends Uint8Array>(
  read: (file: string) => Promise<Bytes>,
  file: string,
  expected: string,
  again: string,
): Promise<Bytes> {
  const bytes = await read(file).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const reason = /^[a-z][a-z0-9+.-]+:\/\//i.test(file)
      ? `got a URL; ${expected} by its path; nothing is fetched from the network here, download it first`
      : (reasons[code]?.(expected) ?? `it cannot be read (${firstLine(error)}); ${expected}`);
    throw new InputError(`${file}: ${reason}`, { cause: error });
  });
  if (bytes.length > 0) return bytes;
  throw new InputError(`${file}: the file is empty (0 bytes); ${expected}; ${again}`);
}
