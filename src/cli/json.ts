// Events as lines of JSON. Both commands that train give the same lines: every one about a run names its
// strategy. Sample positions stay out: millions of numbers per step serve nobody on a pipe.
import type { CampaignEvent, ComparisonEvent, RunEvent } from '../recipes/index.js';

/** One line of JSON, without its line break. Figures that JSON cannot hold (infinite PSNR) become null. */
export function jsonLine(value: object): string {
  return JSON.stringify(value, (key, entry: unknown) =>
    key === 'indices' || ArrayBuffer.isView(entry) ? undefined : entry,
  );
}

/** An event of a run, with its strategy. */
export function fitLine(strategy: string, event: RunEvent): string {
  const { type, ...rest } = event;
  return jsonLine({ type, strategy, ...rest });
}

/** An event of a comparison: those of its runs look as they do from `fit`. */
export function compareLine(event: ComparisonEvent): string {
  return event.type === 'run' ? fitLine(event.strategy, event.event) : jsonLine(event);
}

/** An event of a comparison over several inputs and seeds: those within name input and seed. */
export function campaignLine(event: CampaignEvent): string {
  if (event.type !== 'part') return jsonLine(event);
  const { name, seed, event: part } = event;
  if (part.type !== 'run') return jsonLine({ ...part, name, seed });
  return jsonLine({ strategy: part.strategy, name, seed, ...part.event });
}
