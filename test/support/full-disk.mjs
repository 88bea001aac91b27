// Preloaded with `node --import`, in the process and in its threads: the disk is full once a file is to get the name in
// EVOS_TEST_FULL_AT.
import { promises as fs } from 'node:fs';
import path from 'node:path';

const { rename } = fs;
fs.rename = async (from, to) => {
  if (path.basename(String(to)) !== process.env.EVOS_TEST_FULL_AT) return rename(from, to);
  throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
};
