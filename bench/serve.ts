// What choosing for another process costs: selections of 4,096 from a million samples with their reports, in the process, as
// frames without a pipe, through a pipe from here, and from Python where it has NumPy.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createSelector } from 'evos';
import { encodeFrame, FrameReader, openFrame, readArrays } from '../src/adapters/process/frames.js';
import { Usage } from '../src/adapters/process/limits.js';
import { Session } from '../src/adapters/process/session.js';
import type { Options } from './options.js';
import { showSpread, spreadOf, type Spread } from './support-timing.js';

const seed = 1;
const count = 4096;
const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const packages = fileURLToPath(new URL('../python', import.meta.url));

/** What `--json` gives under `serve`: milliseconds of one selection with its report. */
export interface ServeReport {
  readonly samples: number;
  readonly inProcess: Spread;
  readonly asFrames: Spread;
  readonly pipe: Spread;
  /** Selections a minute through the pipe, at the median. */
  readonly perMinute: number;
  readonly python: Spread | undefined;
}

/** Selects once and reports. */
type Turn = () => number | Promise<number>;

/** Times selections in groups, after a pass over the pool that warms up and fills the calendar. */
async function measure(turn: Turn, warmUp: number, groups: number, steps: number): Promise<Spread> {
  for (let i = 0; i < warmUp; i++) await turn();
  const times: number[] = [];
  for (let group = 0; group < groups; group++) {
    const start = performance.now();
    for (let i = 0; i < steps; i++) await turn();
    times.push((performance.now() - start) / steps);
  }
  return spreadOf(times);
}

/** Errors as training gives them: most small, some large. */
const errors = Float32Array.from({ length: count }, (_, i) => ((i * 0.618034) % 1) ** 4);

function inProcess(size: number): Turn {
  const selector = createSelector({ strategy: 'evos-online', size, batchSize: count, seed });
  return () => {
    const selection = selector.next();
    selector.report(selection, { errors });
    return selection.size;
  };
}

const create = (size: number) =>
  encodeFrame({ op: 'create', selector: 's', strategy: 'evos-online', size, count, seed });
const select = encodeFrame({ op: 'select', selector: 's' });
const report = encodeFrame({ op: 'report', selector: 's' }, { errors });

function asFrames(size: number): Turn {
  const session = new Session({ usage: new Usage(), version: '', words: () => '' });
  session.answer(create(size).subarray(4));
  return () => {
    const selected = session.answer(select.subarray(4));
    return selected.length + session.answer(report.subarray(4)).length;
  };
}

/** A client of the command itself: sends its report, and asks for the next selection when that is answered. */
async function overPipe(size: number, groups: number, steps: number): Promise<Spread> {
  const child = spawn(process.execPath, [main, 'serve'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const reader = new FrameReader(2 ** 28);
  const waiting: ((size: number) => void)[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    for (const body of reader.read(chunk)) {
      const opened = openFrame(body);
      if (opened.header['ok'] !== true) throw new Error(JSON.stringify(opened.header));
      waiting.shift()?.(readArrays(opened)['indices']?.length ?? 0);
    }
  });
  const ask = (frame: Uint8Array) =>
    new Promise<number>((resolve) => {
      waiting.push(resolve);
      child.stdin.write(frame);
    });
  await ask(create(size));
  const spread = await measure(
    async () => {
      const selected = await ask(select);
      await ask(report);
      return selected;
    },
    Math.ceil(size / count),
    groups,
    steps,
  );
  child.stdin.end();
  await once(child, 'close');
  return spread;
}

const program = `
import json, sys, time
import numpy as np
import evos
size, count, groups, steps = map(int, sys.argv[1:])
errors = (np.arange(count) * 0.618034 % 1).astype(np.float32) ** 4
with evos.Selector("evos-online", size=size, count=count, seed=1) as selector:
    def turns(n):
        start = time.perf_counter()
        for _ in range(n):
            selector.select()
            selector.report(errors)
        return (time.perf_counter() - start) / n * 1000
    turns(-(-size // count))
    print(json.dumps([turns(steps) for _ in range(groups)]))
`;

function fromPython(size: number, groups: number, steps: number): Spread | undefined {
  const python = process.env['EVOS_PYTHON'] ?? 'python3';
  const env = { ...process.env, EVOS_COMMAND: `"${process.execPath}" "${main}"`, PYTHONPATH: packages };
  try {
    execFileSync(python, ['-c', 'import numpy'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  const numbers = [size, count, groups, steps].map(String);
  return spreadOf(
    JSON.parse(execFileSync(python, ['-c', program, ...numbers], { encoding: 'utf8', env })) as number[],
  );
}

/** Times selections with their reports. */
export async function serve({
  say,
  repeats = 5,
  samples = 1_000_000,
  steps = 1000,
}: Options): Promise<ServeReport> {
  const warmUp = Math.ceil(samples / count);
  say(
    `milliseconds of a selection of ${count.toLocaleString('en')} from ${samples.toLocaleString('en')} with its report: ` +
      `median of ${repeats} times ${steps} (min–max); seed ${seed}`,
  );
  const own = await measure(inProcess(samples), warmUp, repeats, steps);
  const frames = await measure(asFrames(samples), warmUp, repeats, steps);
  const pipe = await overPipe(samples, repeats, steps);
  const python = fromPython(samples, repeats, steps);
  const perMinute = Math.round(60_000 / pipe.median);
  say(`in the process ${showSpread(own, 3)}, as frames ${showSpread(frames, 3)}`);
  say(`through a pipe ${showSpread(pipe, 3)}: ${perMinute.toLocaleString('en')} a minute`);
  say(
    python === undefined
      ? 'from Python: left out, name a Python that has NumPy in EVOS_PYTHON'
      : `from Python ${showSpread(python, 3)}: ${Math.round(60_000 / python.median).toLocaleString('en')} a minute`,
  );
  return { samples, inProcess: own, asFrames: frames, pipe, perMinute, python };
}
