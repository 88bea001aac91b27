// Which devices can train here. A device is tried in a process of its own: drivers may print, hang or crash,
// and none of that may reach the user's run.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DeviceError } from '../../core/errors.js';
import type { Device } from '../training/options.js';
import { mayHaveGraphicsCard } from './graphics-cards.js';
import { devices, findDevice } from './registry.js';

/** Where to train; `auto` leaves the choice to `resolveDevice`. */
export type DeviceName = 'auto' | Device;

/** What was found out about one device. */
export interface DeviceReport {
  readonly name: Device;
  readonly available: boolean;
  /** What was found, or why it does not work. */
  readonly detail: string;
  /** How to get it, when it is missing. */
  readonly hint?: string;
  /** Milliseconds for one 1024×256×256 matrix product, when it works. */
  readonly milliseconds?: number;
}

const run = promisify(execFile);

/**
 * Tries one device in a process of its own; never throws.
 * @throws ArgumentError for a name that is no device’s
 * @example
 * const { available, detail } = await probeDevice('webgpu');
 */
export async function probeDevice(name: Device): Promise<DeviceReport> {
  const script = fileURLToPath(new URL('./probe.js', import.meta.url));
  const missing = (detail: string, hint = findDevice(name).hint): DeviceReport => {
    return { name, available: false, detail, hint };
  };
  try {
    const { stdout } = await run(process.execPath, [script, name], { timeout: 60_000 });
    const answer = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
      milliseconds?: number;
      error?: string;
      /** Installs the package that is missing. */
      command?: string;
    };
    const { milliseconds, error = 'unknown error', command } = answer;
    if (command !== undefined) return missing(error.split(/, and |; /)[0] ?? error, `\`${command}\``);
    if (milliseconds === undefined) return missing(firstSentence(error));
    const detail = `works (${milliseconds.toFixed(2)} ms for a test product)`;
    return { name, available: true, detail, milliseconds };
  } catch (cause) {
    const hung = cause instanceof Error && 'killed' in cause && cause.killed === true;
    return missing(hung ? 'no answer in 60 s' : 'crashed when tried');
  }
}

/**
 * Tries every device.
 * @throws never
 * @example
 * for (const { name, detail } of await probeDevices()) console.log(name, detail);
 */
export async function probeDevices(): Promise<DeviceReport[]> {
  // One after the other: the timings must not disturb one another.
  const reports: DeviceReport[] = [];
  for (const { name } of devices()) reports.push(await probeDevice(name));
  return reports;
}

/** The device to train on, and why. */
export interface ResolvedDevice {
  readonly name: Device;
  readonly reason: string;
}

/**
 * Turns a device's name into one that works here. `auto` takes the last of the registry that works, and where that is asked
 * of it beats the CPU in a short measurement, as a software driver does not. Where Linux has no driver of a graphics card none is
 * tried.
 * @throws DeviceError when a device asked for by name does not work; the message says how to get it.
 * @throws ArgumentError for a name that is no device's
 * @example
 * const { name } = await resolveDevice('auto');
 * const trainer = createTrainer({ model: siren({ inputDim: 2, outputDim: 3 }), device: name });
 */
export async function resolveDevice(name: DeviceName): Promise<ResolvedDevice> {
  if (name === 'auto') return chooseDevice();
  const { preferred, hint } = findDevice(name);
  if (preferred === 'always') return { name, reason: 'asked for' };
  const report = await probeDevice(name);
  if (report.available) return { name, reason: 'asked for' };
  throw new DeviceError(`device ${name} does not work here: ${report.detail}. To get it: ${hint}`);
}

async function chooseDevice(): Promise<ResolvedDevice> {
  const all = [...devices()].reverse();
  const last = all.find(({ preferred }) => preferred === 'always');
  if (last !== undefined && !mayHaveGraphicsCard()) {
    return { name: last.name, reason: 'auto: this machine has no graphics card' };
  }
  let slower: string | undefined;
  for (const { name, preferred } of all) {
    if (name === last?.name) break;
    const { available, milliseconds = Infinity } = await probeDevice(name);
    if (!available) continue;
    if (preferred === 'where it works') return { name, reason: `auto: ${name} works here` };
    const usual: Partial<DeviceReport> = last === undefined ? {} : await probeDevice(last.name);
    if (milliseconds < (usual.milliseconds ?? Infinity)) {
      return { name, reason: `auto: ${name} works here and beat the CPU in a short measurement` };
    }
    slower = name;
  }
  if (last === undefined) throw new DeviceError('no device works here');
  const reason =
    slower === undefined
      ? 'auto: no GPU that works was found'
      : `auto: ${slower} works here but was slower than the CPU in a short measurement`;
  return { name: last.name, reason };
}

function firstSentence(text: string): string {
  const line = text.split('\n')[0] ?? text;
  // ONNX Runtime prefixes messages with source file, line and function.
  const message = line.replace(/^.*\b(?:was false\.|Status Message:)\s*/u, '');
  return message.length > 200 ? `${message.slice(0, 197)}…` : message;
}
