// The size of things: files that are read in one go, and folders whose list fits on a screen.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const most = { lines: 400, files: 25 };

const entries = readdirSync('src', { recursive: true, encoding: 'utf8' }).map((name) =>
  path.join('src', name),
);
const isFolder = (entry: string): boolean => statSync(entry).isDirectory();

describe('the sources', () => {
  it(`have no file of over ${most.lines} lines`, () => {
    const files = entries.filter((entry) => !isFolder(entry));
    expect(files.length).toBeGreaterThan(100);
    // The last line ends with a line feed, too.
    const lines = (file: string): number => readFileSync(file, 'utf8').split('\n').length - 1;
    expect(files.filter((file) => lines(file) > most.lines)).toEqual([]);
  });

  it(`have no folder of over ${most.files} files`, () => {
    const folders = ['src', ...entries.filter(isFolder)];
    const inside = (folder: string): number =>
      readdirSync(folder).filter((name) => !isFolder(path.join(folder, name))).length;
    expect(folders.filter((folder) => inside(folder) > most.files)).toEqual([]);
  });
});
