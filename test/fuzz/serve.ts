// The protocol of `evos serve` under damage: conversations with faults anywhere, and conversations that are whole but for the inside
// of one frame. Each must end, in answers; an answer that tells of a fault in evos is one.
import { InputError } from '../../src/core/errors.js';
import { encodeFrame } from '../../src/adapters/process/frames.js';
import { serveConnection } from '../../src/adapters/process/serve.js';
import { answersIn, serverWith } from '../adapters/process/client.js';
import type { FuzzKind, Sample } from './harness.js';

const size = 64;
const limits = { frame: 2 ** 20, samples: 4096, selectors: 4 };
const errors = Float32Array.from({ length: 16 }, (_, i) => i / 16);
const luma = Float32Array.from({ length: size }, (_, i) => (i % 8 < 4 ? 0 : 255));
const online = { op: 'create', id: 1, selector: 's', strategy: 'evos-online', size, count: 16, seed: 1 };

const select = { op: 'select', id: 2, selector: 's' };
const report = encodeFrame({ op: 'report', id: 3, selector: 's', selection: 1 }, { errors });

/** A snapshot as a server gives it. */
async function snapshotOf(): Promise<Uint8Array> {
  const frames = [
    encodeFrame(online),
    encodeFrame(select),
    report,
    encodeFrame({ op: 'snapshot', selector: 's' }),
  ];
  const answers = answersIn(await converse(Buffer.concat(frames)));
  return answers.at(-1)?.arrays['snapshot'] as Uint8Array;
}

/** What a server answers. */
async function converse(bytes: Uint8Array): Promise<Uint8Array> {
  const written: Uint8Array[] = [];
  const input = (async function* () {
    // In pieces, as pipes give them.
    for (let at = 0; at < bytes.length; at += 97) yield await Promise.resolve(bytes.subarray(at, at + 97));
  })();
  await serveConnection(
    { input, write: (answer) => Promise.resolve(void written.push(answer)) },
    serverWith(limits),
  );
  return Buffer.concat(written);
}

type Conversation = readonly Uint8Array[];

async function makeConversations(): Promise<Readonly<Record<string, Conversation>>> {
  const settings = { ratio: 0.5, mutationShare: 0.25, correction: 0.5 };
  const ramp = { strategy: 'evos', steps: 9, settings: { interval: { from: 4, to: 2 } } };
  const grid = { strategy: 'expansive', shape: [8, 8], views: [[8, 8]] };
  const snapshot = await snapshotOf();
  return {
    steps: [
      encodeFrame(online),
      encodeFrame({ ...select, step: 1 }),
      report,
      encodeFrame({ ...select, count: 3 }),
    ],
    late: [encodeFrame({ ...online, lag: 2 }), ...[select, select].map((each) => encodeFrame(each)), report],
    tiles: [encodeFrame({ ...online, steps: 9, settings, tile: 4 }), encodeFrame(select)],
    ramps: [encodeFrame({ ...online, ...ramp }), encodeFrame(select)],
    pool: [
      encodeFrame({ ...online, ...grid }, { luma, excluded: new Uint8Array(size), targets: luma }),
      encodeFrame(select),
    ],
    kept: [
      encodeFrame(online),
      encodeFrame({ op: 'restore', id: 4, selector: 's' }, { snapshot }),
      encodeFrame({ ...select, revision: 1 }),
      encodeFrame({ op: 'close', selector: 's' }),
      encodeFrame({ op: 'info' }),
    ],
  };
}

let made: Promise<Readonly<Record<string, Conversation>>> | undefined;
const conversations = () => (made ??= makeConversations());

/** A frame of any bytes. */
function framed(body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(4 + body.length);
  new DataView(frame.buffer).setUint32(0, body.length, true);
  frame.set(body, 4);
  return frame;
}

/** The kind. */
export const serve: FuzzKind = {
  async samples() {
    return Object.entries(await conversations()).flatMap(([name, frames]): Sample[] => [
      { name, bytes: Buffer.concat(frames) },
      ...frames.map((frame, i) => ({ name: `${name} ${i}`, bytes: frame.subarray(4) })),
    ]);
  },
  async read(bytes, { name }) {
    const [conversation = '', number] = name.split(' ');
    const frames = (await conversations())[conversation] ?? [];
    const whole = frames.map((frame, i) => (String(i) === number ? framed(bytes) : frame));
    const answers = answersIn(await converse(number === undefined ? bytes : Buffer.concat(whole)));
    const errors = answers.flatMap(({ header }) => (header['error'] ?? []) as Complaint | []);
    const fault = errors.find(({ code }) => code === 'internal');
    if (fault !== undefined) throw new Error(fault.message);
    if (errors[0] !== undefined) throw new InputError(errors[0].message);
    return answers;
  },
  short: 400,
};

interface Complaint {
  readonly code: string;
  readonly message: string;
}
