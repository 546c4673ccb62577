import type { BinanceVenueId } from './decode.ts';
import { streamKind } from './server-streams.ts';

/** Which part of USD-M a path belongs to; spot and the older paths carry everything. */
export type StreamLane = 'all' | 'public' | 'market';

/** What a websocket path asks for. */
export interface StreamPath {
  readonly lane: StreamLane;
  /** Frames come in the envelope `{"stream":…,"data":…}`. */
  readonly isCombined: boolean;
  /** Names asked for by the path itself. */
  readonly streams: readonly string[];
}

const LANE_PREFIX = /^\/(public|market)(?=\/)/;

/** `/ws/<stream>`, `/ws`, `/ws/<n>`, `/stream?streams=a/b`, `/stream`, each also under `/public` and `/market`; `undefined` for any other. */
export function parseStreamPath(path: string, query: Readonly<Record<string, string>>): StreamPath | undefined {
  const prefix = LANE_PREFIX.exec(path);
  const lane = (prefix?.[1] ?? 'all') as StreamLane;
  const [first, ...rest] = path
    .slice(prefix?.[0].length ?? 0)
    .split('/')
    .slice(1);
  const names = rest.map(unescaped).filter((name) => name !== '');
  if (first === 'stream') return { lane, isCombined: true, streams: (query.streams ?? '').split('/').filter((name) => name !== '') };
  if (first !== 'ws') return undefined;
  // Some clients number their connections: `/ws/3` names no stream.
  return { lane, isCombined: false, streams: names.filter((name) => !/^\d+$/.test(name)) };
}

/**
 * Kinds of streams of USD-M by path, since the venue parted them in March 2026. Published clients disagree where `trade` lives: both have it
 * here. Options `public` and `market` name other lists, with commas.
 */
const LANES_DEFAULT: Readonly<Record<'public' | 'market', string>> = {
  public: 'depth,rpiDepth,bookTicker,!bookTicker@arr,trade',
  market:
    'aggTrade,trade,kline,continuousKline,markPrice,!markPrice@arr,forceOrder,!forceOrder@arr,ticker,miniTicker,!ticker@arr,!miniTicker@arr,!contractInfo,contractInfo,compositeIndex,assetIndex,!assetIndex@arr',
};
/** `kline_1m` is a `kline`, `depth20` a `depth`. */
const PARAMETER = /(?:_.*|(?<=^depth)\d+)$/;

/** Says whether a lane carries a stream (by its key). */
export function createLanes(venue: BinanceVenueId, options: Readonly<Record<string, string>>): (lane: StreamLane, key: string) => boolean {
  if (venue === 'binance-spot') return () => true;
  const kinds = { public: kindsOf(options.public ?? LANES_DEFAULT.public), market: kindsOf(options.market ?? LANES_DEFAULT.market) };
  return (lane, key) => lane === 'all' || kinds[lane].has(streamKind(key).replace(PARAMETER, ''));
}

function kindsOf(list: string): ReadonlySet<string> {
  return new Set(list.split(',').map((kind) => kind.trim()));
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
