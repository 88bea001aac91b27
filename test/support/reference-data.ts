// Where the golden vectors and real inputs lie: a folder beside the project, or the one EVOS_DATA names.
// They are not part of the package; a test that needs them skips visibly where they are missing.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const root = process.env['EVOS_DATA'] ?? fileURLToPath(new URL('../../../shared', import.meta.url));

/** The absolute path of a reference file, or undefined where it is missing. */
export function referenceFile(relative: string): string | undefined {
  const file = path.join(root, relative);
  return existsSync(file) ? file : undefined;
}

/** A golden file, parsed; undefined where it is missing. The caller names the shape it expects. */
export function golden<T>(name: string): T | undefined {
  const file = referenceFile(`golden/${name}.json`);
  return file === undefined ? undefined : (JSON.parse(readFileSync(file, 'utf8')) as T);
}
