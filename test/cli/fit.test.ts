// `evos fit` with a recipe that plays back events: what is shown where, and how it ends.
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { DeviceError, EvosError, ResumeError } from '../../src/core/index.js';
import type { FitImageEvent } from '../../src/recipes/index.js';
import {
  abortedEvents,
  drawnLines,
  fitEvents,
  linesOf,
  play,
  temporaryFolder,
  Terminal,
  type World,
} from './support.js';

function setUp(world: World = {}, steps = 2): Terminal & { cwd: string } {
  const cwd = temporaryFolder({ 'photo.png': 'x' });
  const out = path.join(cwd, 'runs', 'photo');
  const terminal = new Terminal({
    cwd,
    recipes: { fitImage: () => play(fitEvents(out, steps)), resumeRun: () => play(fitEvents(out, steps)) },
    ...world,
  });
  return Object.assign(terminal, { cwd });
}

/** A run that stops when its signal fires, as the recipe does; `during` acts after the first step. */
async function* stoppable(
  out: string,
  signal: AbortSignal | undefined,
  during: () => void,
): AsyncGenerator<FitImageEvent, void, undefined> {
  for (const event of fitEvents(out)) {
    yield await Promise.resolve(event);
    if (event.type === 'step') during();
    if (signal?.aborted === true) {
      yield* play(abortedEvents(out));
      return;
    }
  }
}

describe('results', () => {
  it('go to standard output, progress to standard error', async () => {
    const terminal = setUp();
    expect(await terminal.run('fit', 'photo.png')).toBe(0);
    expect(linesOf(terminal.stdout)).toEqual([
      'PSNR 31.25 dB  SSIM 0.9123',
      'Training 7.0 s, in all 9.0 s',
      'Model 4.80 MB as floats, 2.40 MB as half floats; picture 14.4 kB raw, 999 bytes',
      '  as PNG',
      'Written:',
      `  ${path.join('runs', 'photo', 'model.onnx')}`,
      `  ${path.join('runs', 'photo', 'metrics.json')}`,
      `  ${path.join('runs', 'photo', 'report.html')}`,
      'Next:',
      `  open ${path.join('runs', 'photo', 'report.html')} in a browser`,
      `  evos render ${path.join('runs', 'photo')} --scale 2`,
    ]);
    expect(terminal.stderr).toContain('strategy evos-online, 2 steps');
    expect(terminal.stderr).toContain('Training on cpu (no GPU)');
    expect(terminal.stderr).toContain('Note: trained at a smaller size');
    expect(terminal.stderr).toContain('step 2/2  PSNR 31.00 dB  SSIM 0.9000');
  });

  it('--quiet leaves both empty', async () => {
    const terminal = setUp();
    expect(await terminal.run('fit', 'photo.png', '--quiet')).toBe(0);
    expect([terminal.stdout, terminal.stderr]).toEqual(['', '']);
  });

  it('--json prints every event, one object per line, with its strategy and without positions', async () => {
    const terminal = setUp({ isTTY: true });
    expect(await terminal.run('fit', 'photo.png', '--json')).toBe(0);
    const events = linesOf(terminal.stdout).map((line) => JSON.parse(line) as Record<string, unknown>);
    const types = ['start', 'step', 'measure', 'step', 'measure', 'checkpoint', 'end', 'result'];
    expect(events.map((event) => event['type'])).toEqual(types);
    for (const event of events) {
      expect(event['strategy']).toBe('evos-online');
      expect(event).not.toHaveProperty('indices');
    }
    expect(events[1]).toMatchObject({
      step: 1,
      steps: 2,
      samples: 3,
      whole: false,
      seconds: { train: 1 },
    });
    expect(terminal.stderr).toBe('');
  });

  it('options may stand before the command', async () => {
    const terminal = setUp();
    expect(await terminal.run('--quiet', 'fit', 'photo.png', '--ratio', '0.3')).toBe(0);
    expect(terminal.calls[0]?.options).toMatchObject({ ratio: 0.3 });
    expect(terminal.stderr).toBe('');
  });

  it('--out is passed on, relative to where the user is', async () => {
    const terminal = setUp();
    expect(await terminal.run('fit', 'photo.png', '-o', 'elsewhere')).toBe(0);
    expect(terminal.calls[0]?.options).toMatchObject({ out: path.join(terminal.cwd, 'elsewhere') });
  });

  it('values that begin with a minus or stand behind an equals sign are read', async () => {
    const terminal = setUp();
    expect(
      await terminal.run(
        'fit',
        'photo.png',
        '--strategy=evos',
        '--learning-rate=1e-3',
        '--mutation-share',
        '0.6:0.4',
      ),
    ).toBe(0);
    expect(terminal.calls[0]?.options).toMatchObject({
      learningRate: 1e-3,
      mutationShare: { from: 0.6, to: 0.4 },
    });
  });
});

