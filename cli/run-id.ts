import { randomBytes } from 'node:crypto';

/** A name for a run that sorts by time: `20261121T034400123Z-1a2b`. It is in no hash. */
export function newRunId(): string {
  return `${new Date().toISOString().replace(/[-:.]/g, '')}-${randomBytes(2).toString('hex')}`;
}
