// Which devices can train here. A device is tried in a process of its own: drivers may print, hang or crash,
// and none of that may reach the user's run.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DeviceError } from '../../core/index.js';
import type { Device } from '../onnx/options.js';

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

const hints = {
  cpu: 'reinstall the packages with `npm ci`; ONNX Runtime supports x64 and arm64 on Linux and Windows, arm64 on macOS',
  webgpu:
    'install a graphics driver with Vulkan (Linux: the loader `libvulkan1` and the driver of your card, e.g. `mesa-vulkan-drivers`), Direct3D 12 (Windows) or Metal (macOS)',
  cuda: 'on Linux x64 with CUDA 12 and cuDNN 9: `npm rebuild onnxruntime-node --onnxruntime-node-install=cuda12`',
} as const;

const run = promisify(execFile);

/** Tries one device in a process of its own; never throws. */
export async function probeDevice(name: Device): Promise<DeviceReport> {
  const script = fileURLToPath(new URL('./probe.js', import.meta.url));
  try {
    const { stdout } = await run(process.execPath, [script, name], { timeout: 60_000 });
    const answer = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
      milliseconds?: number;
      error?: string;
    };
    if (answer.milliseconds !== undefined) {
      const { milliseconds } = answer;
      return {
        name,
        available: true,
        detail: `works (${milliseconds.toFixed(2)} ms for a test product)`,
        milliseconds,
      };
    }
    return {
      name,
      available: false,
      detail: firstSentence(answer.error ?? 'unknown error'),
      hint: hints[name],
    };
  } catch (cause) {
    const detail =
      cause instanceof Error && 'killed' in cause && cause.killed === true
        ? 'no answer in 60 s'
        : 'crashed when tried';
    return { name, available: false, detail, hint: hints[name] };
  }
}

/** Tries every device. */
export async function probeDevices(): Promise<DeviceReport[]> {
  // One after the other: the timings must not disturb one another.
  const reports: DeviceReport[] = [];
  for (const name of ['cpu', 'webgpu', 'cuda'] as const) reports.push(await probeDevice(name));
  return reports;
}

/** The device to train on, and why. */
export interface ResolvedDevice {
  readonly name: Device;
  readonly reason: string;
}

/**
 * Turns a device's name into one that works here. `auto` takes CUDA where it works, else WebGPU where it works and
 * beats the CPU in a short measurement (a software driver does not), else the CPU.
 * @throws DeviceError when a device asked for by name does not work; the message says how to get it.
 */
export async function resolveDevice(name: DeviceName): Promise<ResolvedDevice> {
  if (name === 'cpu') return { name, reason: 'asked for' };
  if (name !== 'auto') {
    const report = await probeDevice(name);
    if (report.available) return { name, reason: 'asked for' };
    throw new DeviceError(
      `device ${name} does not work here: ${report.detail}. To get it: ${report.hint ?? ''}`,
    );
  }
  const cuda = await probeDevice('cuda');
  if (cuda.available) return { name: 'cuda', reason: 'auto: CUDA works here' };
  const webgpu = await probeDevice('webgpu');
  if (!webgpu.available) return { name: 'cpu', reason: 'auto: no GPU that works was found' };
  const cpu = await probeDevice('cpu');
  if ((webgpu.milliseconds ?? Infinity) < (cpu.milliseconds ?? Infinity)) {
    return { name: 'webgpu', reason: 'auto: WebGPU works here and beat the CPU in a short measurement' };
  }
  return {
    name: 'cpu',
    reason: 'auto: WebGPU works here but was slower than the CPU in a short measurement',
  };
}

function firstSentence(text: string): string {
  const line = text.split('\n')[0] ?? text;
  // ONNX Runtime prefixes messages with source file, line and function.
  const message = line.replace(/^.*\b(?:was false\.|Status Message:)\s*/u, '');
  return message.length > 200 ? `${message.slice(0, 197)}…` : message;
}
