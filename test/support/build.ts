// Builds the package once before the tests, so that self-imports (`evos/…`) see the sources as they are.
// EVOS_SKIP_BUILD=1 leaves that out, for a quick run of tests that import sources only.
import { execFileSync } from 'node:child_process';

export default function setup(): void {
  if (process.env['EVOS_SKIP_BUILD'] === '1') return;
  // Once is enough for all projects of a run.
  process.env['EVOS_SKIP_BUILD'] = '1';
  execFileSync('npm', ['run', '--silent', 'build'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
}
