import { usageError } from '#domain';
import type {
  ServerAction,
  ServerProtocol,
  ServerRequest,
  ServerResponse,
  ServerSession,
  ServerSettings,
  VenueServer,
} from '../server-protocol.ts';
import { chosen } from './choices.ts';
import type { CoincallVenueId } from './instrument.ts';
import { SOCKET_PATHS } from './protocol.ts';
import { CoincallRest } from './server-rest.ts';
import { CoincallServerSession, PushRouter, type SessionHub } from './server-session.ts';
import { CONNECT_CODE, signatureOf } from './signature.ts';

/** How far the `ts` of a handshake may be off; the venue's own limit is not known (5 s for REST). */
const TS_WINDOW_MS = 30_000;
const MESSAGES_PER_SECOND_MAX = 100;
const SIGN = /^[0-9A-F]{64}$/;
const PREHASHES = ['apiKey', 'uuid'] as const;

/**
 * The server sides of Coincall. Options: `apiKey` and `secret` (the one pair that is known; without them any key and every sign of the right form),
 * `prehash` (`apiKey`, `uuid`; both without it), `generation` (`unsigned`: the key alone opens a connection), `tsWindowMs`, `messagesPerSecond`,
 * `answers` (`bare`, `payload`: repeated), `reject` (a `dataType` whose requests are refused).
 */
export const coincallOptionsServer: ServerProtocol = serverOf('coincall-options');
export const coincallFuturesServer: ServerProtocol = serverOf('coincall-futures');

function serverOf(venue: CoincallVenueId): ServerProtocol {
  return { venue, create: (settings) => new CoincallServer(venue, settings) };
}

class CoincallServer implements VenueServer {
  readonly venue: CoincallVenueId;
  readonly #settings: ServerSettings;
  readonly #hub: SessionHub;
  readonly #rest: CoincallRest;
  readonly #isSigned: boolean;
  readonly #prehashes: readonly (typeof PREHASHES)[number][];
  readonly #tsWindowMs: number;

  constructor(venue: CoincallVenueId, settings: ServerSettings) {
    const { options, market } = settings;
    this.venue = venue;
    this.#settings = settings;
    this.#rest = new CoincallRest(venue, market);
    this.#isSigned = chosen(options, 'generation', ['signed', 'unsigned']) !== 'unsigned';
    const prehash = chosen(options, 'prehash', PREHASHES);
    this.#prehashes = prehash === undefined ? PREHASHES : [prehash];
    this.#tsWindowMs = wholeNumber(options, 'tsWindowMs', TS_WINDOW_MS);
    this.#hub = {
      venue,
      settings,
      messagesPerSecondMax: wholeNumber(options, 'messagesPerSecond', MESSAGES_PER_SECOND_MAX),
      repeatsPayload: chosen(options, 'answers', ['bare', 'payload']) === 'payload',
      rejects: options.reject,
      router: new PushRouter(),
    };
  }

  rest(request: ServerRequest, nowMs: number): ServerResponse | undefined {
    return this.#rest.answer(request, nowMs);
  }

  accept(request: ServerRequest, nowMs: number): ServerSession | { readonly refuse: number; readonly message: string } | undefined {
    if (request.path.replace(/\/$/, '') !== SOCKET_PATHS[this.venue]) return undefined;
    const problem = this.#settings.faults.refuseLogin ? 'the key is refused' : this.#problem(request.query, nowMs);
    // 403 is what clients report; which words the venue has for it is not known.
    return problem === undefined ? new CoincallServerSession(this.#hub, nowMs) : { refuse: 403, message: problem };
  }

  /** The venue takes several connections of a key; this is a server that goes away. */
  kick(): readonly ServerAction[] {
    return [{ kind: 'close', code: 1001, reason: 'disconnected' }];
  }

  #problem(query: Readonly<Record<string, string>>, nowMs: number): string | undefined {
    const { code, apiKey = '', ts = '', sign = '' } = query;
    const { apiKey: known } = this.#settings.options;
    if (code !== CONNECT_CODE) return `code must be ${CONNECT_CODE}`;
    if (apiKey === '' || (known !== undefined && apiKey !== known)) return 'apiKey is not known';
    if (!this.#isSigned) return undefined;
    if (!this.#isFresh(ts, nowMs)) return 'ts is missing or not fresh';
    return this.#isSignature(sign, apiKey, ts) ? undefined : 'sign is wrong';
  }

  /** A client may take its time from `GET /time`, which is the tape's. */
  #isFresh(ts: string, nowMs: number): boolean {
    if (!/^\d{1,15}$/.test(ts)) return false;
    const isNear = (timeMs: number) => Math.abs(Number(ts) - timeMs) <= this.#tsWindowMs;
    return isNear(nowMs) || isNear(this.#settings.market.nowUs / 1_000);
  }

  #isSignature(sign: string, apiKey: string, ts: string): boolean {
    const { options, cipher } = this.#settings;
    const { secret } = options;
    if (!SIGN.test(sign)) return false;
    return secret === undefined || this.#prehashes.some((prehash) => sign === signatureOf(cipher, { apiKey, secret }, prehash, ts));
  }
}

function wholeNumber(options: Readonly<Record<string, string>>, name: string, usual: number): number {
  const value = Number(options[name] ?? usual);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw usageError('COINCALL_OPTION', `the option "${name}" of coincall must be a whole number from 1, not "${options[name]}"`);
}
