// Preloaded with `node --import`, in the process and in its threads: ends the process with SIGKILL at one of the events by
// which files come and go. EVOS_TEST_KILL_AT is the number of the event, counted over all threads, or its words;
// EVOS_TEST_KILL_LOG a file to which every event is written as a line; EVOS_TEST_KILL_COPIES, a folder to which the one in
// EVOS_TEST_KILL_FOLDER is copied at every event, under the event's number: what a kill would leave.
import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  promises as fs,
  readdirSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { Buffer } from 'node:buffer';
import path from 'node:path';
import { isMainThread, setEnvironmentData, getEnvironmentData } from 'node:worker_threads';

const { EVOS_TEST_KILL_AT: at = '', EVOS_TEST_KILL_LOG: log } = process.env;
const { EVOS_TEST_KILL_COPIES: copies, EVOS_TEST_KILL_FOLDER: folder } = process.env;
if (isMainThread) setEnvironmentData('evos-test-events', new SharedArrayBuffer(4));
const events = new Int32Array(getEnvironmentData('evos-test-events'));

function hit(words) {
  const number = Atomics.add(events, 0, 1) + 1;
  if (log !== undefined) appendFileSync(log, `${number} ${words}\n`);
  if (copies !== undefined && existsSync(folder)) copy(folder, path.join(copies, String(number)));
  return at === words || at === String(number);
}

/** Files never change once they have their names, so that links will do; of temporary files the name is enough. */
function copy(from, to) {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [from, to].map((each) => path.join(each, entry.name));
    if (entry.isDirectory()) copy(source, target);
    else if (entry.name.startsWith('.evos-tmp-')) writeFileSync(target, '');
    else linkSync(source, target);
  }
}

function die() {
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}

const named = (file) =>
  path.basename(String(file)).replace(/^\.evos-(tmp|next|lock)-.*/, (_, kind) => `.evos-${kind}-*`);
const { rename, open, rm, mkdir, rmdir, writeFile, link } = fs;

fs.rename = async (from, to) => {
  if (hit(`before rename ${named(to)}`)) die();
  await rename(from, to);
  if (hit(`after rename ${named(to)}`)) die();
};
fs.rm = async (file, options) => {
  if (hit(`before rm ${named(file)}`)) die();
  await rm(file, options);
  if (hit(`after rm ${named(file)}`)) die();
};
fs.rmdir = async (file) => {
  if (hit(`before rmdir ${named(file)}`)) die();
  await rmdir(file);
};
fs.mkdir = async (file, options) => {
  const made = await mkdir(file, options);
  if (hit(`after mkdir ${named(file)}`)) die();
  return made;
};
fs.link = async (from, to) => {
  if (hit(`before link ${named(to)}`)) die();
  await link(from, to);
  if (hit(`after link ${named(to)}`)) die();
};
fs.writeFile = async (file, data, options) => {
  if (hit(`half write ${named(file)}`)) {
    const bytes = Buffer.from(data);
    await writeFile(file, bytes.subarray(0, bytes.length / 2), options).catch(() => undefined);
    die();
  }
  await writeFile(file, data, options);
  if (hit(`after write ${named(file)}`)) die();
};
fs.open = async (file, flags, ...more) => {
  const handle = await open(file, flags, ...more);
  if (!String(flags).startsWith('w')) return handle;
  if (hit(`after open ${named(file)}`)) die();
  const { writeFile: write, sync } = handle;
  handle.writeFile = async (data, ...options) => {
    if (hit(`half write ${named(file)}`)) {
      const bytes = Buffer.from(data);
      writeSync(handle.fd, bytes, 0, Math.floor(bytes.length / 2));
      die();
    }
    await write.call(handle, data, ...options);
  };
  handle.sync = async () => {
    if (hit(`before fsync ${named(file)}`)) die();
    await sync.call(handle);
  };
  return handle;
};
