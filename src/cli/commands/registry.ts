// The commands, in the order of the help.
import type { Command } from '../command.js';
import { compareCommand } from './compare.js';
import { doctorCommand } from './doctor.js';
import { fitCommand } from './fit.js';
import { inspectCommand } from './inspect.js';
import { renderCommand } from './render.js';
import { selectCommand } from './select.js';
import { serveCommand } from './serve.js';

/** All commands. Made when words are read: plugins bring options of their own. */
export const commands = (): readonly Command[] => [
  fitCommand(),
  compareCommand(),
  renderCommand(),
  inspectCommand(),
  selectCommand,
  serveCommand,
  doctorCommand,
];
