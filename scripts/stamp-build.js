// Build step, first and last: dist/.built is of the moment when the last whole build began, so that tests know whether a file
// has changed since. While a build runs, and after one that failed, it is not there.
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';

const [begun, built] = ['.begun', '.built'].map((name) => new URL(`../dist/${name}`, import.meta.url));
if (process.argv[2] === 'end') renameSync(begun, built);
else {
  mkdirSync(new URL('.', built), { recursive: true });
  rmSync(built, { force: true });
  writeFileSync(begun, '');
}
