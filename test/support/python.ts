// Python as a second opinion on files this package writes. `.ci/run` installs it; elsewhere what needs it skips.
import { execFileSync } from 'node:child_process';

const python = process.env['EVOS_PYTHON'] ?? 'python3';
const inCi = process.env['CI'] === 'true';

/** Whether a test that needs a Python package is to be skipped: never in CI, where it must be there. */
export function skipWithoutPython(module: string): boolean {
  if (inCi) return false;
  try {
    execFileSync(python, ['-c', `import ${module}`], { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
}

/** Runs a Python program and returns what it prints. */
export function runPython(program: string, args: readonly string[]): string {
  return execFileSync(python, ['-c', program, ...args], { encoding: 'utf8' });
}
