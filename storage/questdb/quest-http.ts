import { Agent, type IncomingMessage, request } from 'node:http';
import { TapedeckError, usageError } from '#domain';
import { portName, type QuestPort } from './quest-address.ts';
import { LinesRefused, QuestTrouble } from './quest-trouble.ts';

/** A request that is not answered after this long counts as lost: the rows are sent again. */
const ANSWER_MS_MAX = 60_000;
/** Answers to our statements are small; a longer one is not from the server we think of. */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

/** How the server says that there is no such table, or no longer. */
const TABLE_GONE =
  /table (?:does not exist|is dropped|does not exist or is dropped)|cached query plan cannot be used because table schema has changed/i;

interface Answer {
  readonly status: number;
  readonly text: string;
}

export type SqlCell = string | number | boolean | null;
export type SqlRow = readonly SqlCell[];

/**
 * One keep-alive connection to a server's HTTP port. Failures that may pass are `QuestTrouble`; a refused account is `QUESTDB_AUTH`.
 * Rows of a table that was dropped and made again are lost on a connection that knew the old one (questdb#5803):
 * `close` this and make another, rather than going on.
 */
export class QuestHttp {
  readonly #port: QuestPort;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #headers: Readonly<Record<string, string>>;

  constructor(port: QuestPort) {
    this.#port = port;
    const { user, password } = port;
    this.#headers = user === undefined ? {} : { authorization: `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}` };
  }

  /** Sends lines with nanosecond times; resolves when the server has them. `LinesRefused` when it will never take them. */
  async write(lines: Uint8Array): Promise<void> {
    const answer = await this.#ask('POST', '/write?precision=n', lines);
    if (answer.status === 204) return;
    if (answer.status === 400) throw refusal(answer.text);
    throw this.#unexpected(answer, 'POST /write');
  }

  /** The rows a statement gives; `QUESTDB_SQL` when the server does not understand it. Whole numbers above 2^53 must be cast to text. */
  async sql(statement: string): Promise<readonly SqlRow[]> {
    const answer = await this.#ask('GET', `/exec?query=${encodeURIComponent(statement)}`);
    if (answer.status === 400) throw this.#refused(errorText(answer.text), statement);
    if (answer.status !== 200) throw this.#unexpected(answer, statement);
    return (this.#json(answer.text) as { readonly dataset?: readonly SqlRow[] }).dataset ?? [];
  }

  close(): void {
    this.#agent.destroy();
  }

  get #name(): string {
    return `QuestDB at ${portName(this.#port)}`;
  }

  async #ask(method: string, path: string, body?: Uint8Array): Promise<Answer> {
    try {
      return await this.#exchange(method, path, body);
    } catch (error) {
      throw new QuestTrouble('unreachable', `${this.#name} does not answer (${error instanceof Error ? error.message : error})`, error);
    }
  }

  #exchange(method: string, path: string, body?: Uint8Array): Promise<Answer> {
    const { host, port } = this.#port;
    return new Promise((resolve, reject) => {
      const headers = { ...this.#headers, 'content-length': String(body?.length ?? 0) };
      const sent = request({ host, port, method, path, headers, agent: this.#agent }, (response) => readAnswer(response, resolve, reject));
      sent.on('error', reject);
      sent.setTimeout(ANSWER_MS_MAX, () => sent.destroy(new Error(`no answer in ${ANSWER_MS_MAX / 1000} s`)));
      sent.end(body);
    });
  }

  /** A table that is gone was there a statement ago: somebody is about to make it again, or it is made anew. */
  #refused(reason: string, statement: string): Error {
    const what = `${this.#name}: ${reason} in: ${statement}`;
    return TABLE_GONE.test(reason) ? new QuestTrouble('replaced', what) : new TapedeckError('QUESTDB_SQL', what);
  }

  #unexpected({ status, text }: Answer, what: string): Error {
    if (status === 401 || status === 403) {
      const advice = 'set TAPEDECK_QUESTDB_HTTP_USER and TAPEDECK_QUESTDB_HTTP_PASSWORD';
      return usageError('QUESTDB_AUTH', `${this.#name} refuses the account (status ${status}); ${advice}`);
    }
    return new QuestTrouble('server', `${this.#name} answered ${status} to ${what}: ${errorText(text)}`);
  }

  #json(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new QuestTrouble('server', `${this.#name} answered what is no JSON`, error);
    }
  }
}

function readAnswer(response: IncomingMessage, resolve: (answer: Answer) => void, reject: (error: Error) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) response.destroy(new Error(`the answer is longer than ${ANSWER_BYTES_MAX} bytes`));
    else chunks.push(chunk);
  });
  response.on('error', reject);
  response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }));
}

function refusal(text: string): LinesRefused {
  try {
    const { line } = JSON.parse(text) as { readonly line?: unknown };
    return new LinesRefused(errorText(text), typeof line === 'number' ? line : undefined);
  } catch {
    return new LinesRefused(errorText(text), undefined);
  }
}

/** What the server says in its JSON, in one line. */
function errorText(text: string): string {
  let said = text;
  try {
    const { message, error } = JSON.parse(text) as { readonly message?: unknown; readonly error?: unknown };
    said = String(message ?? error ?? text);
  } catch {
    // Not JSON: the text itself.
  }
  return said.replace(/\s+/g, ' ').trim().slice(0, 500);
}
