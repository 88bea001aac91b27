// What this machine can train on, and what is missing: the answer behind `evos doctor`.
import { createRequire } from 'node:module';
import os from 'node:os';
import sharp from 'sharp';
import { probeDevices, type DeviceReport } from '../engine/index.js';
import { version } from './runs/version.js';

/** What `diagnose` found. */
export interface Diagnosis {
  readonly node: { readonly version: string; readonly ok: boolean; readonly hint?: string };
  readonly cores: number;
  readonly memoryGB: number;
  readonly packages: readonly { readonly name: string; readonly version: string }[];
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
      {
        name: 'onnxruntime-node',
        version: (require('onnxruntime-node/package.json') as { version: string }).version,
      },
      { name: 'sharp', version: sharp.versions.sharp ?? 'unknown' },
    ],
    devices: await probeDevices(),
  };
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
