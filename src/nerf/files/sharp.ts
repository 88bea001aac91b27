// sharp decodes photographs and masks. It is optional, and loaded with the first.
import { loadPackage } from '../../core/packages.js';

/** @throws PackageError with the command that installs it */
export const loadSharp = (wanted = 'reading photographs') =>
  loadPackage('sharp', wanted, async () => (await import('sharp')).default);
