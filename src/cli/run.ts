// The program: words in, exit code out. Parses, runs the command, and turns whatever goes wrong into a
// message a person can act on and the right exit code.
import { EvosError } from '../core/errors.js';
import { commands } from './commands/registry.js';
import { BAD_INPUT, FAULT, type Environment } from './environment.js';
import { loadPluginsOf } from './plugins.js';
import { plain } from './format.js';
import { parseWords } from './parse.js';
import { paintFor, Screen } from './screen.js';

/**
 * Runs the command line.
 * @param words what was typed after `evos`
 * @returns the exit code: 0 done, 1 a fault of the program, 2 something to mend, 128 + n stopped by signal n
 */
export async function run(words: readonly string[], env: Environment): Promise<number> {
  try {
    await loadPluginsOf(words, env.cwd);
    const parsed = parseWords(words, commands(), { columns: env.stdout.columns, cwd: env.cwd });
    if (parsed.kind === 'text') {
      env.stdout.write(parsed.text === '' ? '' : `${parsed.text}\n`);
      return 0;
    }
    const { json, quiet, noColor } = parsed.given.controls;
    const context = {
      env,
      json: json === true,
      quiet: quiet === true,
      screen: new Screen(env, { silent: json === true || quiet === true, noColor: noColor === true }),
    };
    return await parsed.command.run(parsed.given, context);
  } catch (error) {
    return explain(error, words, env);
  }
}

function explain(error: unknown, words: readonly string[], env: Environment): number {
  const paint = paintFor(env.stderr, env.env, words.includes('--no-color'));
  const message = plain(error instanceof Error ? error.message : String(error));
  const mendable = error instanceof EvosError && error.code !== 'internal';
  const debug = (env.env['EVOS_DEBUG'] ?? '') !== '';
  const lines = [`${paint.red('Error:')} ${message}`];
  if (debug && error instanceof Error && error.stack !== undefined) lines.push(plain(error.stack));
  else if (!mendable)
    lines.push('This is a fault in evos. EVOS_DEBUG=1 before the command shows where it happened.');
  env.stderr.write(`${lines.join('\n')}\n`);
  return mendable ? BAD_INPUT : FAULT;
}
