// The compiler writes files that may not be run. npm mends that when it first links the command, not after a later build.
import { chmodSync } from 'node:fs';

chmodSync(new URL('../dist/cli/main.js', import.meta.url), 0o755);
