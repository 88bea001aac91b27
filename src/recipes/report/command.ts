// The command line that repeats a run: what a reader needs to check its metrics.
import path from 'node:path';
import { present } from '../../core/present.js';
import type { CampaignReport } from '../runs/events.js';
import type { AnyCompareReport, RunMetrics } from '../runs/metrics.js';
import { typedValue } from '../settings/check.js';
import { usualBeside } from '../settings/effective.js';
import type { Purpose, Resolver } from '../settings/resolver.js';
import { kebabCase } from '../settings/spelling.js';

type Values = Readonly<Record<string, unknown>>;

/**
 * The command that repeats a fit. It names the strategy, steps, seed and what decides the order of sums (device,
 * workers, micro-batch), and of the other settings those that differ from the defaults.
 * @returns undefined when the run used a selector of its own, which no command can name.
 */
export function fitCommand(metrics: RunMetrics, resolver: Resolver): string | undefined {
  const settings: Values = { ...metrics.settings };
  const { strategy, preset, steps, seed, ...others } = settings;
  if (metrics.strategy !== strategy) return undefined;
  const usual: Values = { ...resolver.fit({ strategy }) };
  // What a preset, a strategy and a network have for defaults need not be named beside them.
  const defaults = usualBeside(settings, resolver);
  const always = { strategy, ...(preset === usual['preset'] ? {} : { preset }), steps, seed };
  const rest = resolvedFirst(resolved(metrics, settings), others);
  return command(['fit', resolver], [metrics.input.file], always, rest, defaults);
}

/** The command that repeats a comparison; as `fitCommand`. */
export function compareCommand(report: AnyCompareReport, resolver: Resolver): string | undefined {
  return comparison(report, { ...report.settings }, [report.input.file], resolver);
}

/** Most inputs that a command names one by one; of more it names their folders. */
const mostNamed = 6;

/** The command that repeats a comparison over several inputs and seeds; as `fitCommand`. */
export function campaignCommand(report: CampaignReport, resolver: Resolver): string | undefined {
  const [first] = report.cells;
  if (first === undefined) return undefined;
  const files = [...new Set(report.cells.map(({ input }) => input.file))];
  const named = files.length > mostNamed ? [...new Set(files.map((file) => path.dirname(file)))] : files;
  return comparison(first, { ...report.settings }, named, resolver);
}

function comparison(
  ran: Parameters<typeof resolved>[0],
  settings: Values,
  files: readonly string[],
  resolver: Resolver,
): string | undefined {
  const { strategies, steps, seed, preset, ...others } = settings;
  const known = resolver.strategies();
  const entries: readonly unknown[] = Array.isArray(strategies) ? strategies : [];
  const names = entries.map((entry) => resolver.entry(String(entry)).strategy);
  if (!names.every((name) => known.includes(name))) return undefined;
  const defaults: Values = { ...resolver.compare(present({ preset })) };
  const usual: Values = { ...resolver.compare() };
  const isPreset = preset !== usual['preset'];
  // A preset may be a table of many rows.
  const ofPreset = isPreset && JSON.stringify(strategies) === JSON.stringify(defaults['strategies']);
  const always = {
    ...(ofPreset ? {} : { strategies }),
    ...(isPreset ? { preset } : {}),
    ...(ofPreset && steps === defaults['steps'] ? {} : present({ steps })),
    seed,
  };
  const rest = resolvedFirst(resolved(ran, settings), others);
  return command(['compare', resolver], files, always, rest, defaults);
}

/** What decides the order of sums comes before the rest. */
const resolvedFirst = (found: Values, others: Values): Values => ({ ...found, ...others, ...found });

/** What `auto` and 0 came to on this machine. Workers are a matter of the CPU alone. */
function resolved(
  run: { readonly device: string; readonly workers: number; readonly microBatch?: number },
  settings: Values,
): Values {
  return {
    device: run.device,
    ...(run.workers > 0 && { workers: run.workers }),
    ...(run.microBatch !== undefined && 'microBatch' in settings && { microBatch: run.microBatch }),
  };
}

function command(
  [purpose, resolver]: readonly [Purpose, Resolver],
  files: readonly string[],
  always: Values,
  others: Values,
  defaults: Values,
): string {
  const differing = Object.entries(others).filter(
    ([key, value]) => value !== undefined && JSON.stringify(value) !== JSON.stringify(defaults[key]),
  );
  const fields = new Map(resolver.fields(purpose).map((field) => [field.key, field]));
  const flags = [...Object.entries(always), ...differing].flatMap(([key, value]) => {
    const field = fields.get(key);
    // A list may have an option for each of its entries.
    const each = field?.setting.type === 'list' && field.setting.each !== undefined && Array.isArray(value);
    const texts = each ? value.map(String) : [typedValue(value)];
    return texts.map((text) => `--${field?.flag ?? kebabCase(key)} ${quote(text)}`);
  });
  return ['evos', purpose, ...files.map(operand), ...flags].join(' ');
}

/** A file name that begins with a dash would be taken for an option. */
function operand(file: string): string {
  return quote(file.startsWith('-') ? `./${file}` : file);
}

/** As a POSIX shell reads it. */
function quote(text: string): string {
  return /^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
