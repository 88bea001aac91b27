// The command line that repeats a run: what a reader needs to check its metrics.
import { present } from '../../core/present.js';
import type { AnyCompareReport, InputInfo, RunMetrics } from '../runs/metrics.js';
import { typedValue } from '../settings/check.js';
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
  const { backbone } = settings;
  const usual: Values = { ...resolver.fit({ strategy }) };
  // What a preset, a strategy and a network have for defaults need not be named beside them.
  const named = present({ strategy, preset });
  const defaults = {
    ...resolver.fit(named, present({ backbone })),
    backbone: resolver.fit(named).backbone,
  };
  const always = { strategy, ...(preset === usual['preset'] ? {} : { preset }), steps, seed };
  const rest = resolvedFirst(resolved(metrics, settings), others);
  return command(['fit', resolver], metrics.input, always, rest, defaults);
}

/** The command that repeats a comparison; as `fitCommand`. */
export function compareCommand(report: AnyCompareReport, resolver: Resolver): string | undefined {
  const settings: Values = { ...report.settings };
  const { strategies, steps, seed, preset, ...others } = settings;
  const known = resolver.strategies();
  const entries: readonly unknown[] = Array.isArray(strategies) ? strategies : [];
  const names = entries.map((entry) => resolver.entry(String(entry)).strategy);
  if (!names.every((name) => known.includes(name))) return undefined;
  const defaults: Values = { ...resolver.compare(present({ preset })) };
  const usual: Values = { ...resolver.compare() };
  const always = {
    strategies,
    ...(preset === usual['preset'] ? {} : { preset }),
    ...present({ steps }),
    seed,
  };
  const rest = resolvedFirst(resolved(report, settings), others);
  return command(['compare', resolver], report.input, always, rest, defaults);
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
  { file }: InputInfo,
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
  return ['evos', purpose, operand(file), ...flags].join(' ');
}

/** A file name that begins with a dash would be taken for an option. */
function operand(file: string): string {
  return quote(file.startsWith('-') ? `./${file}` : file);
}

/** As a POSIX shell reads it. */
function quote(text: string): string {
  return /^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
