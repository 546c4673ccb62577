import type { RecorderConfig } from '#recorder';
import type { ServerProtocol, Venue } from '#venues';
import { binanceSpot, binanceUsdm, createBinanceEncoder } from '../../venues/binance/index.ts';
import { createBinanceServer } from '../../venues/binance/server.ts';
import {
  coincallFutures,
  coincallFuturesServer,
  coincallOptions,
  coincallOptionsServer,
  encodeBook as encodeCoincallBook,
  encodeTrades as encodeCoincallTrades,
} from '../../venues/coincall/index.ts';
import { encodeBooks, encodeTrades, kis, kisServer } from '../../venues/kis/index.ts';
import { encodeTrades as encodeKiwoomTrades, kiwoom, kiwoomServer } from '../../venues/kiwoom/index.ts';

/** One venue as the fault matrix runs it. */
export interface FaultScenario {
  readonly venue: Venue;
  readonly server: ServerProtocol;
  readonly serverOptions?: Readonly<Record<string, string>>;
  readonly config: RecorderConfig;
  readonly variables: Readonly<Record<string, string>>;
  /** Market frames of the subscribed symbols, whose text may repeat. */
  readonly frames: readonly Uint8Array[];
  /** Parts of the socket paths, one for each connection, with the connection's name. */
  readonly connections: readonly { readonly path: string; readonly name: string }[];
  /** A session ended by another of the same key must not come back. */
  readonly isStoppedByKick?: boolean;
}

const encoder = new TextEncoder();

function binanceFrames(venue: 'binance-spot' | 'binance-usdm'): Uint8Array[] {
  const frames: Uint8Array[] = [];
  const encode = createBinanceEncoder(venue, (_channel, text) => frames.push(encoder.encode(text)));
  for (let i = 0; i < 40; i++) {
    const timeUs = 1_790_000_000_000_000 + i * 1_000_000;
    encode.trade('BTCUSDT', timeUs, 60_000 + i, 0.5, i % 2 === 0 ? 1 : -1, i + 1, 'regular');
    encode.quote('BTCUSDT', timeUs, 60_000, 1 + i, 60_001, 2, i + 1);
  }
  return frames;
}

/** The market moment of the first frame: Friday 2026-11-20 10:00 in Korea. */
const KST_10_00_US = Date.UTC(2026, 10, 20, 1) * 1000;

/** Trades of two stocks, some batched, and their books. */
function kisFrames(): Uint8Array[] {
  return Array.from({ length: 40 }, (_, i) => {
    const venueTimeUs = KST_10_00_US + i * 1_000_000;
    const trade = (symbol: string, n: number) => ({
      symbol,
      venueTimeUs,
      price: 71_000 + 100 * n,
      size: 1 + n,
      side: 1 as const,
      cumulativeVolume: 10 * i + n,
    });
    if (i % 4 === 3)
      return encodeBooks('H0STASP0', [
        { symbol: '005930', venueTimeUs, bids: [{ price: 70_900, size: i + 1 }], asks: [{ price: 71_000, size: 3 }] },
      ]);
    const symbol = i % 2 === 0 ? '005930' : '000660';
    return encodeTrades('H0STCNT0', i % 5 === 0 ? [trade(symbol, 1), trade(symbol, 2)] : [trade(symbol, 0)]);
  });
}

/** Trades and books of one contract. */
function coincallFrames(venue: 'coincall-options' | 'coincall-futures', symbol: string): Uint8Array[] {
  return Array.from({ length: 40 }, (_, i) => {
    const venueTimeUs = KST_10_00_US + i * 1_000_000;
    if (i % 2 === 0)
      return encoder.encode(encodeCoincallTrades(venue, 'g2', [{ symbol, venueTimeUs, price: 100 + i, size: 0.5, side: 1 }]));
    const book = { symbol, venueTimeUs, bids: [{ price: 100, size: 1 + i }], asks: [{ price: 101, size: 2 }] };
    return encoder.encode(encodeCoincallBook(venue, 'g2', book));
  });
}

