// A command line that cannot be understood. The message ends in where to read about the command.
import { ArgumentError } from '../core/errors.js';

/** Something is wrong with the words of the command line itself. */
export class UsageError extends ArgumentError {
  override readonly name: string = 'UsageError';
  /** @param command whose help to point to; '' for the program's */
  constructor(message: string, command = '') {
    super(`${message}\nSee: evos ${command === '' ? '' : `${command} `}--help`);
  }
}
