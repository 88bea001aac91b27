// Packages that are there only where somebody asked for them. Engines and decoders are large, and whoever wants a selector
// needs none: they are optional peers of the package, loaded by name where they are first needed.
import { PackageError } from './errors.js';

/** The optional packages. */
export type OptionalPackage = 'onnxruntime-node' | 'sharp' | 'webgpu';

/**
 * The command that installs packages where this one finds them. No script of theirs is needed: that of onnxruntime-node
 * fetches CUDA libraries from elsewhere.
 * @param from where this package lies; by default what the runtime says
 */
export function installCommand(names: readonly OptionalPackage[], from: string = import.meta.url): string {
  const words = [/\/node_modules\/\.pnpm\//.test(from) ? 'pnpm add' : 'npm i'];
  // For all projects, in npm's usual folders for that; or a copy that npx keeps for itself, to which nothing can be added.
  if (/\/(lib|npm)\/node_modules\/evos\//.test(from)) words.push('-g');
  if (/\/_npx\//.test(from)) words.push('evos');
  return [...words, ...names, '--ignore-scripts'].join(' ');
}

/**
 * The error for packages that are not installed.
 * @param wanted what needs them, as the subject of "needs"
 */
export function missingPackages(
  names: readonly OptionalPackage[],
  wanted: string,
  options: ErrorOptions = {},
): PackageError {
  const command = installCommand(names);
  const [what, them] = names.length === 1 ? ['is', 'it'] : ['are', 'them'];
  return new PackageError(
    `${names.join(' and ')} ${what} not installed, and ${wanted} needs ${them}; run \`${command}\``,
    command,
    options,
  );
}

/**
 * Loads an optional package, or a module that imports it.
 * @param load imports it by its name, so that bundlers see which
 * @throws PackageError with the command that installs it, where it is not there or cannot be loaded
 */
export async function loadPackage<Module>(
  name: OptionalPackage,
  wanted: string,
  load: () => Promise<Module>,
): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    throw packageFault(name, wanted, error);
  }
}

/** What an import that failed says of a package. @returns the error itself where it is of something else */
export function packageFault(name: OptionalPackage, wanted: string, error: unknown): unknown {
  if (error instanceof PackageError || !(error instanceof Error)) return error;
  const code = 'code' in error ? error.code : undefined;
  const [line = ''] = error.message.split('\n');
  if (code === 'ERR_MODULE_NOT_FOUND') {
    return line.includes(`'${name}'`) ? missingPackages([name], wanted, { cause: error }) : error;
  }
  // A native library that is not there, or is not for this machine; sharp says so in words of its own.
  const native = code === 'ERR_DLOPEN_FAILED' || code === 'MODULE_NOT_FOUND';
  if (!native && !line.includes(`"${name}" module`)) return error;
  const command = installCommand([name]);
  return new PackageError(
    `${name} is installed and cannot be loaded (${line}), and ${wanted} needs it; expected the build for this machine and this ` +
      `Node; install it again: \`${command}\``,
    command,
    { cause: error },
  );
}
