// Where renderings go: never over another one unasked.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OutputError } from '../../../src/core/index.js';
import { outputFile } from '../../../src/recipes/modalities/output-file.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'evos-output-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => path.join(folder, name);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('the file of a rendering', () => {
  it('that nobody named gets a number where another is there, and is the same for the same bytes', async () => {
    const write = async (text: string) => (await outputFile(at('render-8x6.png'), {})).write(bytes(text));
    expect(await write('a')).toBe(at('render-8x6.png'));
    expect(await write('b')).toBe(at('render-8x6-2.png'));
    expect(await write('c')).toBe(at('render-8x6-3.png'));
    expect(await write('b')).toBe(at('render-8x6-2.png'));
    expect(['', '-2', '-3'].map((n) => readFileSync(at(`render-8x6${n}.png`), 'utf8'))).toEqual([
      'a',
      'b',
      'c',
    ]);
  });

  it('that was named is refused where it is there, also behind a link', async () => {
    writeFileSync(at('a.png'), 'mine');
    symlinkSync(at('a.png'), at('link.png'));
    for (const name of ['a.png', 'link.png']) {
      const refused = outputFile(at('x.png'), { out: at(name) });
      await expect(refused).rejects.toThrow(OutputError);
      await expect(refused).rejects.toThrow(`${at(name)} is there already, and would be lost`);
    }
    expect(await (await outputFile(at('x.png'), { out: at('new/b.png') })).write(bytes('b'))).toBe(
      at('new/b.png'),
    );
  });

  it('is written over where that is asked for', async () => {
    writeFileSync(at('a.png'), 'old');
    await (await outputFile(at('a.png'), { overwrite: true })).write(bytes('new'));
    expect(readFileSync(at('a.png'), 'utf8')).toBe('new');
    mkdirSync(at('b.png'));
    await expect(outputFile(at('x.png'), { out: at('b.png'), overwrite: true })).rejects.toThrow(OutputError);
  });
});
