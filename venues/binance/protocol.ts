import type { SocketLimits, SocketProtocol, VenueHosts, VenueProtocol } from '../protocol.ts';
import type { BinanceVenueId } from './decode.ts';
import { EXCHANGE_INFO } from './exchange-info.ts';
import { BinanceSession } from './session.ts';

/** What differs between the two products; every number is from `../shared` facts kept in `README.md` (developers.binance.com unless named). */
interface Product {
  readonly id: BinanceVenueId;
  readonly hosts: VenueHosts;
  readonly restPath: string;
  /** Streams of one connection. */
  readonly streamsMax: number;
  /** Messages a client may send are 5 a second (spot) and 10 a second (futures). */
  readonly sendSpacingMs: number;
  /** The server pings every 20 s (spot) and every 3 minutes (futures): silence beyond a missed one is a dead connection. */
  readonly silenceTimeoutMs: number;
  readonly sockets: readonly { readonly name: string; readonly path: string }[];
}

const SPOT: Product = {
  id: 'binance-spot',
  hosts: { rest: 'https://api.binance.com', socket: 'wss://stream.binance.com:9443' },
  restPath: '/api/v3',
  streamsMax: 1024,
  sendSpacingMs: 250,
  silenceTimeoutMs: 60_000,
  sockets: [{ name: 'ws', path: '/stream' }],
};

const USDM: Product = {
  id: 'binance-usdm',
  hosts: { rest: 'https://fapi.binance.com', socket: 'wss://fstream.binance.com' },
  restPath: '/fapi/v1',
  streamsMax: 200,
  sendSpacingMs: 125,
  silenceTimeoutMs: 400_000,
  // Split since 2026-03-06: one connection no longer carries both.
  sockets: [
    { name: 'public', path: '/public/stream' },
    { name: 'market', path: '/market/stream' },
  ],
};

/** Streams that live under `/public` on USD-M; all others live under `/market`. `trade` is disputed: option `tradePath` says where. */
const PUBLIC_STREAMS = /^(depth|bookTicker|rpiDepth)/;
/** A `TRADE_PATH_OPTION` of `public` moves `trade` there; the default is `market`. */
export const TRADE_PATH_OPTION = 'tradePath';

const CONNECTION_LIFE_MS = 23.75 * 3_600_000;
const PARAMS_MAX = 100;

export const binanceSpotProtocol: VenueProtocol = protocolOf(SPOT);
export const binanceUsdmProtocol: VenueProtocol = protocolOf(USDM);

function protocolOf(product: Product): VenueProtocol {
  return {
    venue: product.id,
    hosts: { real: product.hosts },
    secrets: [],
    grants: [],
    restGrants: [],
    masterGrants: [],
    sockets: product.sockets.map(({ name, path }) => socketOf(product, name, path)),
    polls: [],
    // The weight budget is 6,000 (spot) and 2,400 (futures) a minute; a snapshot of 1,000 levels weighs 50 and 20.
    restLimits: () => ({ callsPerSecondMax: 1.5, timeoutMs: 10_000 }),
    masters: (_settings, symbols) => [
      {
        endpoint: EXCHANGE_INFO,
        method: 'GET',
        path: `${product.restPath}/exchangeInfo`,
        ...(product.id === 'binance-spot' && symbols.length > 0 ? { query: { symbols: JSON.stringify(symbols) } } : {}),
      },
    ],
    readMaster: (_request, { status }) =>
      status === 200
        ? { kind: 'ok' }
        : { kind: 'failed', code: `HTTP_${status}`, message: 'exchangeInfo was not answered', isFinal: false },
    mastersAtUtcMinutes: [5],
    refuses: ({ channel }) => (labelOf(channel) === '' ? `Binance has no stream "${channel}"` : undefined),
    labelOf,
    marketOf: () => 'always',
    silenceMaxMs: (channel) => SILENCE_MAX_MS[labelOf(channel)] ?? QUIET_CHANNEL_MS,
  };
}

/** A busy pair speaks many times a second; a quiet one trades once an hour and still moves its book. */
const SILENCE_MAX_MS: Readonly<Record<string, number>> = { depth: 60_000, bookTicker: 120_000, markPrice: 30_000, kline: 120_000 };
const QUIET_CHANNEL_MS = 600_000;

const STREAM_LABELS: readonly (readonly [RegExp, string])[] = [
  [/^depth(@\d+ms)?$/, 'depth'],
  [/^depth(5|10|20)(@\d+ms)?$/, 'partialDepth'],
  [/^bookTicker$/, 'bookTicker'],
  [/^trade$/, 'trade'],
  [/^aggTrade$/, 'aggTrade'],
  [/^markPrice(@\ds)?$/, 'markPrice'],
  [/^kline_(\ds|\d{1,2}[mhdwM])$/, 'kline'],
  [/^forceOrder$/, 'forceOrder'],
  [/^miniTicker$/, 'miniTicker'],
  [/^ticker$/, 'ticker'],
  [/^avgPrice$/, 'avgPrice'],
];

function labelOf(channel: string): string {
  return STREAM_LABELS.find(([form]) => form.test(channel))?.[1] ?? '';
}

function socketOf(product: Product, name: string, path: string): SocketProtocol {
  const limits: SocketLimits = {
    slotsMax: product.streamsMax,
    // 300 connects in 5 minutes an address; a recorder needs a handful.
    connectionsPerKey: 5,
    batchMax: PARAMS_MAX,
    inFlightMax: 1,
    sendSpacingMs: product.sendSpacingMs,
    answerTimeoutMs: 10_000,
    silenceTimeoutMs: product.silenceTimeoutMs,
    connectionLifeMs: CONNECTION_LIFE_MS,
    backoffMinMs: 500,
    backoffMaxMs: 60_000,
    connectsPerHourMax: 60,
  };
  return {
    venue: product.id,
    name,
    limits,
    grants: [],
    carries: (channel, options) => product.sockets.length === 1 || name === (isPublic(channel, options) ? 'public' : 'market'),
    slotsOf: (subscriptions) => subscriptions.length,
    address: () => ({ path }),
    open: (settings) => new BinanceSession(product.id, product.restPath, settings.options),
  };
}

function isPublic(channel: string, options: Readonly<Record<string, string>>): boolean {
  return channel === 'trade' ? options[TRADE_PATH_OPTION] === 'public' : PUBLIC_STREAMS.test(channel);
}