describe('--resume', () => {
  it('goes on with a folder', async () => {
    const terminal = setUp({}, 900);
    expect(await terminal.run('fit', '--resume', 'runs/photo', '--steps', '900', '--quiet')).toBe(0);
    const { name, options } = terminal.calls[0]!;
    expect(name).toBe('resumeRun');
    expect(options).toMatchObject({ folder: path.join(terminal.cwd, 'runs', 'photo'), steps: 900 });
  });

  it('passes no steps when none are given', async () => {
    const terminal = setUp();
    expect(await terminal.run('fit', '--resume', 'runs/photo')).toBe(0);
    expect(terminal.calls[0]?.options).not.toHaveProperty('steps');
  });

  it.each([
    [['photo.png'], 'cannot take the input photo.png'],
    [['--ratio', '0.5', '--learning-rate', '1'], 'cannot take --learning-rate, --ratio.'],
    [['--out', 'x', '--config', 'y'], 'cannot take --out, --config.'],
  ])('refuses %j', async (words, message) => {
    const terminal = setUp();
    expect(await terminal.run('fit', '--resume', 'runs/photo', ...words)).toBe(2);
    expect(terminal.stderr).toContain(message);
    expect(terminal.stderr).toContain('Only --steps may be given with it.');
    expect(terminal.calls).toEqual([]);
  });
});

describe('exit codes', () => {
  const failing = (error: unknown, env: Record<string, string> = {}) =>
    setUp({
      env,
      recipes: {
        fitImage: async function* () {
          yield* play(fitEvents('out').slice(0, 2));
          throw error;
        },
      },
    });

  it.each([new DeviceError('no such device'), new ResumeError('no checkpoint')])(
    '2 for %s',
    async (error) => {
      const terminal = failing(error);
      expect(await terminal.run('fit', 'photo.png')).toBe(2);
      expect(terminal.stderr).toContain(`Error: ${error.message}\n`);
      expect(terminal.stderr).not.toContain('EVOS_DEBUG');
      expect(terminal.listening).toBe(0);
    },
  );

  it.each([new EvosError('internal', 'the graph is wrong'), new TypeError('x is not a function')])(
    '1 for %s, with a hint and no stack',
    async (error) => {
      const terminal = failing(error);
      expect(await terminal.run('fit', 'photo.png')).toBe(1);
      expect(terminal.stderr).toContain(error.message);
      expect(terminal.stderr).toContain('EVOS_DEBUG=1');
      expect(terminal.stderr).not.toContain('    at ');
    },
  );

  it('shows the stack with EVOS_DEBUG=1', async () => {
    const terminal = failing(new TypeError('x is not a function'), { EVOS_DEBUG: '1' });
    expect(await terminal.run('fit', 'photo.png')).toBe(1);
    expect(terminal.stderr).toContain('    at ');
  });
});

