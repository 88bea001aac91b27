// Builds the package once before the tests, so that self-imports (`evos/…`) see the sources as they are; not where nothing has
// changed since the last build, as after `npm ci`.
// EVOS_SKIP_BUILD=1 leaves that out, for a quick run of tests that import sources only.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** What the build reads. A folder's own time tells of files that were moved or removed. */
const sources = ['src', 'kernels', 'scripts', 'package.json', 'package-lock.json', 'tsconfig.json'];

function upToDate(): boolean {
  if (!existsSync('dist/.built')) return false;
  const built = statSync('dist/.built').mtimeMs;
  const files = sources.flatMap((name) =>
    statSync(name).isDirectory()
      ? [
          name,
          ...readdirSync(name, { recursive: true, encoding: 'utf8' }).map((file) => path.join(name, file)),
        ]
      : [name],
  );
  return files.every((file) => statSync(file).mtimeMs < built);
}

export default function setup(): void {
  if (process.env['EVOS_SKIP_BUILD'] === '1') return;
  // Once is enough for all projects of a run.
  process.env['EVOS_SKIP_BUILD'] = '1';
  if (upToDate()) return;
  execFileSync('npm', ['run', '--silent', 'build'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
}
