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
import { kisProtocol } from './protocol.ts';
import { gatewayError, IssuedKeys } from './server-keys.ts';
import { answerMaster, answerQuotation } from './server-quotations.ts';
import { alreadyInUse, KisServerSession, type SessionDesk } from './server-session.ts';

const SERVICES = '/uapi/';

/**
 * The server side of KIS. Options: `environment` (`real`, `mock`), `widths` (`documented`, `current`; without it records keep the
 * tape's), `appKey` and `appSecret` (the one pair that is known; without them the lengths 36 and 180 are checked), `callsPerSecond`,
 * `reject` (a `msg_cd` that every registration gets).
 */
export const kisServer: ServerProtocol = {
  venue: kisProtocol.venue,
  create: (settings) => new KisServer(settings),
};

class KisServer implements VenueServer {
  readonly venue = kisProtocol.venue;
  readonly #desk: SessionDesk;
  /** The open session of each app key. */
  readonly #sessions = new Map<string, KisServerSession>();

  constructor(settings: ServerSettings) {
    const environment = chosen(settings, 'environment', ['real', 'mock']) ?? 'real';
    const callsPerSecondMax = Number(settings.options.callsPerSecond ?? kisProtocol.restLimits(environment).callsPerSecondMax);
    if (!Number.isSafeInteger(callsPerSecondMax) || callsPerSecondMax < 1) {
      throw usageError('KIS_SERVE_OPTION', `callsPerSecond must be a whole number from 1, not "${settings.options.callsPerSecond}"`);
    }
    this.#desk = {
      settings,
      keys: new IssuedKeys(settings, callsPerSecondMax),
      isMock: environment === 'mock',
      widths: chosen(settings, 'widths', ['documented', 'current']),
      claim: (appKey, session) => this.#claim(appKey, session),
      release: (appKey, session) => this.#release(appKey, session),
    };
  }

  rest(request: ServerRequest, nowMs: number): ServerResponse | undefined {
    const { keys, settings, isMock } = this.#desk;
    const granted = keys.answer(request, nowMs) ?? answerMaster(request.path, settings.market);
    if (granted !== undefined || !request.path.startsWith(SERVICES)) return granted;
    return keys.refusalOf(request, nowMs) ?? answerQuotation(request, settings.market, isMock) ?? gatewayError(404, 'EGW00202');
  }

  /** Whatever the path: clients connect to the root, to `/tryitout` and to a channel's page below it. */
  accept(): ServerSession {
    return new KisServerSession(this.#desk);
  }

  /** The session keeps its slot until its socket is closed, as at the venue. */
  kick(): readonly ServerAction[] {
    return alreadyInUse();
  }

  #claim(appKey: string, session: KisServerSession): boolean {
    const holder = this.#sessions.get(appKey) ?? session;
    if (holder !== session) return false;
    this.#sessions.set(appKey, session);
    return true;
  }

  #release(appKey: string, session: KisServerSession): void {
    if (this.#sessions.get(appKey) === session) this.#sessions.delete(appKey);
  }
}

/** The option, which must be one of these or absent. Throws KIS_SERVE_OPTION. */
function chosen<Choice extends string>({ options }: ServerSettings, name: string, choices: readonly Choice[]): Choice | undefined {
  const value = options[name];
  if (value === undefined) return undefined;
  const choice = choices.find((known) => known === value);
  if (choice === undefined)
    throw usageError('KIS_SERVE_OPTION', `the option "${name}" of kis must be one of ${choices.join(', ')}, not "${value}"`);
  return choice;
}
