// Preloaded with `node --import`, in the process and in its threads: whoever writes a second checkpoint never ends.
import { promises as fs } from 'node:fs';
import path from 'node:path';

const { rename } = fs;
let checkpoints = 0;
fs.rename = async (from, to) => {
  const isCheckpoint = path.basename(String(to)) === 'checkpoint.safetensors';
  // The first is written beside the run's folder and moved: three names in all.
  if (isCheckpoint && ++checkpoints > 2) for (;;);
  return rename(from, to);
};
