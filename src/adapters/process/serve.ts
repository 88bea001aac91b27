// Connections: frames come in one after the other, each is answered before the next is read. While an answer is not taken
// nothing more is read, so that a slow client fills no memory.
import { InputError } from '../../core/errors.js';
import { FrameReader } from './frames.js';
import { refusal, Session, type Server } from './session.js';

/** Two streams of bytes to and from one client. */
export interface Connection {
  readonly input: AsyncIterable<Uint8Array>;
  /** Comes back when there is room for more. */
  write(bytes: Uint8Array): Promise<void>;
}

/** How a connection ended: the client closed it, or sent what frames cannot be told apart in. */
export type Ending = { readonly lost: false } | { readonly lost: true; readonly error: InputError };

/**
 * Serves one client until it closes its side.
 * @returns how it ended; with framing lost, the client has been told
 * @throws what the streams throw
 */
export async function serveConnection(connection: Connection, server: Server): Promise<Ending> {
  const session = new Session(server);
  const reader = new FrameReader(server.usage.limits.frame);
  try {
    for await (const chunk of connection.input) {
      const lost = await answerAll(reader, chunk, session, connection);
      if (lost !== undefined) return { lost: true, error: lost };
    }
    if (reader.waiting === 0) return { lost: false };
    const error = new InputError(
      `The connection ended inside a frame, ${reader.waiting} bytes into it: send whole frames.`,
    );
    await connection.write(refusal(null, error));
    return { lost: true, error };
  } finally {
    session.close();
  }
}

/** @returns what is wrong where the next frame cannot be found; the client has been told */
async function answerAll(
  reader: FrameReader,
  chunk: Uint8Array,
  session: Session,
  connection: Connection,
): Promise<InputError | undefined> {
  try {
    for (const body of reader.read(chunk)) await connection.write(session.answer(body));
    return undefined;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    await connection.write(refusal(null, error));
    return error;
  }
}
