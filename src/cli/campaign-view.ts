// What is told of a comparison over several inputs and seeds: which of how many begins, how long the rest may take, and the
// table of all of them.
import type { CampaignEvent, ComparisonEvent } from '../recipes/index.js';
import {
  comparedMeasures,
  shownSpread,
  type Reaching,
  type Spread,
  type StrategySummary,
} from '../recipes/runs/comparing/summary.js';
import type { Measure, Modality } from '../recipes/runs/modality.js';
import type { CompareSettings } from '../recipes/settings/resolver.js';
import type { Context } from './command.js';
import { CompareView, failedLines, NAME, type Around } from './compare-view.js';
import { duration, figure, shownPath, table, truncate, wrap, type Column } from './format.js';
import { campaignLine } from './json.js';

type Finished = Extract<CampaignEvent, { type: 'compared-all' }>;
type Part = Extract<CampaignEvent, { type: 'part' }>;

/** What is told of a campaign. */
export class CampaignView {
  readonly #context: Context;
  readonly #modality: Modality;
  readonly #settings: CompareSettings;
  readonly #inputs: number;
  readonly #notes = new Set<string>();
  #cell: CompareView | undefined;
  /** When the present cell began, and whether anything was trained in it. */
  #since = 0;
  #trained = false;
  /** Seconds of the cells that were trained in this sitting. */
  readonly #spent: number[] = [];
  #headed = false;
  #stopped: Extract<CampaignEvent, { type: 'stopped' }> | undefined;
  finished = false;
  /** Whether a run failed. */
  failed = false;

  /** @param inputs how many */
  constructor(context: Context, modality: Modality, settings: CompareSettings, inputs: number) {
    this.#context = context;
    this.#modality = modality;
    this.#settings = settings;
    this.#inputs = inputs;
  }

