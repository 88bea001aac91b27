// `evos serve`: chooses samples for trainers in other languages, over the standard streams or a Unix socket.
import path from 'node:path';
import { ArgumentError } from '../../core/errors.js';
import { integer, list, text } from '../../core/settings.js';
import { wordsOf } from '../../recipes/settings/words.js';
import { version } from '../../recipes/runs/version.js';
import { defineCommand, type Context } from '../command.js';
import { shownPath } from '../format.js';
import { watchSignals } from '../stopping.js';

/** The command `serve`. */
export const serveCommand = defineCommand({
  name: 'serve',
  description: 'Choose samples for trainers in other languages, over standard input and output',
  controls: {
    /** Listen on a Unix socket at this path, for many clients, until a signal comes (default: the standard streams). */
    socket: text({ default: undefined }),
    /** The most that a frame may hold, in MiB. */
    maxFrame: integer({ min: 1, max: 4095, default: 256 }),
    /** The most samples of all selectors together. */
    maxSamples: integer({ min: 1, max: 2 ** 32 - 1, default: 100_000_000 }),
    /** The most selectors of all clients together. */
    maxSelectors: integer({ min: 1, max: 65_536, default: 64 }),
    /** Module with strategies of your own. */
    plugin: list({ each: 'plugin', default: [] }),
  },
  examples: [
    ['evos serve', 'what python/evos starts: frames in, frames out, see docs/serve.md'],
    ['evos serve --socket /tmp/evos.sock', 'for many clients, until Ctrl-C'],
  ],
  async run({ controls: { socket, maxFrame, maxSamples, maxSelectors } }, context) {
    const process = await import('../../adapters/process/index.js');
    const { frame, samples, selectors } = process.defaultLimits;
    const usage = new process.Usage({
      frame: maxFrame === undefined ? frame : maxFrame * 2 ** 20,
      samples: maxSamples ?? samples,
      selectors: maxSelectors ?? selectors,
    });
    const server = { usage, version, words: wordsOf };
    if (socket !== undefined) {
      const file = path.resolve(context.env.cwd, socket);
      return listening(file, await process.listen(file, server), context);
    }
    const { isTTY, ...connection } = context.env.bytes();
    if (isTTY) {
      throw new ArgumentError(
        'evos serve speaks frames of bytes, and standard input or output is a terminal: let a program start it, such as ' +
          'the Python package in python/, or give it a --socket. See docs/serve.md.',
      );
    }
    const ending = await process.serveConnection(connection, server);
    if (ending.lost) throw ending.error;
    return 0;
  },
});

/** Waits for a signal, which is how it ends. */
async function listening(
  file: string,
  listener: { close(): Promise<void> },
  { env, screen }: Context,
): Promise<number> {
  const stopping = watchSignals(env, screen, 'Closing all connections.');
  screen.note(`listening on ${shownPath(file, env.cwd)}`);
  try {
    await new Promise<void>((resolve) => {
      if (stopping.signal.aborted) resolve();
      else stopping.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    return stopping.code ?? 0;
  } finally {
    await listener.close();
    stopping.release();
  }
}
