/** The `code` of a system error, or an empty text. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** True of a failure that the system told (`EIO`, `ENOSPC`, …), and no program's own: the next attempt may succeed. */
export function isSystemError(error: unknown): boolean {
  return /^E[A-Z0-9]+$/.test(errorCode(error));
}

/** True when a failure of the system is at the bottom of it: nothing is known of the bytes. */
export function isSystemFailure(error: unknown): boolean {
  return isSystemError(error) || (error instanceof Error && error.cause !== undefined && isSystemFailure(error.cause));
}
