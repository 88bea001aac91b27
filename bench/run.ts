// `npm run bench -- NAME … [--json]`: runs benchmarks by name. They measure; nothing here is a test.
import { cpus, loadavg } from 'node:os';
import { readArguments, usage, UsageError, type Benchmark, type Request } from './options.js';

/** Each is loaded when it is asked for: none pays for another's engine. */
const benchmarks: Readonly<Record<string, Benchmark>> = {
  step: async (options) => (await import('./step.js')).step(options),
  'step-fixed': async (options) => (await import('./step-fixed.js')).fixed(options),
  between: async (options) => (await import('./between.js')).between(options),
  backbones: async (options) => (await import('./backbones.js')).backboneSteps(options),
  'shared-grid': async (options) => (await import('./shared-grid.js')).sharedGrid(options),
  select: async (options) => (await import('./select.js')).select(options),
  serve: async (options) => (await import('./serve.js')).serve(options),
  lag: async (options) => (await import('./lag.js')).lag(options),
  gather: async (options) => (await import('./gather.js')).gather(options),
  gpu: async (options) => (await import('./gpu.js')).gpu(options),
  rays: async (options) => (await import('./rays.js')).rays(options),
  scale: async (options) => (await import('./scale.js')).scale(options),
  distance: async (options) => (await import('./distance.js')).distance(options),
  nerf: async (options) => (await import('./nerf.js')).nerf(options),
  sdf: async (options) => (await import('./sdf.js')).sdf(options),
  image: async (options) => (await import('./image.js')).image(options),
  official: async (options) => (await import('./official.js')).official(options),
};

const names = Object.keys(benchmarks);
const { json, names: asked, ...given } = request();
const machine = {
  cpu: cpus()[0]?.model.trim(),
  cores: cpus().length,
  node: process.versions.node,
  date: new Date().toISOString(),
  /** Processes at work before this one began: times taken beside other work say little. */
  load: loadavg()[0],
};
const say = (line: string): void => void (json ? console.error(line) : console.log(line));
say(
  `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${machine.date}, ` +
    `load ${machine.load?.toFixed(1)} before the start`,
);
const results: Record<string, unknown> = { machine };
for (const name of asked) results[name] = await benchmarks[name]?.({ say, ...given });
if (json) console.log(JSON.stringify(results, undefined, 2));

function request(): Request {
  try {
    return readArguments(process.argv.slice(2), names);
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    console.error(`${cause.message}\n${usage(names)}`);
    process.exit(2);
  }
}
