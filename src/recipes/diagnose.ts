// What this machine can train on, and what is missing: the answer behind `evos doctor`.
import { createRequire } from 'node:module';
import os from 'node:os';
import { firstLine } from '../core/check.js';
import { installCommand, type OptionalPackage } from '../core/packages.js';
import { probeDevices, type DeviceReport } from '../engine/index.js';
import { loadSharp } from '../image/files/sharp.js';
import { isInstalled } from './runs/packages.js';
import { version } from './runs/version.js';

/** What `diagnose` found. */
export interface Diagnosis {
  readonly node: { readonly version: string; readonly ok: boolean; readonly hint?: string };
  readonly cores: number;
  readonly memoryGB: number;
  /** Of those that are not installed: what installs them. */
  readonly packages: readonly (
    { readonly name: string; readonly version: string } | { readonly name: string; readonly hint: string }
  )[];
  readonly devices: readonly DeviceReport[];
}

/** Looks at Node, packages and devices; each device is tried in a process of its own. */
export async function diagnose(): Promise<Diagnosis> {
  const require = createRequire(import.meta.url);
  const manifest = require('../../package.json') as { engines: { node: string } };
  const needed = /\d+(\.\d+)?/.exec(manifest.engines.node)?.[0] ?? '20';
  const ok = compareVersions(process.versions.node, needed) >= 0;
  return {
    node: {
      version: process.versions.node,
      ok,
      ...(ok ? {} : { hint: `install Node ${needed} or newer` }),
    },
    cores: os.availableParallelism(),
    memoryGB: os.totalmem() / 2 ** 30,
    packages: [
      { name: 'evos', version },
      await optional('onnxruntime-node', 'trains, and runs models', () =>
        Promise.resolve((require('onnxruntime-node/package.json') as { version: string }).version),
      ),
      await optional('sharp', 'reads and writes pictures', async () => (await loadSharp()).versions.sharp),
    ],
    devices: await probeDevices(),
  };
}

/** The version of an optional package, or how to get it. */
async function optional(
  name: OptionalPackage,
  what: string,
  version: () => Promise<string | undefined>,
): Promise<Diagnosis['packages'][number]> {
  const found: unknown = isInstalled(name) ? await version().catch((error: unknown) => error) : undefined;
  if (typeof found === 'string') return { name, version: found };
  const fault = found instanceof Error ? `${firstLine(found)}; ` : '';
  return { name, hint: `${fault}it ${what}: \`${installCommand([name])}\`` };
}

function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let i = 0; i < right.length; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
