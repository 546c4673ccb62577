import { describe, expect, test } from 'vitest';
import { binanceSpotProtocol, binanceUsdmProtocol } from '../../../venues/binance/index.ts';
import type { FrameSignal, SocketSession, VenueProtocol } from '../../../venues/protocol.ts';
import { checkSeeds } from '../../seeds.ts';

const CIPHER = { hmacSha256Hex: () => '', decryptAes256Cbc: () => undefined, encryptAes256Cbc: () => '' };
const SETTINGS = { credentials: {}, grants: {}, cipher: CIPHER, options: {}, nowMs: 0 };
const DEPTH = { channel: 'depth@100ms', symbol: 'BTCUSDT' };
const TRADE = { channel: 'trade', symbol: 'BTCUSDT' };

function open(protocol: VenueProtocol): SocketSession {
  return protocol.sockets[0]!.open(SETTINGS);
}

function read(session: SocketSession, frame: unknown): FrameSignal {
  const bytes = new TextEncoder().encode(typeof frame === 'string' ? frame : JSON.stringify(frame));
  return session.read(bytes, 0, bytes.length);
}

function delta(first: number, last: number, previous?: number): unknown {
  const ids = previous === undefined ? { U: first, u: last } : { U: first, u: last, pu: previous };
  return { stream: 'btcusdt@depth@100ms', data: { e: 'depthUpdate', E: 1, s: 'BTCUSDT', ...ids, b: [], a: [] } };
}

function deltaOf(stream: string, first: number, last: number): unknown {
  return { stream, data: { e: 'depthUpdate', E: 1, s: 'X', U: first, u: last, b: [], a: [] } };
}

function bodyOf(value: unknown): { status: number; headers: Record<string, string>; body: Uint8Array } {
  return { status: 200, headers: {}, body: new TextEncoder().encode(JSON.stringify(value)) };
}