describe('signals', () => {
  const stopping = (act: (terminal: Terminal) => void): Terminal => {
    const cwd = temporaryFolder({ 'my photo.png': 'x' });
    const out = path.join(cwd, 'runs', 'my photo');
    const terminal: Terminal = new Terminal({
      cwd,
      recipes: { fitImage: ({ signal }) => stoppable(out, signal, () => act(terminal)) },
    });
    return terminal;
  };

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGPIPE', 141],
  ] as const)('%s stops the run, says how to go on, and gives %i', async (signal, code) => {
    const terminal = stopping((each) => each.signal(signal));
    expect(await terminal.run('fit', 'my photo.png')).toBe(code);
    expect(terminal.stderr).toContain('Stopped after step 1 of 2. Go on with:\n');
    expect(terminal.stderr).toContain(`  evos fit --resume '${path.join('runs', 'my photo')}'\n`);
    expect(terminal.stdout).toBe('');
    expect(terminal.exits).toEqual([]);
    expect(terminal.listening).toBe(0);
  });

  it('the second Ctrl-C ends at once', async () => {
    const terminal = stopping((each) => {
      each.signal('SIGINT');
      each.time += 1000;
      each.signal('SIGINT');
    });
    await terminal.run('fit', 'my photo.png');
    expect(terminal.exits).toEqual([130]);
  });

  it('the echo of a Ctrl-C is not a second one', async () => {
    const terminal = stopping((each) => {
      each.signal('SIGINT');
      each.time += 10;
      each.signal('SIGINT');
    });
    expect(await terminal.run('fit', 'my photo.png')).toBe(130);
    expect(terminal.exits).toEqual([]);
  });

  it('a recipe that ends with an AbortError counts as stopped', async () => {
    const terminal: Terminal = setUp({
      recipes: {
        fitImage: async function* ({ signal }) {
          yield await Promise.resolve(fitEvents('out')[0]!);
          terminal.signal('SIGINT');
          signal?.throwIfAborted();
        },
      },
    });
    expect(await terminal.run('fit', 'photo.png', '--quiet')).toBe(130);
    expect(terminal.stderr).toContain('evos fit --resume out');
  });

  it('an error after a signal is still an error', async () => {
    const terminal: Terminal = setUp({
      recipes: {
        fitImage: async function* () {
          yield await Promise.resolve(fitEvents('out')[0]!);
          terminal.signal('SIGINT');
          throw new DeviceError('the device is gone');
        },
      },
    });
    expect(await terminal.run('fit', 'photo.png')).toBe(2);
    expect(terminal.stderr).toContain('the device is gone');
  });
});

describe('on a terminal', () => {
  it.each([20, 40, 60, 80, 200])('no status line is longer than %i columns', async (columns) => {
    const terminal: Terminal = setUp({
      isTTY: true,
      columns,
      recipes: {
        fitImage: async function* () {
          for (const event of fitEvents('out', 12_345).slice(0, 400)) {
            terminal.time += 60;
            yield await Promise.resolve(event);
          }
        },
      },
    });
    expect(await terminal.run('fit', 'photo.png', '--no-color')).toBe(0);
    const drawn = drawnLines(terminal.stderr).filter((line) => /\d+\/12345/.test(line));
    expect(drawn.length).toBeGreaterThan(50);
    expect(Math.max(...drawn.map((line) => line.length))).toBeLessThan(columns);
    // ten a second at most: 400 events are 24 seconds
    expect(drawn.length).toBeLessThanOrEqual(240);
  });

  it('the status line is wiped at the end, and colours are only on terminals that want them', async () => {
    const escape = String.fromCharCode(27);
    const plain = setUp({ isTTY: true });
    await plain.run('fit', 'photo.png', '--no-color');
    expect(plain.stdout).not.toContain(escape);
    expect(plain.stderr.endsWith(`\r${escape}[2K`)).toBe(true);
    const coloured = setUp({ isTTY: true });
    await coloured.run('fit', 'photo.png');
    expect(coloured.stdout).toContain(`${escape}[1m`);
    const asked = setUp({ isTTY: true, env: { NO_COLOR: '1' } });
    await asked.run('fit', 'photo.png');
    expect(asked.stdout).not.toContain(escape);
    const dumb = setUp({ isTTY: true, env: { TERM: 'dumb' } });
    await dumb.run('fit', 'photo.png');
    expect(dumb.stdout + dumb.stderr).not.toContain(escape);
  });
});
