import { assert, assertNever } from '#domain';
import { OPEN_BRACE, skipSpace } from '../json-scan.ts';
import {
  DATA,
  type FrameSignal,
  type SocketSession,
  type SocketSettings,
  type Subscription,
  subscriptionKey,
  UNKNOWN,
} from '../protocol.ts';
import { CHANNEL_RULES } from './channel-rules.ts';
import {
  type ControlFrame,
  PING_PONG,
  REGISTER,
  type RegistrationCipher,
  readControlFrame,
  requestText,
  UNREGISTER,
} from './control-frames.ts';
import { firstValue, isDataFrame, isNoticeFrame, trIdOf, valuesStart } from './data-frame.ts';
import { textOfBytes } from './json-object.ts';
import { type CodeMeaning, meaningOf } from './message-codes.ts';

const KEY_CHARACTERS = 32;
const IV_CHARACTERS = 16;
const ENCODER = new TextEncoder();

interface Asked {
  /** The recorder's name of it. */
  readonly key: string;
  readonly channel: string;
  isReleasing: boolean;
}

/** One connection: requests of one (tr_id, tr_key) each, their answers, the echo of PINGPONG, and the keys of encrypted notices. */
export class KisSession implements SocketSession {
  readonly #settings: SocketSettings;
  /** What was asked for and not released, by `<tr_id>|<tr_key>` of the wire. */
  readonly #asked = new Map<string, Asked>();
  /** By TR id, then `tr_key`: each registration has its own. */
  readonly #ciphers = new Map<string, Map<string, RegistrationCipher>>();
  readonly #secrets: readonly string[];

  constructor(settings: SocketSettings) {
    this.#settings = settings;
    this.#secrets = [...Object.values(settings.credentials), ...Object.values(settings.grants)].filter((text) => text !== '');
  }

  subscribe(subscriptions: readonly Subscription[]): string {
    return this.#request(subscriptions, REGISTER);
  }

  unsubscribe(subscriptions: readonly Subscription[]): string {
    return this.#request(subscriptions, UNREGISTER);
  }

  read(bytes: Uint8Array, start: number, end: number): FrameSignal {
    if (isDataFrame(bytes, start, end)) return DATA;
    const open = skipSpace(bytes, start, end);
    if (open >= end || bytes[open] !== OPEN_BRACE) return UNKNOWN;
    const text = textOfBytes(bytes.subarray(start, end));
    const frame = readControlFrame(text);
    if (frame === undefined) return UNKNOWN;
    if (frame.trId === PING_PONG) return { kind: 'reply', text };
    return frame.code === '' ? UNKNOWN : this.#answer(frame);
  }

  keyOf(bytes: Uint8Array, start: number, end: number): string {
    if (!isDataFrame(bytes, start, end)) return '';
    const values = valuesStart(bytes, start, end);
    if (values < 0) return '';
    const channel = trIdOf(bytes, start, end);
    // A notice says the owner's login only in its encrypted part; there is one owner a connection.
    if (CHANNEL_RULES.get(channel)?.key === 'hts-id') return this.#keyOfChannel(channel);
    const symbol = firstValue(bytes, values, end);
    const asked = this.#asked.get(`${channel}|${symbol}`) ?? this.#asked.get(`${channel}|Q${symbol}`);
    return asked?.key ?? `${channel}|${symbol}`;
  }

  decrypt(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
    if (!isNoticeFrame(bytes, start, end)) return undefined;
    const values = valuesStart(bytes, start, end);
    const ciphers = values < 0 ? undefined : this.#ciphers.get(trIdOf(bytes, start, end));
    if (ciphers === undefined) return undefined;
    const base64 = textOfBytes(bytes.subarray(values, end));
    for (const { key, iv } of ciphers.values()) {
      const plain = this.#settings.cipher.decryptAes256Cbc(key, iv, base64);
      if (plain !== undefined) return joined(bytes.subarray(start, values), ENCODER.encode(plain));
    }
    return undefined;
  }

  #request(subscriptions: readonly Subscription[], trType: typeof REGISTER | typeof UNREGISTER): string {
    const [subscription] = subscriptions;
    assert(subscription !== undefined && subscriptions.length === 1, `one subscription a request, not ${subscriptions.length}`);
    const { credentials, grants, options } = this.#settings;
    const { channel } = subscription;
    const trKey =
      CHANNEL_RULES.get(channel)?.key === 'hts-id' && subscription.symbol === '' ? (credentials.htsId ?? '') : subscription.symbol;
    this.#asked.set(`${channel}|${trKey}`, { key: subscriptionKey(subscription), channel, isReleasing: trType === UNREGISTER });
    const requester = {
      approvalKey: grants.approval ?? '',
      custtype: options.custtype ?? 'P',
      personalSecKey: credentials.personalSecKey ?? '',
    };
    return requestText(requester, trType, channel, trKey);
  }

  #answer(frame: ControlFrame): FrameSignal {
    const wireKey = `${frame.trId}|${frame.trKey}`;
    const asked = this.#asked.get(wireKey);
    // An answer that names nothing we asked for belongs to the one request in flight.
    const keys = asked === undefined ? {} : { keys: [asked.key] };
    const code = { code: frame.code, message: this.#withoutSecrets(frame.message) };
    const meaning = meaningOf(frame.code) ?? unknownMeaning(frame, asked);
    switch (meaning.kind) {
      case 'acknowledged':
        this.#keepCipher(frame);
        return { kind: 'acknowledged', ...keys };
      case 'released':
        this.#asked.delete(wireKey);
        return { kind: 'released', ...keys };
      case 'refused':
        if (meaning.retryAfterMs === undefined) this.#asked.delete(wireKey);
        return { ...keys, ...code, ...meaning };
      case 'login-refused':
      case 'back-off':
        return { ...code, ...meaning };
      default:
        return assertNever(meaning);
    }
  }

  #keepCipher({ trId, trKey, key, iv }: ControlFrame): void {
    if (CHANNEL_RULES.get(trId)?.key !== 'hts-id' || key.length !== KEY_CHARACTERS || iv.length !== IV_CHARACTERS) return;
    const ciphers = this.#ciphers.get(trId);
    if (ciphers === undefined) this.#ciphers.set(trId, new Map([[trKey, { key, iv }]]));
    else ciphers.set(trKey, { key, iv });
  }

  #keyOfChannel(channel: string): string {
    for (const asked of this.#asked.values()) {
      if (asked.channel === channel) return asked.key;
    }
    return `${channel}|`;
  }

  /** OPSP0011 repeats the approval key it did not find: a message must not carry it into a log. */
  #withoutSecrets(message: string): string {
    return this.#secrets.reduce((text, secret) => text.replaceAll(secret, '***'), message);
  }
}

/** A code that no table holds: what `rt_cd` says of the request it answers. */
function unknownMeaning(frame: ControlFrame, asked: Asked | undefined): CodeMeaning {
  if (!frame.isOk) return { kind: 'refused' };
  return { kind: asked?.isReleasing === true ? 'released' : 'acknowledged' };
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head, 0);
  whole.set(tail, head.length);
  return whole;
}
