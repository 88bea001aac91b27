// `npm run bench -- NAME … [--json]`: runs benchmarks by name. They measure; nothing here is a test.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { official } from './official.js';
import type { Benchmark } from './options.js';
import { select } from './select.js';

const benchmarks: Readonly<Record<string, Benchmark>> = { official, select };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, from: { type: 'string' } },
});
const unknown = positionals.filter((name) => !Object.hasOwn(benchmarks, name));
if (positionals.length === 0 || unknown.length > 0) {
  console.error(`usage: npm run bench -- ${Object.keys(benchmarks).join(' | ')} [--json] [--from DIR]`);
  process.exit(2);
}
const machine = {
  cpu: cpus()[0]?.model.trim(),
  cores: cpus().length,
  node: process.versions.node,
  date: new Date().toISOString(),
};
const say = (line: string): void => void (values.json ? console.error(line) : console.log(line));
say(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${machine.date}`);
const results: Record<string, unknown> = { machine };
for (const name of positionals) results[name] = await benchmarks[name]?.({ say, from: values.from });
if (values.json) console.log(JSON.stringify(results, undefined, 2));
