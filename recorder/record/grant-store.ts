import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '#domain';
import type { Credentials, Grant } from '#venues';

/** A grant and when it was issued, ms since the epoch. */
export interface KeptGrant extends Grant {
  readonly issuedAtMs: number;
}

/** Where grants outlive the process. */
export interface GrantStore {
  load(venue: string, name: string, credentials: Credentials): Promise<KeptGrant | undefined>;
  save(venue: string, name: string, credentials: Credentials, grant: KeptGrant): Promise<void>;
  forget(venue: string, name: string, credentials: Credentials): Promise<void>;
}

/**
 * Keeps tokens in `<data>/tokens/`, one file each, readable by the owner only (mode 0600): venues issue few of them a day and tell the
 * account's owner each time. The file is named by a hash of the credentials, so that two keys never share one.
 */
export class FileGrantStore implements GrantStore {
  readonly #folder: string;

  constructor(dataDir: string) {
    this.#folder = join(dataDir, 'tokens');
  }

  async load(venue: string, name: string, credentials: Credentials): Promise<KeptGrant | undefined> {
    try {
      const value: unknown = JSON.parse(await readFile(this.#path(venue, name, credentials), 'utf8'));
      return isKeptGrant(value) ? value : undefined;
    } catch {
      // None yet, or one that cannot be read: a new one is asked for.
      return undefined;
    }
  }

  async save(venue: string, name: string, credentials: Credentials, grant: KeptGrant): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const path = this.#path(venue, name, credentials);
    // Beside and then in place: a process that dies in between leaves the old one.
    await writeFile(`${path}.tmp`, JSON.stringify(grant), { mode: 0o600 });
    await rename(`${path}.tmp`, path);
  }

  async forget(venue: string, name: string, credentials: Credentials): Promise<void> {
    await rm(this.#path(venue, name, credentials), { force: true });
  }

  #path(venue: string, name: string, credentials: Credentials): string {
    const hash = createHash('sha256').update(canonicalJson(credentials)).digest('hex').slice(0, 16);
    return join(this.#folder, `${venue}-${name}-${hash}.json`);
  }
}

function isKeptGrant(value: unknown): value is KeptGrant {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, value: text, expiresAtMs, issuedAtMs } = value as Partial<Record<keyof KeptGrant, unknown>>;
  return kind === 'grant' && typeof text === 'string' && typeof expiresAtMs === 'number' && typeof issuedAtMs === 'number';
}
