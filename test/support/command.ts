// Runs the command line as a user does: a process of its own, from the built package.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** What a finished command left. */
export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that is running. */
export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
}

/** Around a command. */
export interface Surroundings {
  readonly cwd?: string;
  /** Options of Node, such as a module to load first. */
  readonly node?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Files in the place of pipes. */
  readonly stdout?: string;
  readonly stderr?: string;
  /** Standard input as a pipe; default: none. */
  readonly stdin?: 'pipe';
  /** Text in standard output at which its reader goes away. */
  readonly closeAt?: string;
}

/** Starts `evos …`. */
export function start(args: readonly string[], around: Surroundings = {}): Running {
  const { cwd, node = [], env = {}, closeAt } = around;
  const [out, err] = [around.stdout, around.stderr].map((file) =>
    file === undefined ? 'pipe' : openSync(file, 'w'),
  );
  const child = spawn(process.execPath, [...node, main, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: [around.stdin ?? 'ignore', out, err],
  });
  for (const file of [out, err]) if (typeof file === 'number') closeSync(file);
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (closeAt !== undefined && stdout.includes(closeAt)) child.stdout?.destroy();
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, finished };
}

/** Runs `evos …` to its end. */
export function evos(args: readonly string[], options: Surroundings = {}): Promise<Finished> {
  return start(args, options).finished;
}

/** A fresh folder for one test. */
export function temporaryFolder(): string {
  return mkdtempSync(path.join(tmpdir(), 'evos-test-'));
}
