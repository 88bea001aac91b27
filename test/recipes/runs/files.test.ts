// Files are written whole or not at all, and every way a disk can refuse is said in words.
import { spawnSync } from 'node:child_process';
import { existsSync, promises as fs } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InputError, OutputError } from '../../../src/core/index.js';
import {
  createWhole,
  prepareFolder,
  prepareOutput,
  readBytes,
  readJson,
  readText,
  writeWhole,
} from '../../../src/recipes/runs/files.js';

let folder = '';
beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'evos-files-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await fs.rm(folder, { recursive: true, force: true });
});

const systemError = (code: string): Error => Object.assign(new Error(`${code}: made up`), { code });
const at = (...names: string[]): string => path.join(folder, ...names);

/** The permission bits of a folder do not bind the superuser: becomes somebody else for a while. */
async function unprivileged<T>(action: () => Promise<T>): Promise<T> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    return await action();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

describe('createWhole', () => {
  it('makes a file once, and leaves no temporary file', async () => {
    expect(await createWhole(at('lock'), 'first')).toBe(true);
    expect(await createWhole(at('lock'), 'second')).toBe(false);
    expect(await fs.readFile(at('lock'), 'utf8')).toBe('first');
    expect(await fs.readdir(folder)).toEqual(['lock']);
  });

  it('never shows the file without its content', async () => {
    const seen: string[] = [];
    const { link } = fs;
    vi.spyOn(fs, 'link').mockImplementation(async (from, to) => {
      expect(existsSync(to)).toBe(false);
      await link(from, to);
      seen.push(await fs.readFile(to, 'utf8'));
    });
    await createWhole(at('lock'), 'words');
    expect(seen).toEqual(['words']);
  });

  it('makes it where the disk has no links', async () => {
    vi.spyOn(fs, 'link').mockRejectedValue(systemError('EPERM'));
    expect(await createWhole(at('lock'), 'first')).toBe(true);
    expect(await createWhole(at('lock'), 'second')).toBe(false);
    expect(await fs.readFile(at('lock'), 'utf8')).toBe('first');
    expect(await fs.readdir(folder)).toEqual(['lock']);
  });
});

