// A Unix socket that many clients connect to, each with selectors of its own. The socket is its owner's alone.
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { lstat, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { firstLine } from '../../core/check.js';
import { ArgumentError, OutputError } from '../../core/errors.js';
import { serveConnection } from './serve.js';
import { refusal, type Server } from './session.js';

/** Most clients at once. */
const mostConnections = 64;
/** Systems allow no longer name for a socket. */
const mostBytesOfName = 100;

/** A socket that is listened on. */
export interface Listening {
  /** Ends all connections and removes the socket. */
  close(): Promise<void>;
}

/**
 * Listens on a Unix socket.
 * @throws OutputError when there cannot be one at that path
 */
export async function listen(file: string, server: Server): Promise<Listening> {
  if (Buffer.byteLength(file) > mostBytesOfName) {
    throw new OutputError(
      `cannot listen on ${file}: a socket's path has at most ${mostBytesOfName} bytes; choose a shorter one`,
    );
  }
  await makeRoom(file);
  const sockets = new Set<Socket>();
  // A client that closes its side still gets the answers to what it sent.
  const listener = createServer({ allowHalfOpen: true }, (socket) => {
    // Whoever reads or writes is told of it, too.
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    if (sockets.size >= mostConnections) return turnAway(socket);
    sockets.add(socket);
    void serveSocket(socket, server);
  });
  const mask = process.umask(0o177);
  try {
    listener.listen(file);
    await once(listener, 'listening');
  } catch (error) {
    throw new OutputError(`cannot listen on ${file}: ${firstLine(error)}; choose another path`, {
      cause: error,
    });
  } finally {
    process.umask(mask);
  }
  const removeAtExit = (): void => rmSync(file, { force: true });
  process.on('exit', removeAtExit);
  return {
    async close() {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
      process.off('exit', removeAtExit);
      await rm(file, { force: true });
    },
  };
}

/** Removes the socket of a process that is gone. @throws OutputError when anything else is there */
async function makeRoom(file: string): Promise<void> {
  const found = await lstat(file).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new OutputError(
      `cannot listen on ${file}: a file is in its place; move it away or choose another path`,
    );
  }
  const probe = connect(file);
  try {
    await once(probe, 'connect');
  } catch {
    return await rm(file, { force: true });
  } finally {
    probe.destroy();
  }
  throw new OutputError(
    `cannot listen on ${file}: a process listens there already; stop it or choose another path`,
  );
}

function turnAway(socket: Socket): void {
  const message = `There are ${mostConnections} connections, the most there may be: close one first.`;
  socket.end(refusal(null, new ArgumentError(message)));
}

async function serveSocket(socket: Socket, server: Server): Promise<void> {
  try {
    await serveConnection({ input: socket, write: (bytes) => send(socket, bytes) }, server);
    socket.end();
  } catch {
    // The client is gone.
    socket.destroy();
  }
}

function send(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
