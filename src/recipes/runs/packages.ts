// What a whole run needs beside evos itself is looked for before anything else, so that one command installs it all.
import { createRequire } from 'node:module';
import { missingPackages, type OptionalPackage } from '../../core/packages.js';

const require = createRequire(import.meta.url);

/** What every run trains with. */
const engine: OptionalPackage = 'onnxruntime-node';

/** Whether a package is installed; whether it can be loaded here turns out when it is. */
export function isInstalled(name: OptionalPackage): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param others what is needed beside the engine
 * @throws PackageError with the command that installs all that are not there
 */
export function checkPackages(wanted: string, others: readonly OptionalPackage[] = []): void {
  const missing = [engine, ...others].filter((name) => !isInstalled(name));
  if (missing.length > 0) throw missingPackages(missing, wanted);
}
