import { createHmac, randomUUID } from 'node:crypto';
import { z } from 'zod';

/** A message of the Jupyter protocol (https://jupyter-client.readthedocs.io/en/stable/messaging.html), as far as a runner reads it. */
export interface KernelMessage {
  readonly type: string;
  /** Id of the request that this message belongs to; empty when it belongs to none. */
  readonly parentId: string;
  readonly content: Readonly<Record<string, unknown>>;
}

const DELIMITER = '<IDS|MSG>';
const VERSION = '5.3';

const HEADER = z.object({ msg_type: z.string() });
const PARENT = z.object({ msg_id: z.string().default('') });
const CONTENT = z.record(z.string(), z.unknown());

/** Writes and reads signed messages of one session with one kernel. */
export class MessageCodec {
  readonly #key: string;
  readonly #session = randomUUID();

  constructor(key: string) {
    this.#key = key;
  }

  request(type: string, content: Readonly<Record<string, unknown>>): { readonly id: string; readonly parts: readonly Buffer[] } {
    const id = randomUUID();
    const date = new Date().toISOString();
    const header = { msg_id: id, session: this.#session, username: 'tapedeck', date, msg_type: type, version: VERSION };
    const body = [header, {}, {}, content].map((part) => Buffer.from(JSON.stringify(part)));
    return { id, parts: [Buffer.from(DELIMITER), Buffer.from(this.#signature(body)), ...body] };
  }

  /** Throws on anything but a whole message that was signed with our key. */
  read(parts: readonly Buffer[]): KernelMessage {
    const start = parts.findIndex((part) => part.toString('latin1') === DELIMITER);
    const [signature, ...body] = parts.slice(start + 1);
    const signed = body.slice(0, 4);
    if (start < 0 || signed.length < 4) throw new Error('the kernel sent something else than a Jupyter message');
    if (signature!.toString('latin1') !== this.#signature(signed)) throw new Error('the signature of a kernel message is wrong');
    const [header, parent, , content] = signed.map((part) => JSON.parse(part.toString('utf8')) as unknown);
    return { type: HEADER.parse(header).msg_type, parentId: PARENT.parse(parent ?? {}).msg_id, content: CONTENT.parse(content) };
  }

  #signature(parts: readonly Buffer[]): string {
    const hmac = createHmac('sha256', this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest('hex');
  }
}
