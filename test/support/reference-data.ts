// Golden vectors of the published code lie in fixtures/golden. Real images, meshes and scenes are not part of the
// package: they lie in a folder beside the project, or the one EVOS_DATA names; a test that needs them skips visibly.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const root = process.env['EVOS_DATA'] ?? fileURLToPath(new URL('../../../shared', import.meta.url));

/** The absolute path of a file among the real inputs, or undefined where it is missing. */
export function referenceFile(relative: string): string | undefined {
  const file = path.join(root, relative);
  return existsSync(file) ? file : undefined;
}

/** A golden file, parsed. The caller names the shape it expects. */
export function golden<T>(name: string): T {
  const file = new URL(`../../fixtures/golden/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}
