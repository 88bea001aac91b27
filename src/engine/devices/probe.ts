// Run as a program of its own by trial.ts: tries devices, and prints a line of JSON for each thing that it finds out. What a driver
// prints between them is passed over.
import { PackageError } from '../../core/errors.js';
import { disableTelemetry } from '../onnx/telemetry.js';
import { findDevice } from './registry.js';
import { timeStep } from './time-step.js';
import { asLine, type Finding, type TrialRequest } from './trial.js';

disableTelemetry();
const { names, step, software = false, patience } = JSON.parse(process.argv[2] ?? '') as TrialRequest;
const say = (finding: Finding): void => console.log(asLine(finding));

/** What a step took, or that it took longer than anybody waits. */
async function timed(name: string, others: readonly number[]): Promise<Finding | undefined> {
  if (step === undefined) return undefined;
  // A slower device need not be waited for to the end.
  const longest = (patience ?? Infinity) + 5 * Math.min(...others, Infinity);
  if (longest === Infinity) return { device: name, milliseconds: await timeStep(name, step) };
  const late = new Promise<Finding>((resolve) => {
    setTimeout(() => resolve({ device: name, over: longest }), longest).unref();
  });
  return Promise.race([timeStep(name, step).then((milliseconds) => ({ device: name, milliseconds })), late]);
}

const times: number[] = [];
for (const name of names) {
  try {
    const facts = await findDevice(name).look();
    say({ device: name, facts });
    const finding = facts.software === true && !software ? undefined : await timed(name, times);
    if (finding === undefined) continue;
    say(finding);
    if ('milliseconds' in finding) times.push(finding.milliseconds);
  } catch (cause) {
    const error = cause instanceof Error ? cause.message : String(cause);
    say({ device: name, error, ...(cause instanceof PackageError ? { command: cause.command } : {}) });
  }
}
// A step that nobody waited for may still be under way.
process.exit(0);