describe('writeWhole', () => {
  it('writes text and bytes, replaces what was there, and leaves no temporary file', async () => {
    await writeWhole(at('a.txt'), 'ω = 30');
    expect(await fs.readFile(at('a.txt'), 'utf8')).toBe('ω = 30');
    await writeWhole(at('a.txt'), Uint8Array.of(1, 2, 3).subarray(1));
    expect([...(await fs.readFile(at('a.txt')))]).toEqual([2, 3]);
    await writeWhole(at('a.txt'), [Uint8Array.of(4, 5), new Uint8Array(0), new Uint8Array(700_000).fill(6)]);
    const pieces = [4, 5, ...new Array<number>(700_000).fill(6)];
    expect(Buffer.compare(await fs.readFile(at('a.txt')), Buffer.from(pieces))).toBe(0);
    expect(await fs.readdir(folder)).toEqual(['a.txt']);
  });

  it('shows a reader one version or the other, never a mixture', async () => {
    const versions = ['a', 'b'].map((letter) => letter.repeat(200_000));
    await writeWhole(at('big'), versions[0] ?? '');
    let writing = true;
    const writer = (async () => {
      for (let i = 0; i < 20; i++) await writeWhole(at('big'), versions[i % 2] ?? '');
      writing = false;
    })();
    let reads = 0;
    while (writing) {
      expect(versions).toContain(await fs.readFile(at('big'), 'utf8'));
      reads++;
    }
    await writer;
    expect(reads).toBeGreaterThan(0);
  });

  it('lets several files be written into one folder at once', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `f${i}`);
    await Promise.all([...names.map((name) => writeWhole(at(name), name)), prepareFolder(folder)]);
    expect((await fs.readdir(folder)).sort()).toEqual([...names].sort());
  });

  it.each([
    ['ENOSPC', /the disk is full; free some space/],
    ['EDQUOT', /quota is used up/],
    ['EROFS', /mounted read-only/],
    ['EIO', /EIO: made up/],
  ])('keeps the old file and cleans up on %s', async (code, message) => {
    await writeWhole(at('checkpoint'), 'old');
    vi.spyOn(fs, 'rename').mockRejectedValue(systemError(code));
    const writing = writeWhole(at('checkpoint'), 'new');
    await expect(writing).rejects.toThrow(OutputError);
    await expect(writing).rejects.toThrow(message);
    await expect(writing).rejects.toThrow(at('checkpoint'));
    expect(await fs.readFile(at('checkpoint'), 'utf8')).toBe('old');
    expect(await fs.readdir(folder)).toEqual(['checkpoint']);
  });

  it('tries again when something holds the old file open for a moment', async () => {
    const rename = vi.spyOn(fs, 'rename').mockRejectedValueOnce(systemError('EBUSY'));
    await writeWhole(at('a'), 'x');
    expect(rename).toHaveBeenCalledTimes(2);
    expect(await fs.readFile(at('a'), 'utf8')).toBe('x');
  });

  it('gives up when it stays held', async () => {
    vi.spyOn(fs, 'rename').mockRejectedValue(systemError('EACCES'));
    await expect(writeWhole(at('a'), 'x')).rejects.toThrow(/permission denied.*choose another folder/);
    expect(await fs.readdir(folder)).toEqual([]);
  });

  it('says that the folder is missing', async () => {
    await expect(writeWhole(at('no', 'a'), 'x')).rejects.toThrow(/no does not exist; create it first/);
  });

  it('says that a folder is in its place', async () => {
    await fs.mkdir(at('a'));
    await expect(writeWhole(at('a'), 'x')).rejects.toThrow(/a folder is in its place/);
    expect(await fs.readdir(folder)).toEqual(['a']);
  });
});

