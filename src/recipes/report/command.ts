// The command line that repeats a run: what a reader needs to check its figures.
import type { CompareMeshReport, CompareReport, ImageMetrics, MeshMetrics } from '../runs/artifacts.js';
import { compareMeshSettings, fitMeshSettings, resolveMeshSettings } from '../modalities/mesh/options.js';
import {
  compareSettings,
  entrySettings,
  fitImageSettings,
  resolveSettings,
} from '../modalities/image/options.js';
import type { CompareSceneReport, SceneMetrics } from '../modalities/scene/metrics.js';
import { compareSceneSettings, fitSceneSettings, resolveSceneSettings } from '../modalities/scene/options.js';
import { isBuiltIn, readEntry } from '../settings/strategy-entries.js';

/**
 * The command that repeats a fit. It names the strategy, steps, seed and what decides the order of sums (device,
 * workers, micro-batch), and of the other settings those that differ from the defaults.
 * @returns undefined when the run used a selector of its own, which no command can name.
 */
export function fitCommand(metrics: ImageMetrics | MeshMetrics | SceneMetrics): string | undefined {
  if (metrics.kind === 'scene') return fitSceneCommand(metrics);
  const { strategy, steps, seed, preset, ...others } = metrics.settings;
  if (metrics.strategy !== strategy) return undefined;
  const defaults =
    metrics.kind === 'image'
      ? resolveSettings(fitImageSettings, { preset, strategy })
      : resolveMeshSettings(fitMeshSettings, { preset, strategy });
  const flags = flagsOf(
    { strategy, ...named(preset), steps, seed },
    { ...others, ...resolved(metrics) },
    { ...defaults },
  );
  return ['evos', 'fit', operand(metrics.input.file), ...flags].join(' ');
}

/** Scenes have no presets. */
function fitSceneCommand(metrics: SceneMetrics): string | undefined {
  const { strategy, backbone, steps, seed, ...others } = metrics.settings;
  if (metrics.strategy !== strategy) return undefined;
  const defaults = resolveSceneSettings(fitSceneSettings, { strategy, backbone });
  const flags = flagsOf(
    { strategy, steps, seed },
    { backbone, ...others, ...resolved({ device: metrics.device, workers: metrics.workers }) },
    { ...defaults, backbone: fitSceneSettings.shape.backbone.parse(undefined) },
  );
  return ['evos', 'fit', operand(metrics.input.file), ...flags].join(' ');
}

function compareSceneCommand({ input, settings, ...run }: CompareSceneReport): string {
  const { strategies, steps, seed, ...others } = settings;
  const flags = flagsOf(
    { strategies, ...(steps === undefined ? {} : { steps }), seed },
    { ...others, ...resolved({ device: run.device, workers: run.workers }) },
    { ...resolveSceneSettings(compareSceneSettings) },
  );
  return ['evos', 'compare', operand(input.file), ...flags].join(' ');
}

/** The command that repeats a comparison; as `fitCommand`. */
export function compareCommand(
  report: CompareReport | CompareMeshReport | CompareSceneReport,
): string | undefined {
  if (report.kind === 'scene-comparison') return compareSceneCommand(report);
  const { strategies, steps, seed, preset, ...others } = report.settings;
  if (!strategies.every((entry) => isBuiltIn(readEntry(entry, entrySettings).strategy))) return undefined;
  const defaults =
    report.kind === 'image-comparison'
      ? resolveSettings(compareSettings, { preset })
      : resolveMeshSettings(compareMeshSettings, { preset });
  const flags = flagsOf(
    { strategies, ...named(preset), ...(steps === undefined ? {} : { steps }), seed },
    { ...others, ...resolved(report) },
    { ...defaults },
  );
  return ['evos', 'compare', operand(report.input.file), ...flags].join(' ');
}

/** A preset goes with the settings that differ from its own. */
function named(preset: string): { preset?: string } {
  return preset === 'default' ? {} : { preset };
}
/** What `auto` and 0 came to on this machine. Workers are a matter of the CPU alone. */
function resolved(run: { device: string; workers: number; microBatch?: number }): Record<string, unknown> {
  return {
    device: run.device,
    ...(run.workers > 0 && { workers: run.workers }),
    ...(run.microBatch !== undefined && { microBatch: run.microBatch }),
  };
}

function flagsOf(
  always: Record<string, unknown>,
  others: Record<string, unknown>,
  defaults: Record<string, unknown>,
): string[] {
  const differing = Object.entries(others).filter(
    ([key, value]) => value !== undefined && JSON.stringify(value) !== JSON.stringify(defaults[key]),
  );
  return [...Object.entries(always), ...differing].map(([key, value]) => {
    const name = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return `--${name} ${quote(Array.isArray(value) ? value.join(',') : String(value))}`;
  });
}

/** A file name that begins with a dash would be taken for an option. */
function operand(file: string): string {
  return quote(file.startsWith('-') ? `./${file}` : file);
}

/** As a POSIX shell reads it. */
function quote(text: string): string {
  return /^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
