// What a client may ask a server about: its version, its limits, and the strategies with their settings.
import { strategies, type Setting } from '../../core/index.js';
import type { Header } from './frames.js';
import type { Usage } from './limits.js';

/** The version of the protocol. A change that breaks clients counts it up. */
export const protocolVersion = 1;

/** What a strategy's setting means, in a sentence or two. */
export type Words = (strategy: string, setting: string) => string;

/** The answer to `info`. */
export function describeServer(server: {
  readonly usage: Usage;
  readonly version: string;
  readonly words: Words;
}): Header {
  const { usage, version, words } = server;
  return {
    protocol: protocolVersion,
    version,
    limits: { ...usage.limits },
    strategies: strategies().map(({ name, summary, needs, settings }) => ({
      name,
      summary,
      needs,
      settings: Object.fromEntries(
        Object.entries(settings).map(([key, setting]) => [
          key,
          { ...plain(setting), words: words(name, key) },
        ]),
      ),
    })),
  };
}

/** A setting as JSON has it: forms of texts are patterns, which stay here. */
function plain(setting: Setting): Header {
  return Object.fromEntries(
    Object.entries(setting).filter(([key, value]) => key !== 'form' && typeof value !== 'function'),
  );
}