describe.skipIf(process.platform === 'win32')('what is no plain file', () => {
  it('a link is followed, also where nothing is yet, and stays', async () => {
    await fs.writeFile(at('real'), 'old');
    await fs.symlink('real', at('link'));
    await fs.symlink('new', at('dangling'));
    for (const name of ['link', 'dangling']) await writeWhole(at(name), name);
    expect(await fs.readFile(at('real'), 'utf8')).toBe('link');
    expect(await fs.readFile(at('new'), 'utf8')).toBe('dangling');
    for (const name of ['link', 'dangling']) expect((await fs.lstat(at(name))).isSymbolicLink()).toBe(true);
    await fs.symlink('loop', at('loop'));
    await expect(writeWhole(at('loop'), 'x')).rejects.toThrow(/leads back to itself/);
  });

  it('a FIFO is written into', async () => {
    expect(spawnSync('mkfifo', [at('fifo')]).status).toBe(0);
    const read = fs.readFile(at('fifo'), 'utf8');
    await prepareOutput(at('fifo'));
    await writeWhole(at('fifo'), 'bytes');
    expect(await read).toBe('bytes');
    expect((await fs.lstat(at('fifo'))).isFIFO()).toBe(true);
  });

  it('a device is written into and stays one', async () => {
    await prepareOutput('/dev/null');
    await writeWhole('/dev/null', 'x');
    expect((await fs.lstat('/dev/null')).isCharacterDevice()).toBe(true);
  });

  it.skipIf(!existsSync('/dev/full'))('a device that takes nothing says so', async () => {
    await expect(writeWhole('/dev/full', 'x')).rejects.toThrow(/cannot write \/dev\/full: the disk is full/);
  });

  it('a socket is refused', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(at('socket'), resolve));
    await expect(writeWhole(at('socket'), 'x')).rejects.toThrow(/a socket is in its place/);
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('prepareFolder', () => {
  it.skipIf(!existsSync('/proc/self'))('ends where the system makes no folders', async () => {
    await expect(prepareFolder('/proc/x/y')).rejects.toThrow(/\/proc\/x\/y: \/proc takes no folders/);
  });

  it('says that the disk is read-only', async () => {
    vi.spyOn(fs, 'mkdir').mockRejectedValue(systemError('EROFS'));
    await expect(prepareFolder(at('a', 'b'))).rejects.toThrow(/the disk is mounted read-only/);
  });

  it('creates the folder with its parents and is happy with one that is there', async () => {
    await prepareFolder(at('runs', 'one'));
    await prepareFolder(at('runs', 'one'));
    expect(await fs.readdir(at('runs', 'one'))).toEqual([]);
  });

  it.each([['in its place'], ['in a parent’s place']])('says that a file is %s', async (where) => {
    await fs.writeFile(at('f'), '');
    const preparing = prepareFolder(where === 'in its place' ? at('f') : at('f', 'sub'));
    await expect(preparing).rejects.toThrow(OutputError);
    await expect(preparing).rejects.toThrow(/cannot create the folder .*a file is in the place of a folder/);
  });

  it.skipIf(process.platform === 'win32')('finds out that the folder is not writable', async () => {
    await fs.chmod(folder, 0o555);
    await unprivileged(async () => {
      const preparing = prepareFolder(folder);
      await expect(preparing).rejects.toThrow(OutputError);
      await expect(preparing).rejects.toThrow(
        `cannot write into the folder ${folder}: permission denied for user id`,
      );
      await expect(prepareFolder(at('sub'))).rejects.toThrow(/cannot create the folder .*permission denied/);
      await expect(writeWhole(at('a'), 'x')).rejects.toThrow(/cannot write .*permission denied/);
    });
  });

  it('reports a full disk', async () => {
    vi.spyOn(fs, 'open').mockRejectedValue(systemError('ENOSPC'));
    await expect(prepareFolder(folder)).rejects.toThrow(/cannot write into the folder .*the disk is full/);
  });

  it('sweeps what killed processes left, and nothing else', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const alive = process.ppid;
    const kept = [`.evos-tmp-${alive}-0a1b`, '.evos-tmp-notes.txt', 'a.evos-tmp-1-ff', 'metrics.json'];
    const swept = [`.evos-tmp-${dead}-0a1b`, `.evos-tmp-${process.pid}-dead`];
    for (const name of [...kept, ...swept]) await fs.writeFile(at(name), 'x');
    await prepareFolder(folder);
    expect((await fs.readdir(folder)).sort()).toEqual([...kept].sort());
  });
});

describe('reading', () => {
  it('reads bytes, text without its byte order mark, and JSON', async () => {
    await fs.writeFile(at('a.json'), '\uFEFF{"α": 1}');
    expect(await readText(at('a.json'))).toBe('{"α": 1}');
    expect(await readJson(at('a.json'))).toEqual({ α: 1 });
    expect((await readBytes(at('a.json'))).length).toBe(12);
  });

  it('names the file and the cause', async () => {
    await expect(readText(at('none'))).rejects.toThrow(InputError);
    await expect(readText(at('none'))).rejects.toThrow(`cannot read ${at('none')}: no such file`);
    await expect(readText(folder)).rejects.toThrow(`cannot read ${folder}: it is a folder`);
    await fs.writeFile(at('latin'), Uint8Array.of(0x66, 0xfc, 0x72));
    await expect(readText(at('latin'))).rejects.toThrow(/not UTF-8 text; save it as UTF-8/);
    await fs.writeFile(at('half.json'), '{"a": 1');
    await expect(readJson(at('half.json'))).rejects.toThrow(/half\.json is not valid JSON: .*position 7/);
    await expect(readJson(at('half.json'))).rejects.toThrow(InputError);
  });

  it.skipIf(process.platform === 'win32')('says that it may not read', async () => {
    await fs.writeFile(at('secret'), '', { mode: 0o600 });
    await fs.chmod(at('secret'), 0);
    await unprivileged(async () => {
      await expect(readText(at('secret'))).rejects.toThrow(/permission denied for user id/);
    });
  });
});
