#!/usr/bin/env node
// The `evos` program: connects the command line to the process it runs in.
import { stopCodes, type Environment, type Output, type StopSignal } from './environment.js';
import { run } from './run.js';

const listeners = new Set<(signal: StopSignal) => void>();
const closed = new Set<NodeJS.WriteStream>();

function output(stream: NodeJS.WriteStream): Output {
  return {
    write: (text) => {
      if (!closed.has(stream)) stream.write(text);
    },
    isTTY: stream.isTTY,
    get columns() {
      // a window of width 0 is what some terminals say before they know
      return Math.max(20, stream.columns > 0 ? stream.columns : 80);
    },
  };
}

// `evos … | head`: nobody reads any more. A run in progress saves and stops, anything else just ends.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  closed.add(process.stdout);
  if (listeners.size === 0) process.exit(stopCodes.SIGPIPE);
  for (const listener of listeners) listener('SIGPIPE');
});
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  closed.add(process.stderr);
});

const environment: Environment = {
  stdout: output(process.stdout),
  stderr: output(process.stderr),
  env: process.env,
  cwd: process.cwd(),
  now: () => performance.now(),
  recipes: () => import('../recipes/index.js'),
  onSignal: (listener) => {
    const signals = ['SIGINT', 'SIGTERM'] as const;
    const handler = (signal: NodeJS.Signals) => listener(signal as StopSignal);
    listeners.add(listener);
    for (const signal of signals) process.on(signal, handler);
    return () => {
      listeners.delete(listener);
      for (const signal of signals) process.off(signal, handler);
    };
  },
  exit: (code) => process.exit(code),
};

process.exitCode = await run(process.argv.slice(2), environment);
