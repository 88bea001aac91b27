// Devices are tried in a process of their own: drivers may print, hang or crash, and none of that may reach the user's run.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Device } from '../training/options.js';
import type { DeviceFacts } from './device.js';
import type { StepShape } from './step-shape.js';

/** What the process is asked. */
export interface TrialRequest {
  /** One after the other: the timings must not disturb one another. */
  readonly names: readonly Device[];
  /** A step to be timed on each. Left out: they are only opened. */
  readonly step?: StepShape;
  /** Times it on programs on the CPU too that stand in for a card: it may take minutes there. */
  readonly software?: boolean;
  /** Milliseconds that a device behind the first is waited for, beside five times the fastest before it. */
  readonly patience?: number;
}

/** What it answers, device by device: that it opens, how long a step takes, or what is wrong. */
export type Finding = { readonly device: Device } & (
  | { readonly facts: DeviceFacts }
  | { readonly milliseconds: number }
  | { readonly over: number }
  | { readonly error: string; readonly command?: string }
);

/** What is known of a device after a trial. */
export interface Trial {
  readonly device: Device;
  /** Left out where it does not open. */
  readonly facts?: DeviceFacts;
  /** Of a step. */
  readonly milliseconds?: number;
  /** A step took longer than so many milliseconds. */
  readonly over?: number;
  /** Why it does not work, or cannot take the step. */
  readonly error?: string;
  /** Installs the package that is missing. */
  readonly command?: string;
}

const mark = 'evos-trial ';

/** A finding as a line of the process. */
export const asLine = (finding: Finding): string => `${mark}${JSON.stringify(finding)}`;

/** Longest that a driver is waited for. */
const patienceOfAll = 60_000;

/** Tries devices; never throws. @returns what is known of each, in the order asked */
export async function tryDevices(request: TrialRequest): Promise<Trial[]> {
  const script = fileURLToPath(new URL('./probe.js', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(request)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    child.kill('SIGKILL');
  }, patienceOfAll);
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    said += part;
  });
  await new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  clearTimeout(timer);
  const findings = said
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith(mark))
    .map((line) => JSON.parse(line.slice(mark.length)) as Finding);
  return request.names.map((device) => {
    const own = findings.filter((finding) => finding.device === device);
    const trial = own.reduce((all: Trial, finding): Trial => ({ ...all, ...finding }), { device });
    const told = 'error' in trial || 'milliseconds' in trial || 'over' in trial;
    const opened =
      request.step === undefined || (trial.facts?.software === true && request.software !== true);
    if (told || (opened && 'facts' in trial)) return trial;
    return { ...trial, error: hung ? 'no answer in 60 s' : 'crashed when tried' };
  });
}
