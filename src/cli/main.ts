#!/usr/bin/env node
// The `evos` program: connects the command line to the process it runs in.
import { once } from 'node:events';
import path from 'node:path';
import { isatty } from 'node:tty';
import {
  signalOf,
  signals,
  stopCodes,
  type Environment,
  type Output,
  type StopSignal,
} from './environment.js';
import { run } from './run.js';

const listeners = new Set<(signal: StopSignal) => void>();
const closed = new Set<NodeJS.WriteStream>();
const onTerminal = [0, 1, 2].some((stream) => isatty(stream));
let terminalIsGone = false;

/** @param failed told what is wrong, once: a file fails while it is written to, a pipe or a terminal some time after */
function output(stream: NodeJS.WriteStream, failed: (error: NodeJS.ErrnoException) => void): Output {
  const fail = (error: NodeJS.ErrnoException): void => {
    if (closed.has(stream)) return;
    closed.add(stream);
    if (error.code === 'EIO') terminalIsGone = true;
    failed(error);
  };
  stream.on('error', fail);
  return {
    write: (text) => {
      if (closed.has(stream)) return;
      try {
        stream.write(text);
      } catch (error) {
        fail(error as NodeJS.ErrnoException);
      }
    },
    isTTY: stream.isTTY,
    get columns() {
      // a window of width 0 is what some terminals say before they know
      return Math.max(20, stream.columns > 0 ? stream.columns : 80);
    },
  };
}

/** A run in progress saves and stops, anything else just ends. */
function stop(why: StopSignal): void {
  if (listeners.size === 0) process.exit(stopCodes[why]);
  for (const listener of listeners) listener(why);
}

// Without anybody to tell how it goes on, it goes on.
const stderr = output(process.stderr, () => undefined);
const stdout = output(process.stdout, (error) => {
  // `evos … | head`: nobody reads any more, and that needs no words.
  if (error.code === 'EPIPE') return stop('SIGPIPE');
  stderr.write(`Error: cannot write to standard output: ${causeOf(error)}.\n`);
  stop('output');
});

function causeOf(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOSPC') return 'the disk is full; free some space or send the output elsewhere';
  if (error.code === 'EDQUOT') return 'the disk quota is used up; send the output elsewhere';
  return error.code === 'EIO' ? 'the terminal is gone' : error.message;
}

// Node forgets that nohup had the signal ignored.
const underNohup = path.basename(process.env['_'] ?? '') === 'nohup';
if (underNohup) process.on('SIGHUP', () => undefined);

/** Ends the process by a signal that nothing in it can hold up, as leaving in good order may be. */
function raise(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

const environment: Environment = {
  stdout,
  stderr,
  env: process.env,
  cwd: process.cwd(),
  now: () => performance.now(),
  recipes: () => import('../recipes/index.js'),
  bytes: () => ({
    input: process.stdin,
    write: async (bytes) => {
      if (!process.stdout.write(bytes)) await once(process.stdout, 'drain');
    },
    isTTY: process.stdin.isTTY || process.stdout.isTTY,
  }),
  onSignal: (listener) => {
    const watched = signals.filter((signal) => !(underNohup && signal === 'SIGHUP'));
    const handler = (signal: NodeJS.Signals) => listener(signal as StopSignal);
    listeners.add(listener);
    for (const signal of watched) process.on(signal, handler);
    return () => {
      listeners.delete(listener);
      for (const signal of watched) process.off(signal, handler);
    };
  },
  exit: (code) => {
    const signal = signalOf(code);
    // The usual end of SIGQUIT is a picture of the memory.
    if (signal !== undefined && process.platform !== 'win32')
      raise(signal === 'SIGQUIT' ? 'SIGKILL' : signal);
    process.exit(code);
  },
};

process.exitCode = await run(process.argv.slice(2), environment);
if (process.exitCode === stopCodes.SIGHUP && onTerminal) terminalIsGone = true;
// Node wants to put the terminal back as it was, and aborts where there is none any more.
if (terminalIsGone && process.platform !== 'win32') raise('SIGHUP');
