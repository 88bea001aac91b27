// What an arm leaves behind: its settings, where it ran, and its curve, in one JSON file written whole.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { findStrategy, strategies } from '../src/core/index.js';
import { writeWhole } from '../src/recipes/runs/files.js';
import type { FitImageSettings } from '../src/recipes/modalities/image/settings.js';
import type { Arm } from './image-arms.js';

/** One measurement. */
export interface Point {
  readonly step: number;
  /** Trained on so far. */
  readonly samples: number;
  /** Work so far, in full training steps. */
  readonly units: number;
  /** The same in seconds of this machine, as they happened to be. */
  readonly seconds: number;
  /** Peak 255, of the 8-bit picture. */
  readonly psnr: number;
}

/** An arm's file. */
export interface ArmRecord {
  readonly arm: string;
  readonly settings: FitImageSettings;
  readonly picture: { readonly file: string; readonly width: number; readonly height: number };
  readonly fullSteps: number;
  /** Full training's final PSNR; null for full training itself. */
  readonly target: number | null;
  /** Why it ended; null while it has not. */
  readonly ended: 'target' | 'budget' | 'diverged' | null;
  readonly version: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly node: string;
    readonly date: string;
  };
  readonly device: string;
  readonly workers: number;
  /** Seconds of the yardstick's readings, in order. */
  readonly yardstick: readonly number[];
  /** Seconds left out because the machine stood still. */
  readonly stopped: number;
  readonly curve: readonly Point[];
}

/** The units at which a curve first reaches a PSNR, linear between measurements; null when it never does. */
export function unitsTo(curve: readonly Point[], psnr: number): number | null {
  const at = curve.findIndex((point) => point.psnr >= psnr);
  const reached = curve[at];
  if (reached === undefined) return null;
  const before = curve[at - 1];
  if (before === undefined) return reached.units;
  return (
    before.units + ((psnr - before.psnr) / (reached.psnr - before.psnr)) * (reached.units - before.units)
  );
}

/** Where an arm's files lie. */
export function armFiles(folder: string, { name }: Arm): { record: string; checkpoint: string } {
  return {
    record: path.join(folder, `${name}.json`),
    checkpoint: path.join(folder, `${name}.safetensors`),
  };
}

/** Writes an arm's file, whole or not at all. */
export function saveRecord(file: string, record: ArmRecord): Promise<void> {
  return writeWhole(file, `${JSON.stringify(record, undefined, 1)}\n`);
}

/** An arm's file; undefined when there is none. */
export async function loadRecord(file: string): Promise<ArmRecord | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as ArmRecord;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new Error(`${file} cannot be read (${String(error)}); delete it to run that arm anew`, {
      cause: error,
    });
  }
}

/** Every arm's file in a folder, finished or not; none when there is no folder. */
export async function loadRecords(folder: string): Promise<ArmRecord[]> {
  const names = await readdir(folder).catch(() => []);
  const records = await Promise.all(
    names.filter((name) => name.endsWith('.json')).map((name) => loadRecord(path.join(folder, name))),
  );
  return records.filter((record) => record !== undefined);
}

/**
 * Settings that the strategy does not look at may have changed, and so may the name of the preset: defaults do.
 * @throws Error when a file is of other settings than the arm has now
 */
export function checkSame(record: ArmRecord, arm: Arm, target: number | null, file: string): void {
  const was: Readonly<Record<string, unknown>> = { ...record.settings };
  const own = findStrategy(arm.settings.strategy).settings;
  const others = strategies().flatMap(({ settings }) => Object.keys(settings));
  const idle = ['preset', ...others.filter((key) => !Object.hasOwn(own, key))];
  const differs = Object.entries<unknown>({ ...arm.settings }).find(
    ([key, value]) => !isDeepStrictEqual(was[key], value) && !idle.includes(key),
  );
  if (differs !== undefined) {
    const [key, value] = differs;
    throw new Error(
      `${file} is of a run with ${key} ${show(was[key])}, not ${show(value)}: move it away, or name that setting in the arm`,
    );
  }
  if (record.target !== target) {
    throw new Error(
      `${file} is of a run towards ${String(record.target)} dB, but full training ended at ${String(target)} dB: move it away`,
    );
  }
}

const show = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
