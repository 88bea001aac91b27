// Names of files as people and other programs give them: a terminal obeys none of them, and each gets a folder of its own.
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { plain, shownPath } from '../../src/cli/format.js';
import { modalities } from '../../src/recipes/modalities/registry.js';
import { folderName } from '../../src/recipes/runs/folder.js';
import { temporaryFolder, Terminal } from '../cli/support.js';

const bell = 'a\x1b]0;title\x07b\x9b31mc\x7f.png';

describe('control characters', () => {
  it('are spelt out, line ends alone stay', () => {
    expect(plain(bell)).toBe('a\\x1b]0;title\\x07b\\x9b31mc\\x7f.png');
    expect(plain('one\ntwo\tthree\r')).toBe('one\ntwo\\x09three\\x0d');
    expect(plain('Übergröße → 3×')).toBe('Übergröße → 3×');
    expect(shownPath(`/data/${bell}`, '/data')).toBe('a\\x1b]0;title\\x07b\\x9b31mc\\x7f.png');
  });

  it.each([
    ['fit', bell],
    ['fit', bell, '--json'],
    ['compare', bell],
    ['render', bell],
    ['inspect', bell],
    ['fit', bell, '--strategy', bell],
    [bell],
    ['fit', `--${bell}`],
  ])('of a name never reach a terminal: evos %s', async (...words) => {
    const terminal = new Terminal({ cwd: temporaryFolder({}) });
    expect(await terminal.run(...words)).toBe(2);
    expect(terminal.stderr).toContain('\\x1b]0;title');
    for (const text of [terminal.stdout, terminal.stderr]) {
      expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    }
  });
});

describe('folders of runs', () => {
  it.each([
    ['photo', 'photo'],
    ['.hidden', '.hidden'],
    ['.', 'run'],
    ['..', 'run'],
    ['...', 'run'],
    ['', 'run'],
    ['a\x1bb', 'a-b'],
    ['a/b\\c', 'a-b-c'],
  ])('%j becomes %j', (name, folder) => {
    expect(folderName(name)).toBe(folder);
  });

  it('lie in runs/, whatever the input is called', async () => {
    for (const modality of modalities()) {
      const rest = await modality.load();
      for (const input of ['..png', '/data/..png', '...obj', bell]) {
        const folder = path.join('runs', folderName(rest.nameOf(input)));
        expect(path.dirname(folder), input).toBe('runs');
      }
    }
  });
});
