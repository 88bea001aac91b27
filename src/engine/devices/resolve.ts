// Which devices can train here, and the one that a run takes.
import { DeviceError } from '../../core/errors.js';
import type { Device } from '../training/options.js';
import { chooseDevice, type AskStep, type ResolvedDevice } from './choose.js';
import type { DeviceFacts } from './device.js';
import { devices, findDevice } from './registry.js';
import { stepInWords, usualStep, type StepShape } from './step-shape.js';
import { tryDevices } from './trial.js';

export type { AskStep, ResolvedDevice } from './choose.js';

/** Where to train; `auto` leaves the choice to `resolveDevice`. */
export type DeviceName = 'auto' | Device;

/** What was found out about one device. */
export interface DeviceReport extends DeviceFacts {
  readonly name: Device;
  readonly available: boolean;
  /** What was found, or why it does not work. */
  readonly detail: string;
  /** How to get it, when it is missing. */
  readonly hint?: string;
  /** Of a step of training, where one was asked for and the device took it. */
  readonly milliseconds?: number;
}

/**
 * Tries one device in a process of its own; never throws.
 * @param step is timed there, unless it is software in place of a card. Left out: the device is only opened
 * @throws ArgumentError for a name that is no device’s
 * @example
 * const { available, detail } = await probeDevice('webgpu');
 */
export async function probeDevice(name: Device, step?: StepShape): Promise<DeviceReport> {
  const missing = (detail: string, hint = findDevice(name).hint): DeviceReport => {
    return { name, available: false, detail, hint };
  };
  findDevice(name);
  const [trial] = await tryDevices({ names: [name], ...(step === undefined ? {} : { step }) });
  const { facts, milliseconds, error = 'unknown error', command } = trial ?? {};
  if (command !== undefined) return missing(error.split(/, and |; /)[0] ?? error, `\`${command}\``);
  if (facts === undefined || (step !== undefined && milliseconds === undefined && facts.software !== true))
    return missing(firstSentence(error));
  const time =
    step === undefined || milliseconds === undefined
      ? []
      : [`a step takes ${milliseconds.toFixed(2)} ms (${stepInWords(step)})`];
  const told = [...time, ...inWords(facts)];
  const detail = told.length === 0 ? 'works' : `works: ${told.join('; ')}`;
  return { name, available: true, detail, ...facts, ...(milliseconds === undefined ? {} : { milliseconds }) };
}

/** What a device says of itself, a few words each. */
function inWords({ adapter, software = false, limits = {} }: DeviceFacts): string[] {
  const { maxBufferSize, maxStorageBufferBindingSize } = limits;
  const size = (bytes: number): string => `${Math.floor(bytes / 2 ** 20)} MiB`;
  return [
    ...(adapter === undefined ? [] : [adapter]),
    ...(software ? ['a program on the CPU, which auto never takes'] : []),
    ...(maxBufferSize === undefined || maxStorageBufferBindingSize === undefined
      ? []
      : [`buffers up to ${size(maxBufferSize)}, bound up to ${size(maxStorageBufferBindingSize)}`]),
  ];
}

/**
 * Tries every device, and times a step of SIREN 3×256 with 4,096 samples on each that is not software in place of a card.
 * @throws never
 * @example
 * for (const { name, detail } of await probeDevices()) console.log(name, detail);
 */
export async function probeDevices(): Promise<DeviceReport[]> {
  // One after the other: the timings must not disturb one another.
  const reports: DeviceReport[] = [];
  for (const { name } of devices()) reports.push(await probeDevice(name, usualStep));
  return reports;
}

/**
 * Turns a device's name into one that works here. `auto` takes the one on which a step of training is the fastest, by a measurement
 * that is remembered in the user's cache folder; software that stands in for a card is never taken. Where Linux has no driver of a
 * graphics card nothing is tried.
 * @param step says what is to be trained, for `auto`; asked only where there is something to choose from. Default: SIREN 3×256 with
 *   4,096 samples
 * @throws DeviceError when a device asked for by name does not work; the message says how to get it.
 * @throws ArgumentError for a name that is no device's
 * @example
 * const { name } = await resolveDevice('auto');
 * const trainer = createTrainer({ model: siren({ inputDim: 2, outputDim: 3 }), device: name });
 */
export async function resolveDevice(name: DeviceName, step?: AskStep): Promise<ResolvedDevice> {
  if (name === 'auto') return chooseDevice(step);
  const { preferred, hint } = findDevice(name);
  if (preferred === 'always') return { name, reason: 'asked for' };
  const report = await probeDevice(name);
  if (report.available) return { name, reason: 'asked for' };
  throw new DeviceError(`device ${name} does not work here: ${report.detail}. To get it: ${hint}`);
}

function firstSentence(text: string): string {
  const line = text.split('\n')[0] ?? text;
  // ONNX Runtime prefixes messages with source file, line and function.
  const message = line.replace(/^.*\b(?:was false\.|Status Message:)\s*/u, '');
  return message.length > 200 ? `${message.slice(0, 197)}…` : message;
}
