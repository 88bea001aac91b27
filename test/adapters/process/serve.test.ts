// Connections: order, backpressure, and how they end.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeFrame } from '../../../src/adapters/process/frames.js';
import { listen } from '../../../src/adapters/process/listen.js';
import { serveConnection, type Ending } from '../../../src/adapters/process/serve.js';
import { answersIn, messageOf, serverWith, type Answered } from './client.js';

const request = (id: number, header: object = { op: 'info' }) => encodeFrame({ id, ...header });

/** Serves chunks, and hands out what was answered. */
async function served(
  chunks: readonly Uint8Array[],
  server = serverWith(),
): Promise<{ ending: Ending; answers: Answered[] }> {
  const written: Uint8Array[] = [];
  const input = (async function* () {
    for (const chunk of chunks) yield await Promise.resolve(chunk);
  })();
  const write = (bytes: Uint8Array) => Promise.resolve(void written.push(bytes));
  const ending = await serveConnection({ input, write }, server);
  return { ending, answers: answersIn(Buffer.concat(written)) };
}

describe('a connection', () => {
  it('answers every frame in its order, whatever is wrong with one', async () => {
    const chunks = [request(1), Uint8Array.of(2, 0, 0, 0, 1, 2), request(3, { op: 'no' }), request(4)];
    const { ending, answers } = await served([Buffer.concat(chunks)]);
    expect(ending).toEqual({ lost: false });
    expect(answers.map(({ header: { id, ok } }) => [id, ok])).toEqual([
      [1, true],
      [null, false],
      [3, false],
      [4, true],
    ]);
  });

  it('is closed where a length cannot be one, and says so', async () => {
    const { ending, answers } = await served([request(1), Buffer.from('GET / HTTP/1.1\r\n'), request(2)]);
    expect(ending).toMatchObject({ lost: true });
    expect(answers).toHaveLength(2);
    expect(messageOf(answers[1]!)).toMatch(
      /^input: A frame claims 542393671 bytes.*The connection is closed/,
    );
  });

  it('says so when it ends inside a frame', async () => {
    const { ending, answers } = await served([request(1).subarray(0, 10)]);
    expect(ending).toMatchObject({ lost: true });
    expect(messageOf(answers[0]!)).toContain('ended inside a frame, 10 bytes into it');
  });

  it('gives back what its selectors held, however it ends', async () => {
    const server = serverWith({ samples: 10 });
    const create = { op: 'create', selector: 's', strategy: 'uniform', size: 10 };
    for (const rest of [[], [Uint8Array.of(255, 255, 255, 255)]]) {
      const { answers } = await served([request(1, create), ...rest], server);
      expect(answers[0]?.header).toMatchObject({ ok: true });
    }
  });

  it('reads no further while an answer is not taken', async () => {
    let read = 0;
    let release = (): void => undefined;
    const input = (async function* () {
      for (; read < 5; read++) yield await Promise.resolve(request(read));
    })();
    const write = () => new Promise<void>((resolve) => (release = resolve));
    const done = serveConnection({ input, write }, serverWith());
    await pause(20);
    expect(read).toBe(0);
    for (let i = 1; i <= 5; i++) {
      release();
      await pause(5);
      expect(read).toBe(i);
    }
    expect(await done).toEqual({ lost: false });
  });
});

describe('a socket', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'evos-serve-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** What is answered to bytes, until the server closes or the client has had enough. */
  const exchange = (file: string, bytes: Uint8Array, leave = false) =>
    new Promise<Answered[]>((resolve, reject) => {
      const chunks: Buffer[] = [];
      const socket = connect(file, () => (leave ? socket.destroy() : socket.end(bytes)));
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('close', () => resolve(answersIn(Buffer.concat(chunks))));
      socket.on('error', reject);
    });

  it.skipIf(process.platform === 'win32')('serves many, each with selectors of its own', async () => {
    const file = path.join(folder, 's');
    const listening = await listen(file, serverWith());
    const create = request(1, { op: 'create', selector: 's', strategy: 'uniform', size: 10 });
    const all = await Promise.all([
      exchange(file, create),
      exchange(file, create),
      exchange(file, create, true),
      exchange(file, Uint8Array.of(255, 255, 255, 255)),
    ]);
    expect(all.map((answers) => answers.map(({ header }) => header['ok']))).toEqual([
      [true],
      [true],
      [],
      [false],
    ]);
    await expect(listen(file, serverWith())).rejects.toThrow('a process listens there already');
    await listening.close();
    const again = await listen(file, serverWith());
    await again.close();
  });

  it('is not put in the place of a file, nor where its name is too long', async () => {
    const file = path.join(folder, 'notes.txt');
    await writeFile(file, 'mine');
    await expect(listen(file, serverWith())).rejects.toThrow('a file is in its place');
    await expect(listen(path.join(folder, 'x'.repeat(120)), serverWith())).rejects.toThrow(
      'at most 100 bytes',
    );
    await expect(listen(path.join(folder, 'none', 's'), serverWith())).rejects.toThrow('cannot listen on');
  });
});
