// sharp decodes and encodes pictures. It is optional, and loaded with the first picture.
import { loadPackage } from '../../core/packages.js';

/** @throws PackageError with the command that installs it */
export const loadSharp = (wanted = 'reading or writing pictures') =>
  loadPackage('sharp', wanted, async () => (await import('sharp')).default);
