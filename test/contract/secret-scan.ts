import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { CallHttp, OpenSocket } from '#recorder';
import { callHttp, openWebSocket } from '#recorder';

/** Collects what a venue hands out in secret while a recording runs, from the answers themselves. */
export class SecretsHeard {
  readonly secrets = new Set<string>();
  readonly #members: readonly string[];

  /** `members`: names of JSON members whose values are secret. */
  constructor(given: readonly string[], members: readonly string[]) {
    for (const secret of given) this.secrets.add(secret);
    this.#members = members;
  }

  readonly callHttp: CallHttp = async (request) => {
    const response = await callHttp(request);
    this.#listen(new TextDecoder().decode(response.body));
    return response;
  };

  readonly openSocket: OpenSocket = (url, headers, handlers) =>
    openWebSocket(url, headers, {
      ...handlers,
      onMessage: (bytes, isBinary) => {
        if (bytes[0] === 0x7b) this.#listen(new TextDecoder().decode(bytes));
        handlers.onMessage(bytes, isBinary);
      },
    });

  #listen(text: string): void {
    for (const member of this.#members) {
      for (const [, value] of text.matchAll(new RegExp(`"${member}"\\s*:\\s*"([^"]{6,})"`, 'g'))) this.secrets.add(value!);
    }
  }
}

/** Files below the folder that hold one of the secrets, as `file: what`; token files are read by their owner only and are left out. */
export async function filesWithSecrets(folder: string, secrets: Iterable<string>): Promise<readonly string[]> {
  const found: string[] = [];
  const needles = needlesOf(secrets);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    if (relative(folder, path).startsWith('tokens/')) continue;
    const bytes = await readFile(path);
    for (const needle of needles) if (bytes.includes(needle)) found.push(`${relative(folder, path)}: ${needle.slice(0, 4)}…`);
  }
  return found;
}

/** Texts that hold one of the secrets, as `name: what`. */
export function textsWithSecrets(texts: Readonly<Record<string, string>>, secrets: Iterable<string>): readonly string[] {
  const needles = needlesOf(secrets);
  return Object.entries(texts).flatMap(([name, text]) =>
    needles.filter((needle) => text.includes(needle)).map((needle) => `${name}: ${needle.slice(0, 4)}…`),
  );
}

/** A secret as it is, and as addresses, headers and JSON write it. */
function needlesOf(secrets: Iterable<string>): readonly string[] {
  const forms = [...secrets].flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    JSON.stringify(secret).slice(1, -1),
  ]);
  return [...new Set(forms)];
}
