// `evos doctor`: where this machine can train, what is missing, and the command that mends it.
import type { Diagnosis } from '../../recipes/index.js';
import { defineCommand } from '../command.js';
import { wrap } from '../format.js';
import { jsonLine } from '../json.js';
import type { Paint } from '../screen.js';

/** The command `doctor`. */
export const doctorCommand = defineCommand({
  name: 'doctor',
  description: 'Check where this machine can train, and how to mend what is missing',
  controls: {},
  examples: [['evos doctor', 'exit code 0 if it can train on some device, 1 if on none']],
  async run(_given, { env, screen, json, quiet }) {
    const found = await (await env.recipes()).diagnose();
    const trains = found.devices.some((device) => device.available);
    if (json) screen.result(jsonLine({ ...found, trains }));
    else if (!quiet) screen.result(...report(found, trains, screen.paint, screen.columns));
    return trains ? 0 : 1;
  },
});

function report(found: Diagnosis, trains: boolean, paint: Paint, columns: number): string[] {
  const names = [
    'node',
    'machine',
    ...found.packages.map((each) => each.name),
    ...found.devices.map((d) => d.name),
  ];
  const width = Math.max(...names.map((name) => name.length));
  const line = (mark: string, name: string, text: string) =>
    wrap(`${mark} ${name.padEnd(width)} ${text}`, columns, ' '.repeat(6));
  const ok = paint.green('ok  ');
  const no = paint.red('no  ');
  const hint = (text: string | undefined) =>
    text === undefined ? [] : [`      ${paint.yellow(wrap(`-> ${text}`, columns - 6, ' '.repeat(9)))}`];
  return [
    line(found.node.ok ? ok : no, 'node', found.node.version),
    ...hint(found.node.hint),
    line(ok, 'machine', `${found.cores} cores, ${found.memoryGB.toFixed(1)} GB memory`),
    ...found.packages.flatMap((each) =>
      'version' in each
        ? [line(ok, each.name, each.version)]
        : [line(no, each.name, 'not installed'), ...hint(each.hint)],
    ),
    ...found.devices.flatMap((device) => [
      line(device.available ? ok : no, device.name, device.detail),
      ...hint(device.hint),
    ]),
    trains
      ? 'Ready to train.'
      : paint.red('There is no device to train on; the lines marked -> say what to do.'),
  ];
}
