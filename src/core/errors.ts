// The family of errors this package throws. Every message says what was got, what was expected and what
// to do; the command line turns them into exit codes.

/** What a caller may branch on. `input`, `config`, `device`, `package` and `resume` are the user's to mend. */
export type EvosErrorCode =
  'argument' | 'input' | 'config' | 'device' | 'output' | 'package' | 'resume' | 'internal';

/** Base class of everything this package throws on purpose. */
export class EvosError extends Error {
  override readonly name: string = 'EvosError';
  /** Which kind of problem this is; stable across versions. */
  readonly code: EvosErrorCode;

  constructor(code: EvosErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A call that breaks a documented contract: wrong length, out of range, wrong order of calls. */
export class ArgumentError extends EvosError {
  override readonly name: string = 'ArgumentError';
  constructor(message: string, options?: ErrorOptions) {
    super('argument', message, options);
  }
}

/** A file that cannot be used as what it was given as; the message names the file. */
export class InputError extends EvosError {
  override readonly name: string = 'InputError';
  constructor(message: string, options?: ErrorOptions) {
    super('input', message, options);
  }
}

/** A setting out of range or unknown; the message names the setting and its source. */
export class ConfigError extends EvosError {
  override readonly name: string = 'ConfigError';
  constructor(message: string, options?: ErrorOptions) {
    super('config', message, options);
  }
}

/** Training that has left the numbers, so that its weights are of no more use; the message suggests a learning rate. */
export class DivergedError extends ConfigError {
  override readonly name: string = 'DivergedError';
  /** The step at which that was noticed. */
  readonly step: number;
  /** How many the run was to have. */
  readonly steps: number;

  constructor(
    message: string,
    at: { readonly step: number; readonly steps: number },
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.step = at.step;
    this.steps = at.steps;
  }
}

/** A device that was asked for by name and is not here; the message says how to get it. */
export class DeviceError extends EvosError {
  override readonly name: string = 'DeviceError';
  constructor(message: string, options?: ErrorOptions) {
    super('device', message, options);
  }
}

/** A folder or file that cannot be written. */
export class OutputError extends EvosError {
  override readonly name: string = 'OutputError';
  constructor(message: string, options?: ErrorOptions) {
    super('output', message, options);
  }
}

/** An optional package that is needed and not installed, or not for this machine; the message has the command. */
export class PackageError extends EvosError {
  override readonly name: string = 'PackageError';
  /** What installs it. */
  readonly command: string;

  constructor(message: string, command: string, options?: ErrorOptions) {
    super('package', message, options);
    this.command = command;
  }
}

/** A checkpoint that is missing, damaged, or of another run. */
export class ResumeError extends EvosError {
  override readonly name: string = 'ResumeError';
  constructor(message: string, options?: ErrorOptions) {
    super('resume', message, options);
  }
}
