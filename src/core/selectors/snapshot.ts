// A snapshot goes on only under the settings it was taken with.
import type { JsonValue } from '../contracts.js';
import { ResumeError } from '../errors.js';

/** The settings a snapshot belongs to, by name, in a form that survives JSON. */
export type Fingerprint = Readonly<Record<string, JsonValue>>;

/** Settings as a snapshot holds them: `undefined` is null. */
export function fingerprintOf(settings: object): Fingerprint {
  const entries = Object.entries(settings).map(([name, value]: [string, unknown]) => [name, value ?? null]);
  // A copy by way of JSON is what it says.
  return JSON.parse(JSON.stringify(Object.fromEntries(entries))) as Fingerprint;
}

/**
 * Makes sure that a snapshot's settings are these.
 * @param free names of settings that may differ
 * @throws ResumeError naming the first that does not, or saying that there are none
 */
export function checkSnapshotSettings(
  settings: JsonValue | undefined,
  expected: Fingerprint,
  free: readonly string[] = [],
): void {
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    throw new ResumeError(
      'The snapshot is not of a selector: it has no settings. Was it taken from a trainer?',
    );
  }
  for (const name of new Set([...Object.keys(expected), ...Object.keys(settings)])) {
    const here = JSON.stringify(expected[name] ?? null);
    const there = JSON.stringify(settings[name] ?? null);
    if (here === there || free.includes(name)) continue;
    throw new ResumeError(
      `The snapshot belongs to other settings: its ${name} is ${there}, this selector's is ${here}. ` +
        'Make the selector with the settings of the snapshot, or start a new run.',
    );
  }
}
