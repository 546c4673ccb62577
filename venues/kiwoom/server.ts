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
import { KIWOOM_VENUE } from './instrument.ts';
import { CALLS_PER_SECOND, CONNECTION_ITEMS_MAX } from './protocol.ts';
import { ServedRows } from './served-rows.ts';
import { ServedConditions } from './server-conditions.ts';
import { ServedCalls } from './server-rest.ts';
import { KiwoomServerSession, type SessionDesk } from './server-session.ts';
import { IssuedTokens } from './server-tokens.ts';

/** With and without the slash that some clients put at the end, and a short form that one client uses. */
const SOCKET_PATHS = /^\/api\/(?:dostk\/)?websocket\/?$/;

/**
 * The server side of Kiwoom. Options: `environment` (`real`, `mock`), `appKey` and `secretKey` (the one pair that is known; without
 * them any pair is), `callsPerSecond` (of one `api-id`), `groupItemsMax` (without it only the connection's 200 count), `conditions`
 * (`<number>:<name>` between commas: the account's condition searches), `reject` (a `return_code` that every registration gets).
 */
export const kiwoomServer: ServerProtocol = {
  venue: KIWOOM_VENUE,
  create: (settings) => new KiwoomServer(settings),
};

class KiwoomServer implements VenueServer {
  readonly venue = KIWOOM_VENUE;
  readonly #desk: SessionDesk;
  readonly #calls: ServedCalls;
  /** The session of each app key. */
  readonly #sessions = new Map<string, KiwoomServerSession>();

  constructor(settings: ServerSettings) {
    const environment = settings.options.environment ?? 'real';
    if (environment !== 'real' && environment !== 'mock') throw badOption('environment', 'real or mock', environment);
    const tokens = new IssuedTokens(settings);
    const conditions = new ServedConditions(settings.options.conditions);
    this.#calls = new ServedCalls({
      market: settings.market,
      tokens,
      callsPerSecondMax: wholeNumber(settings, 'callsPerSecond', CALLS_PER_SECOND[environment]),
    });
    this.#desk = {
      settings,
      tokens,
      conditions,
      rows: new ServedRows(conditions, environment === 'mock'),
      limits: { itemsMax: CONNECTION_ITEMS_MAX, groupItemsMax: wholeNumber(settings, 'groupItemsMax', CONNECTION_ITEMS_MAX) },
      rejectCode: settings.options.reject === undefined ? 0 : wholeNumber(settings, 'reject', 0),
      claim: (appKey, session) => this.#claim(appKey, session),
      release: (appKey, session) => this.#release(appKey, session),
    };
  }

  rest(request: ServerRequest, nowMs: number): ServerResponse | undefined {
    return this.#desk.tokens.answer(request, nowMs) ?? this.#calls.answer(request, nowMs);
  }

  accept(request: ServerRequest): ServerSession | undefined {
    return SOCKET_PATHS.test(request.path) ? new KiwoomServerSession(this.#desk) : undefined;
  }

  kick(session: ServerSession): readonly ServerAction[] {
    return session instanceof KiwoomServerSession ? session.end('R10001') : [];
  }

  /** The younger session wins, as measured. */
  #claim(appKey: string, session: KiwoomServerSession): void {
    const older = this.#sessions.get(appKey);
    this.#sessions.set(appKey, session);
    if (older !== session) older?.displace();
  }

  #release(appKey: string, session: KiwoomServerSession): void {
    if (this.#sessions.get(appKey) === session) this.#sessions.delete(appKey);
  }
}

function wholeNumber({ options }: ServerSettings, name: string, otherwise: number): number {
  const text = options[name];
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw badOption(name, 'a whole number from 1', text);
  return value;
}

function badOption(name: string, wanted: string, found: string) {
  return usageError('KIWOOM_SERVE_OPTION', `the option "${name}" of kiwoom must be ${wanted}, not "${found}"`);
}
