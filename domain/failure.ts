/** Exit codes of the command line: 1 failed, 2 usage or configuration, 3 a check found differences. */
export type ExitCode = 1 | 2 | 3;

/**
 * A failure with a stable code that a program can test and a message that a person can act on:
 * what was wrong, where, and what to do.
 */
export class TapedeckError extends Error {
  readonly code: string;
  readonly exitCode: ExitCode;

  constructor(code: string, message: string, options: { readonly exitCode?: ExitCode; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TapedeckError';
    this.code = code;
    this.exitCode = options.exitCode ?? 1;
  }
}

/** The caller asked for something that cannot be: a name, a parameter, a file. Exit code 2. */
export function usageError(code: string, message: string, cause?: unknown): TapedeckError {
  return new TapedeckError(code, message, { exitCode: 2, cause });
}

/** A check found that bytes or results are not what was promised. Exit code 3. */
export function integrityError(code: string, message: string, cause?: unknown): TapedeckError {
  return new TapedeckError(code, message, { exitCode: 3, cause });
}
