// A client of the protocol for tests: frames out of requests, and answers out of frames.
import { defaultLimits, Usage, type Limits } from '../../../src/adapters/process/limits.js';
import {
  encodeFrame,
  FrameReader,
  openFrame,
  readArrays,
  type Arrays,
  type Header,
} from '../../../src/adapters/process/frames.js';
import { Session, type Server } from '../../../src/adapters/process/session.js';

/** An answer taken apart. */
export interface Answered {
  readonly header: Header;
  readonly arrays: Arrays;
}

/** A server with limits of a test's own. */
export function serverWith(limits: Partial<Limits> = {}): Server {
  return {
    usage: new Usage({ ...defaultLimits, ...limits }),
    version: '0.0.0-test',
    words: (strategy, key) => `${strategy} ${key}`,
  };
}

/** The answers in bytes that a server wrote. */
export function answersIn(bytes: Uint8Array): Answered[] {
  const frames = new FrameReader(2 ** 31).read(bytes);
  return Array.from(frames, (frame) => {
    const opened = openFrame(frame);
    return { header: opened.header, arrays: readArrays(opened) };
  });
}

/** One request and its answer, without a stream. */
export class Client {
  readonly session: Session;

  constructor(server = serverWith()) {
    this.session = new Session(server);
  }

  /** What is answered, whatever it is. */
  send(header: Header, arrays: Arrays = {}): Answered {
    return this.raw(encodeFrame(header, arrays).subarray(4));
  }

  /** The answer to the bytes of a frame. */
  raw(body: Uint8Array): Answered {
    return answersIn(this.session.answer(body))[0]!;
  }

  /** What is answered where all is well. */
  ask(op: string, header: Header = {}, arrays: Arrays = {}): Answered {
    const answer = this.send({ op, selector: 's', ...header }, arrays);
    if (answer.header['ok'] !== true) throw new Error(messageOf(answer));
    return answer;
  }

  /** Why a request is refused: its code and message. */
  refusal(header: Header, arrays: Arrays = {}): string {
    const answer = this.send(header, arrays);
    if (answer.header['ok'] !== false) throw new Error('it was not refused');
    return messageOf(answer);
  }
}

/** The code and the message of an error. */
export function messageOf({ header }: Answered): string {
  const { code, message } = header['error'] as { code: string; message: string };
  return `${code}: ${message}`;
}
