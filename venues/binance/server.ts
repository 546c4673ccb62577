import type {
  ServerAction,
  ServerProtocol,
  ServerRequest,
  ServerResponse,
  ServerSession,
  ServerSettings,
  VenueServer,
} from '../server-protocol.ts';
import type { BinanceVenueId } from './decode.ts';
import { createLanes, parseStreamPath, type StreamLane } from './server-lanes.ts';
import { BinanceRest } from './server-rest.ts';
import { type StreamHub, type StreamLimits, StreamSession } from './server-session.ts';
import { StreamRouter } from './server-streams.ts';

const DAY_MS = 86_400_000;
const LIMITS: Readonly<Record<BinanceVenueId, StreamLimits>> = {
  'binance-spot': { messagesPerSecondMax: 5, streamsMax: 1_024, lifeMs: DAY_MS },
  'binance-usdm': { messagesPerSecondMax: 10, streamsMax: 200, lifeMs: DAY_MS },
};
const CONNECTS_WINDOW_MS = 300_000;
const CONNECTS_MAX = 300;

/** Websocket pings of the venue: spot every 20 s, answered within a minute; USD-M every 3 minutes, within ten. */
const PINGS: Readonly<Record<BinanceVenueId, WebsocketPings>> = {
  'binance-spot': { everyMs: 20_000, pongWithinMs: 60_000 },
  'binance-usdm': { everyMs: 180_000, pongWithinMs: 600_000 },
};

/** Pings of the websocket protocol itself, which the server sends on its own. */
interface WebsocketPings {
  readonly everyMs: number;
  readonly pongWithinMs: number;
}

/**
 * The server side of the public market streams and their REST. Options: `public`, `market` (kinds of streams of the USD-M paths, with commas),
 * `olderPaths` = `retired` (USD-M paths without prefix are refused),
 * `aggTrade` = `recorded` (none are made of trades), `connectsMax` (in 5 minutes), `messagesPerSecond`, `weightPerMinute`.
 */
export function createBinanceServer(venue: BinanceVenueId): ServerProtocol & { readonly ping: WebsocketPings } {
  return { venue, ping: PINGS[venue], create: (settings) => new BinanceServer(venue, settings) };
}

class BinanceServer implements VenueServer {
  readonly venue: BinanceVenueId;
  readonly #settings: ServerSettings;
  readonly #rest: BinanceRest;
  readonly #hub: StreamHub;
  readonly #carries: (lane: StreamLane, key: string) => boolean;
  readonly #connectsMax: number;
  readonly #connectsAtMs: number[] = [];

  constructor(venue: BinanceVenueId, settings: ServerSettings) {
    const { market, options, faults } = settings;
    this.venue = venue;
    this.#settings = settings;
    this.#rest = new BinanceRest(venue, market, options);
    this.#carries = createLanes(venue, options);
    this.#connectsMax = Number(options.connectsMax ?? CONNECTS_MAX);
    const messagesPerSecondMax = Number(options.messagesPerSecond ?? LIMITS[venue].messagesPerSecondMax);
    this.#hub = {
      venue,
      limits: { ...LIMITS[venue], messagesPerSecondMax },
      router: new StreamRouter(),
      makesAggregates: options.aggTrade !== 'recorded',
      isSilent: () => faults.acknowledgeOnly,
    };
  }

  rest(request: ServerRequest, nowMs: number): ServerResponse | undefined {
    return this.#rest.answer(request, nowMs);
  }

  accept(request: ServerRequest, nowMs: number): ServerSession | { readonly refuse: number; readonly message: string } | undefined {
    const path = parseStreamPath(request.path, request.query);
    if (path === undefined) return undefined;
    // There is no login: an address that is not wanted is turned away at the door.
    if (this.#settings.faults.refuseLogin) return { refuse: 403, message: 'Forbidden' };
    if (this.venue === 'binance-usdm' && path.lane === 'all' && this.#settings.options.olderPaths === 'retired') {
      return { refuse: 404, message: 'this path is retired: use /public or /market' };
    }
    const { limits } = this.#hub;
    if (path.streams.length > limits.streamsMax) return { refuse: 400, message: `more than ${limits.streamsMax} streams` };
    if (!this.#countConnect(nowMs)) return { refuse: 429, message: 'too many connections' };
    return new StreamSession(this.#hub, path, (key) => this.#carries(path.lane, key), nowMs);
  }

  kick(): readonly ServerAction[] {
    return [{ kind: 'close', code: 1008, reason: 'disconnected' }];
  }

  /** At most so many connects in five minutes, from one address; everybody here comes from one. */
  #countConnect(nowMs: number): boolean {
    const connects = this.#connectsAtMs;
    while (connects.length > 0 && connects[0]! <= nowMs - CONNECTS_WINDOW_MS) connects.shift();
    if (connects.length >= this.#connectsMax) return false;
    connects.push(nowMs);
    return true;
  }
}
