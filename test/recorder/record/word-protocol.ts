import type { Venue } from '#venues';
import {
  CONTROL,
  DATA,
  type FrameSignal,
  type SocketProtocol,
  type SocketSession,
  type Subscription,
  subscriptionKey,
  UNKNOWN,
  type VenueProtocol,
} from '../../../venues/protocol.ts';

/** A venue that speaks in words, so that a test reads like a dialogue: `login SECRET`, `sub A|1,A|2`, `ok`, `data A|1`, `no 7 busy`, … */
export function wordProtocol(
  options: { readonly hasLogin?: boolean; readonly slotsMax?: number; readonly hasMasters?: boolean } = {},
): VenueProtocol {
  const socket: SocketProtocol = {
    venue: 'word',
    name: 'ws',
    limits: {
      slotsMax: options.slotsMax ?? 10,
      connectionsPerKey: 1,
      batchMax: 2,
      inFlightMax: 1,
      sendSpacingMs: 100,
      answerTimeoutMs: 5_000,
      silenceTimeoutMs: 30_000,
      heartbeatAfterMs: 10_000,
      connectionLifeMs: 3_600_000,
      backoffMinMs: 1_000,
      backoffMaxMs: 60_000,
      connectsPerHourMax: 20,
    },
    grants: options.hasLogin === true ? ['token'] : [],
    carries: () => true,
    slotsOf: (subscriptions) => subscriptions.length,
    address: () => ({ path: '/words' }),
    handshakeRefused: (status) => (status === 403 ? { code: 'HTTP_403', message: 'wrong key' } : undefined),
    open: ({ grants }) => new WordSession(options.hasLogin === true ? grants.token : undefined),
  };
  return {
    venue: 'word',
    hosts: { real: { rest: 'http://rest', socket: 'ws://socket' } },
    secrets: [],
    grants: [
      {
        name: 'token',
        request: () => ({ endpoint: 'token', method: 'POST', path: '/token', body: '{"secretkey":"hidden"}' }),
        read: ({ status, body }, nowMs) => {
          const text = new TextDecoder().decode(body);
          if (status === 403) return { kind: 'wait', code: 'EGW00133', message: 'once a minute', waitMs: 60_000 };
          if (status !== 200) return { kind: 'failed', code: `HTTP_${status}`, message: text, isFinal: status === 401 };
          return { kind: 'grant', value: text, expiresAtMs: nowMs + 86_400_000 };
        },
        renewBeforeMs: 600_000,
        issueIntervalMs: 60_000,
        isKept: true,
      },
    ],
    restGrants: options.hasLogin === true ? ['token'] : [],
    masterGrants: [],
    sockets: [socket],
    polls: [
      {
        name: 'board',
        intervalMs: 2_000,
        requests: (target) => [{ endpoint: 'board', method: 'GET', path: '/board', query: { target }, meta: { symbol: target } }],
        read: (_request, { status }) =>
          status === 200 ? { kind: 'ok' } : { kind: 'failed', code: `HTTP_${status}`, message: '', isFinal: false },
      },
    ],
    restLimits: () => ({ callsPerSecondMax: 10, timeoutMs: 5_000 }),
    masters: () => (options.hasMasters === true ? [{ endpoint: 'list', method: 'GET', path: '/list' }] : []),
    readMaster: (_request, { status }) =>
      status === 200 ? { kind: 'ok' } : { kind: 'failed', code: `HTTP_${status}`, message: '', isFinal: false },
    mastersAtUtcMinutes: [],
    refuses: () => undefined,
    labelOf: (channel) => channel,
    marketOf: (channel) => MARKETS[channel] ?? 'always',
    // Only channel B is known to be busy.
    silenceMaxMs: (channel) => (channel === 'B' ? 20_000 : 3_600_000),
  };
}

const MARKETS: Readonly<Record<string, string>> = { D: 'krx-derivatives', N: 'krx-night' };

class WordSession implements SocketSession {
  readonly #token: string | undefined;

  constructor(token: string | undefined) {
    this.#token = token;
    if (token !== undefined) this.login = () => `login ${token}`;
  }

  login?: () => string;

  subscribe(subscriptions: readonly Subscription[]): string {
    return `sub ${subscriptions.map(subscriptionKey).join(',')}`;
  }

  unsubscribe(subscriptions: readonly Subscription[]): string {
    return `unsub ${subscriptions.map(subscriptionKey).join(',')}`;
  }

  heartbeat(): string {
    return 'beat';
  }

  read(bytes: Uint8Array, start: number, end: number): FrameSignal {
    const [verb, ...rest] = new TextDecoder().decode(bytes.subarray(start, end)).split(' ');
    switch (verb) {
      case 'data':
        return DATA;
      case 'beaten':
        return CONTROL;
      case 'ping':
        return { kind: 'reply', text: ['pong', ...rest].join(' ') };
      case 'welcome':
        return { kind: 'logged-in' };
      case 'stranger':
        return { kind: 'login-refused', code: '1', message: 'unknown token', renew: 'token' };
      case 'ok':
        return { kind: 'acknowledged' };
      case 'gone':
        return { kind: 'released' };
      case 'no':
        return { kind: 'refused', code: rest[0]!, message: rest[1]!, ...(rest[2] === undefined ? {} : { retryAfterMs: Number(rest[2]) }) };
      case 'busy':
        return { kind: 'back-off', code: 'OPSP8996', message: 'in use', waitMs: 15_000 };
      case 'kicked':
        return { kind: 'stop', code: 'R10001', message: 'another session' };
      case 'hole':
        return { kind: 'ask', requests: [{ endpoint: 'depth', method: 'GET', path: '/depth', meta: { symbol: rest[0]! } }] };
      case 'both':
        return {
          kind: 'several',
          signals: [
            { kind: 'acknowledged', keys: [rest[0]!] },
            { kind: 'refused', keys: [rest[1]!], code: '1', message: 'no' },
          ],
        };
      case 'throw':
        throw new Error(`a bug with ${this.#token ?? 'no token'}`);
      default:
        return UNKNOWN;
    }
  }

  keyOf(bytes: Uint8Array, start: number, end: number): string {
    return new TextDecoder().decode(bytes.subarray(start, end)).split(' ')[1] ?? '';
  }
}

/** Redacts whatever follows `secretkey":"` or `login `. */
export const WORD_VENUE: Venue = {
  id: 'word',
  decoderVersion: 1,
  latenessUs: 0,
  channelOf: (bytes, start, end) => {
    const [verb, key] = new TextDecoder().decode(bytes.subarray(start, end)).split(' ');
    return verb === 'data' ? (key ?? '').split('|')[0]! : '';
  },
  createDecoder: () => ({ decode: () => undefined }),
  instrument: (symbol) => ({ venue: 'word', symbol, kind: 'unknown', currency: '', multiplier: 1 }),
  redact: (bytes) => {
    const text = new TextDecoder().decode(bytes);
    const found = /(?:secretkey":"|^login )([^"]+)/.exec(text);
    if (found === null) return [];
    const start = found.index + found[0].length - found[1]!.length;
    bytes.fill(0x2a, start, start + found[1]!.length);
    return [{ start, end: start + found[1]!.length }];
  },
};
