// Reads inputs for `npm run fuzz` in a process that may be killed, and tells its parent of each before and after.
import { fuzz, type Verdict } from './harness.js';
import { inlineThreads } from './inline-threads.js';
import { kinds } from './kinds.js';

/** What a child is asked for. */
export interface Order {
  readonly kind: string;
  readonly seed: number;
  readonly from: number;
  readonly count: number;
  /** Whether readers that start threads are to have real ones: each costs a tenth of a second. */
  readonly threads: boolean;
}

/** What a child tells. */
export type Told =
  /** The samples are there, and the first input is read next. */
  | { readonly type: 'ready' }
  /** @param peak the most memory this process ever held, in bytes */
  | { readonly type: 'verdict'; readonly verdict: Verdict; readonly peak: number };

const tell = (told: Told): void => void process.send?.(told);

async function follow({ kind: name, threads, ...range }: Order): Promise<void> {
  const kind = await kinds[name]?.();
  if (kind === undefined) throw new Error(`no such kind: ${name}`);
  const samples = await kind.samples();
  if (!threads) inlineThreads();
  tell({ type: 'ready' });
  for await (const verdict of fuzz({ ...kind, samples: () => Promise.resolve(samples) }, range)) {
    tell({ type: 'verdict', verdict, peak: process.resourceUsage().maxRSS * 1024 });
  }
  process.disconnect();
}

process.once('message', (order) => void follow(order as Order));