  on(event: CampaignEvent): void {
    const { screen, json, quiet } = this.#context;
    if (json) screen.result(campaignLine(event));
    switch (event.type) {
      case 'cell':
        this.#begin(event);
        break;
      case 'part':
        if (event.event.type === 'run') this.#trained = true;
        if (event.event.type === 'failed') this.#fail(event, event.event);
        this.#cell?.on(event.event);
        break;
      case 'stopped':
        this.#stopped = event;
        break;
      case 'compared-all':
        this.finished = true;
        if (!json && !quiet) screen.result(...summary(event, this.#modality, this.#context));
    }
  }

  #begin({ name, seed, index, count }: Extract<CampaignEvent, { type: 'cell' }>): void {
    const { env, screen } = this.#context;
    const now = env.now();
    if (this.#trained) this.#spent.push((now - this.#since) / 1000);
    this.#since = now;
    this.#trained = false;
    if (!this.#headed) screen.note(wrap(this.#heading(count), screen.noteColumns, '  '));
    this.#headed = true;
    const left = count - index;
    const each = this.#mean();
    const rest = each === undefined ? '' : `, about ${duration(each * left)} to go`;
    screen.note(wrap(`${index + 1}/${count}: ${name}, seed ${seed}${rest}`, screen.noteColumns, '  '));
    const around: Around = {
      label: `${index + 1}/${count}`,
      notes: this.#notes,
      others: (cell) => (left - 1) * (this.#mean() ?? (env.now() - this.#since) / 1000 + cell),
    };
    this.#cell = new CompareView(this.#context, this.#modality, this.#settings.strategies, around);
  }

  #fail({ name, seed }: Part, { strategy, message }: Extract<ComparisonEvent, { type: 'failed' }>): void {
    const { screen, json } = this.#context;
    this.failed = true;
    if (json) return;
    const run = `${truncate(strategy, NAME)}, ${name}, seed ${seed}`;
    screen.warn(wrap(`${run}: ${message}`, screen.noteColumns, '  '));
  }

  /** Seconds of a cell, by those of this sitting; undefined for the first. */
  #mean(): number | undefined {
    const spent = this.#spent;
    return spent.length === 0 ? undefined : spent.reduce((sum, each) => sum + each, 0) / spent.length;
  }

  #heading(count: number): string {
    const { strategies, seeds } = this.#settings;
    const { one, several } = this.#modality;
    const inputs = this.#inputs === 1 ? one : `${this.#inputs} ${several}`;
    return (
      `${inputs}, ${seeds} seed${seeds === 1 ? '' : 's'}, ${strategies.length} strategies: ` +
      `${count} comparisons of ${strategies.length} runs each`
    );
  }

  /** What to say of a campaign that was stopped. */
  stopped(): string {
    if (this.#stopped === undefined) return 'Stopped.';
    const { done, count, out } = this.#stopped;
    const folder = shownPath(out, this.#context.env.cwd);
    return (
      `Stopped with ${done} of ${count} comparisons done. What was done so far is in ${folder}; the same command with ` +
      '--resume goes on from there.'
    );
  }
}

const spread = (value: Spread | undefined, decimals: number): string => {
  if (value === undefined) return '-';
  const { mean, deviation } = value;
  return deviation === null
    ? figure(mean, decimals)
    : `${figure(mean, decimals)} ±${figure(deviation, decimals)}`;
};

const reachingText = ({ reached, count, seconds }: Reaching): string => {
  if (seconds === null) return 'never';
  const share = reached === count ? '' : ` (${reached}/${count})`;
  return `${figure(seconds.mean, 1)}${share}`;
};

/** The table, as wide as the window allows. */
export function campaignTable(
  strategies: readonly StrategySummary[],
  modality: Pick<Modality, 'measures'>,
  width: number,
): string[] {
  const measures = comparedMeasures(modality).filter(({ key }) =>
    strategies.some((each) => each.measures.some((measure) => measure.key === key)),
  );
  const valueOf = (row: StrategySummary, { key }: Measure, of: 'value' | 'difference'): Spread | undefined =>
    row.measures.find((measure) => measure.key === key)?.[of];
  const shown = (measure: Measure, found: Spread | undefined): string =>
    spread(found && shownSpread(measure, found), measure.decimals);
  const [quality] = modality.measures;
  const targets = strategies[0]?.targets.map(({ target }) => target) ?? [];
  return table(
    strategies,
    [
      { title: 'strategy', keep: 9, left: true, show: (row) => truncate(row.strategy, NAME) },
      { title: 'seconds', keep: 8, show: (row) => spread(row.seconds, 1) },
      { title: 'time', keep: 3, show: (row) => `${figure(row.timeRatio.mean, 2)}x` },
      ...measures.map((measure, i): Column<StrategySummary> => ({
        title: measure.column?.title ?? measure.title,
        keep: i === 0 ? 7 : 2,
        show: (row) => shown(measure, valueOf(row, measure, 'value')),
      })),
      { title: 'difference', keep: 6, show: (row) => shown(quality, valueOf(row, quality, 'difference')) },
      ...targets.map((target): Column<StrategySummary> => ({
        title: `to ${target}`,
        keep: 5,
        show: (row) => {
          const found = row.targets.find((each) => each.target === target);
          return found === undefined ? '-' : reachingText(found);
        },
      })),
      {
        title: 'speed-up',
        keep: 4,
        show: ({ speedUp, toBaseline: { reached, count } }) =>
          speedUp === null
            ? '-'
            : `${figure(speedUp, 2)}x${reached === count ? '' : ` (${reached}/${count})`}`,
      },
    ],
    width,
  );
}

function summary({ report, files }: Finished, modality: Modality, { env, screen }: Context): string[] {
  const [head = '', ...lines] = campaignTable(report.strategies, modality, screen.columns);
  const page = files.find((file) => file.endsWith('compare.html'));
  const runs = report.failed ?? [];
  const footer = [
    `Mean ± standard deviation over ${report.cells.length} comparisons; seconds: training and choosing; difference: from ` +
      `${report.baseline} with the same input and seed; speed-up: to the ${modality.measures[0].title} at which it ended.`,
    ...(runs.length === 0 ? [] : ['Means are of the runs that came to a result.']),
    ...modality.footnotes,
    ...(page === undefined ? [] : [`Open ${shownPath(page, env.cwd)} in a browser for curves and pictures.`]),
  ];
  const failed = runs.flatMap(({ name, seed, ...run }) =>
    failedLines([run], ({ strategy }) => `${truncate(strategy, NAME)}, ${name}, seed ${seed}:`),
  );
  return [screen.paint.bold(head), ...lines, ...failed, ...footer.map((line) => wrap(line, screen.columns))];
}