const COINCALL_SECRETS = { COINCALL_API_KEY: 'aGVsbG8rd29ybGQ/PT0=', COINCALL_SECRET: 'demo-secret-of-the-test' };
const OPTION = 'BTCUSD-25DEC26-100000-C';
const COINCALL_CHANNELS = ['lastTrade', 'orderBook'];

/** Trades of two stocks, some frames with a row of each. */
function kiwoomFrames(): Uint8Array[] {
  return Array.from({ length: 40 }, (_, i) => {
    const venueTimeUs = KST_10_00_US + i * 1_000_000;
    const trade = (symbol: string) => ({
      symbol,
      venueTimeUs,
      price: 71_000 + 100 * (i % 5),
      size: 1 + (i % 3),
      side: 1 as const,
      cumulativeVolume: 10 * i + 10,
    });
    return encodeKiwoomTrades(i % 3 === 0 ? [trade('005930'), trade('000660')] : [trade('005930')]);
  });
}

const KIS_SECRETS = { KIS_APP_KEY: `PS${'a'.repeat(34)}`, KIS_APP_SECRET: 's'.repeat(180) };

const BINANCE_CHANNELS = ['trade', 'bookTicker'];

export const SCENARIOS: readonly FaultScenario[] = [
  {
    venue: binanceSpot,
    server: createBinanceServer('binance-spot'),
    config: { 'binance-spot': { symbols: [{ symbol: 'BTCUSDT', channels: BINANCE_CHANNELS }] } },
    variables: {},
    frames: binanceFrames('binance-spot'),
    connections: [{ path: '/stream', name: 'ws-1' }],
  },
  {
    venue: binanceUsdm,
    server: createBinanceServer('binance-usdm'),
    config: { 'binance-usdm': { symbols: [{ symbol: 'BTCUSDT', channels: BINANCE_CHANNELS }] } },
    variables: {},
    frames: binanceFrames('binance-usdm'),
    connections: [
      { path: '/public/stream', name: 'public-1' },
      { path: '/market/stream', name: 'market-1' },
    ],
  },
  {
    venue: kis,
    server: kisServer,
    config: {
      kis: {
        stocks: [
          { code: '005930', channels: ['trade', 'book'] },
          { code: '000660', channels: ['trade'] },
        ],
      },
    },
    variables: KIS_SECRETS,
    frames: kisFrames(),
    connections: [{ path: '/tryitout', name: 'ws-1' }],
  },
  {
    venue: kiwoom,
    server: kiwoomServer,
    config: {
      kiwoom: {
        stocks: [
          { code: '005930', channels: ['trade'] },
          { code: '000660', channels: ['trade'] },
        ],
      },
    },
    variables: { KIWOOM_APP_KEY: 'kiwoom-app-key-of-the-test', KIWOOM_SECRET_KEY: 'kiwoom-secret-key-of-the-test' },
    frames: kiwoomFrames(),
    connections: [{ path: '/api/dostk/websocket', name: 'ws-1' }],
    isStoppedByKick: true,
  },
  {
    venue: coincallOptions,
    server: coincallOptionsServer,
    config: { 'coincall-options': { symbols: [{ symbol: OPTION, channels: COINCALL_CHANNELS }] } },
    variables: COINCALL_SECRETS,
    frames: coincallFrames('coincall-options', OPTION),
    connections: [{ path: '/options', name: 'ws-1' }],
  },
  {
    venue: coincallFutures,
    server: coincallFuturesServer,
    config: { 'coincall-futures': { symbols: [{ symbol: 'BTCUSD', channels: COINCALL_CHANNELS }] } },
    variables: COINCALL_SECRETS,
    frames: coincallFrames('coincall-futures', 'BTCUSD'),
    connections: [{ path: '/futures', name: 'ws-1' }],
  },
];
