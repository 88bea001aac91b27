// Where tests, and the programs that they start, put what is temporary: one folder for all of them, which goes when they have ended.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** What systems call the folder of temporary files. */
const names = process.platform === 'win32' ? ['TEMP', 'TMP'] : ['TMPDIR'];

export default function setup(): (() => void) | undefined {
  // Once for all projects of a run.
  if (process.env['EVOS_TEST_TEMPORARY'] !== undefined) return undefined;
  const folder = mkdtempSync(path.join(tmpdir(), 'evos-tests-'));
  // Some tests go there as another user.
  chmodSync(folder, 0o755);
  process.env['EVOS_TEST_TEMPORARY'] = folder;
  for (const name of names) process.env[name] = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