describe('a session of combined streams', () => {
  test('asks for streams by their names and takes the answer of that very request', () => {
    const session = open(binanceSpotProtocol);
    expect(JSON.parse(session.subscribe([DEPTH, TRADE]))).toEqual({
      method: 'SUBSCRIBE',
      params: ['btcusdt@depth@100ms', 'btcusdt@trade'],
      id: 1,
    });
    expect(JSON.parse(session.subscribe([{ channel: 'bookTicker', symbol: 'ETHUSDT' }]))).toMatchObject({ id: 2 });
    expect(read(session, { result: null, id: 2 })).toEqual({ kind: 'acknowledged', keys: ['bookTicker|ETHUSDT'] });
    expect(read(session, { result: null, id: 1 })).toEqual({ kind: 'acknowledged', keys: ['depth@100ms|BTCUSDT', 'trade|BTCUSDT'] });
    expect(read(session, { result: null, id: 1 })).toEqual({ kind: 'control' });
  });

  test('knows a symbol that is written in Chinese, its data and its book', () => {
    const session = open(binanceSpotProtocol);
    const symbol = '币安人生USDT';
    session.subscribe([{ channel: 'depth@100ms', symbol }, { channel: 'trade', symbol }, DEPTH]);
    const trade = new TextEncoder().encode(JSON.stringify({ stream: '币安人生usdt@trade', data: {} }));
    expect(session.keyOf(trade, 0, trade.length)).toBe(`trade|${symbol}`);
    expect(read(session, deltaOf('币安人生usdt@depth@100ms', 5, 7))).toMatchObject({ kind: 'ask', requests: [{ query: { symbol } }] });
    // The next of the same stream is known by its bytes, one of another stream is not taken for it.
    expect(read(session, deltaOf('币安人生usdt@depth@100ms', 8, 9))).toEqual({ kind: 'data' });
    expect(read(session, delta(5, 7))).toMatchObject({ kind: 'ask', requests: [{ query: { symbol: 'BTCUSDT' } }] });
    expect(read(session, deltaOf('币安人生usdt@depth@100ms', 11, 12))).toMatchObject({ kind: 'ask', requests: [{ query: { symbol } }] });
  });

  test('an error names what was refused', () => {
    const session = open(binanceSpotProtocol);
    session.subscribe([TRADE]);
    expect(read(session, { error: { code: 2, msg: 'Invalid request' }, id: 1 })).toEqual({
      kind: 'refused',
      keys: ['trade|BTCUSDT'],
      code: '2',
      message: 'Invalid request',
    });
  });

  test('a snapshot is asked for with the first delta, not before, and again only after a hole', () => {
    const session = open(binanceSpotProtocol);
    session.subscribe([DEPTH]);
    expect(read(session, { result: null, id: 1 })).toMatchObject({ kind: 'acknowledged' });
    const asked = read(session, delta(100, 105));
    expect(asked).toMatchObject({
      kind: 'ask',
      requests: [{ endpoint: 'depth', path: '/api/v3/depth', query: { symbol: 'BTCUSDT', limit: '1000' }, meta: { symbol: 'BTCUSDT' } }],
    });
    expect(read(session, delta(106, 110)).kind).toBe('data');
    expect(read(session, delta(111, 111)).kind).toBe('data');
    expect(read(session, delta(113, 115)).kind).toBe('ask');
    expect(read(session, delta(116, 117)).kind).toBe('data');
  });

  test('books of several symbols are joined each by its own ids, in whatever order their deltas come', () => {
    const session = open(binanceSpotProtocol);
    const ether = { channel: 'depth', symbol: 'ETHUSDT' };
    session.subscribe([DEPTH, ether]);
    expect(read(session, deltaOf('btcusdt@depth@100ms', 1, 2)).kind).toBe('ask');
    expect(read(session, deltaOf('ethusdt@depth', 50, 51)).kind).toBe('ask');
    expect(read(session, deltaOf('btcusdt@depth@100ms', 3, 4)).kind).toBe('data');
    expect(read(session, deltaOf('ethusdt@depth', 52, 53)).kind).toBe('data');
    expect(read(session, deltaOf('ethusdt@depth', 55, 56))).toMatchObject({ kind: 'ask', requests: [{ query: { symbol: 'ETHUSDT' } }] });
    expect(read(session, deltaOf('ethusdt@depth@100ms', 90, 91)).kind).toBe('data');
    expect(read(session, deltaOf('btcusdt@depth@100ms', 5, 6)).kind).toBe('data');
    // Neither a stream that nobody asked for, nor one whose name begins alike, nor a level book is a book to join.
    for (const stream of ['xrpusdt@depth@100ms', 'btcusdt@depth', 'btcusdt@depth20@100ms', 'btcusdt@trade', 'depth', '']) {
      expect(read(session, deltaOf(stream, 90, 91)).kind, stream).toBe('data');
    }
    session.unsubscribe([ether]);
    expect(read(session, deltaOf('ethusdt@depth', 60, 61)).kind).toBe('data');
    session.subscribe([ether]);
    expect(read(session, deltaOf('ethusdt@depth', 70, 71)).kind).toBe('ask');
  });

  test('futures join by the previous id', () => {
    const session = open(binanceUsdmProtocol);
    session.subscribe([DEPTH]);
    expect(read(session, delta(100, 105, 99))).toMatchObject({ kind: 'ask', requests: [{ path: '/fapi/v1/depth' }] });
    expect(read(session, delta(107, 110, 105)).kind).toBe('data');
    expect(read(session, delta(111, 115, 108)).kind).toBe('ask');
  });

  test('a snapshot older than the first delta is asked for again', () => {
    const session = open(binanceSpotProtocol);
    session.subscribe([DEPTH]);
    const asked = read(session, delta(100, 105));
    const request = asked.kind === 'ask' ? asked.requests[0]! : undefined;
    expect(session.answered?.(request!, bodyOf({ lastUpdateId: 98 }))).toEqual([request]);
    expect(session.answered?.(request!, bodyOf({ lastUpdateId: 99 }))).toEqual([]);
    expect(session.answered?.(request!, bodyOf({ lastUpdateId: 500 }))).toEqual([]);
    expect(session.answered?.(request!, { ...bodyOf({}), status: 429 })).toEqual([]);
  });

  test('a data frame tells its subscription', () => {
    const session = open(binanceSpotProtocol);
    session.subscribe([DEPTH, TRADE]);
    const bytes = new TextEncoder().encode('{"stream":"btcusdt@trade","data":{"e":"trade"}}');
    expect(session.keyOf(bytes, 0, bytes.length)).toBe('trade|BTCUSDT');
  });

  test('whatever bytes come, reading never throws', () => {
    const frames = [JSON.stringify(delta(1, 2, 0)), '{"result":null,"id":1}', '{"error":{"code":1},"id":1}', '{"stream":"'];
    checkSeeds(500, (random) => {
      const session = open(binanceUsdmProtocol);
      session.subscribe([DEPTH]);
      const bytes = new TextEncoder().encode(frames[Math.floor(random.fraction() * frames.length)]);
      for (let i = 0; i < 4; i++) bytes[Math.floor(random.fraction() * bytes.length)] = Math.floor(random.fraction() * 256);
      const end = Math.floor(random.fraction() * (bytes.length + 1));
      expect(session.read(bytes, 0, end).kind).toMatch(/./);
      expect(typeof session.keyOf(bytes, 0, end)).toBe('string');
    });
  });
});

describe('the two products', () => {
  test('USD-M parts its streams over two connections, and where trades live can be chosen', () => {
    const [publicSocket, marketSocket] = binanceUsdmProtocol.sockets;
    const places = ['depth@100ms', 'bookTicker', 'aggTrade', 'markPrice@1s', 'kline_1m', 'trade'].map((channel) => [
      channel,
      publicSocket!.carries(channel, {}),
      marketSocket!.carries(channel, {}),
    ]);
    expect(places).toEqual([
      ['depth@100ms', true, false],
      ['bookTicker', true, false],
      ['aggTrade', false, true],
      ['markPrice@1s', false, true],
      ['kline_1m', false, true],
      ['trade', false, true],
    ]);
    expect(publicSocket!.carries('trade', { tradePath: 'public' })).toBe(true);
    expect(publicSocket!.address(SETTINGS, []).path).toBe('/public/stream');
    expect(binanceSpotProtocol.sockets[0]!.address(SETTINGS, []).path).toBe('/stream');
  });

  test('a stream that does not exist is refused by name', () => {
    expect(binanceSpotProtocol.refuses({ channel: 'depht', symbol: 'BTCUSDT' }, 'real')).toBe('Binance has no stream "depht"');
    expect(binanceSpotProtocol.refuses({ channel: 'kline_1m', symbol: 'BTCUSDT' }, 'real')).toBeUndefined();
  });
});
