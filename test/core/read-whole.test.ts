// Files that cannot be read: the reason in words, the file, what was expected and what to do.
import { expect, it, vi } from 'vitest';
import { InputError } from '../../src/core/errors.js';
import { readWhole } from '../../src/core/read-whole.js';

function read(file: string, answer: Uint8Array | Error | string): Promise<Uint8Array> {
  const reader = vi.fn<(from: string) => Promise<Uint8Array>>();
  if (answer instanceof Uint8Array) reader.mockResolvedValue(answer);
  else reader.mockRejectedValue(answer);
  return readWhole(reader, file, 'expected a PLY mesh', 'save it again');
}
const coded = (code: string): Error => Object.assign(new Error(`${code}: it failed\nmore`), { code });

it('gives what was read', async () => {
  const bytes = Uint8Array.of(1);
  expect(await read('a.ply', bytes)).toBe(bytes);
});

it.each<[string, Uint8Array | Error | string, string]>([
  ['a.ply', coded('ENOENT'), 'no such file; expected a PLY mesh; check the path'],
  ['a.ply', coded('ENOTDIR'), 'no such file; expected a PLY mesh; check the path'],
  ['a.ply', coded('EISDIR'), 'this is a folder; expected a PLY mesh; name one file in it'],
  ...['EACCES', 'EPERM'].map((code): [string, Error, string] => [
    'a.ply',
    coded(code),
    'permission to read it was refused; expected a PLY mesh that can be read; change its permissions',
  ]),
  [
    'a.ply',
    coded('ERR_FS_FILE_TOO_LARGE'),
    'the file is larger than 2 GiB; expected a PLY mesh of at most that; simplify it, or use a binary format',
  ],
  ['a.ply', coded('EIO'), 'it cannot be read (EIO: it failed); expected a PLY mesh'],
  ['a.ply', new Error('no code'), 'it cannot be read (no code); expected a PLY mesh'],
  ['a.ply', 'mere text', 'it cannot be read (mere text); expected a PLY mesh'],
  ...['https://a.org/b.ply', 'S3://a/b', 'git+ssh://a'].map((url): [string, Error, string] => [
    url,
    coded('ENOENT'),
    'got a URL; expected a PLY mesh by its path; nothing is fetched from the network here, download it first',
  ]),
  // A drive, and paths that have such signs further on.
  ['c://a.ply', coded('ENOENT'), 'no such file; expected a PLY mesh; check the path'],
  ['a/http://b.ply', coded('ENOENT'), 'no such file; expected a PLY mesh; check the path'],
  ['a.ply', new Uint8Array(0), 'the file is empty (0 bytes); expected a PLY mesh; save it again'],
])('%s, %s: %s', async (file, answer, reason) => {
  const error: unknown = await read(file, answer).catch((thrown: unknown) => thrown);
  expect(error).toEqual(new InputError(`${file}: ${reason}`));
  expect((error as InputError).cause).toBe(answer instanceof Uint8Array ? undefined : answer);
});
