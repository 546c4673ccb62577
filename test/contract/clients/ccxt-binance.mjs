// ccxt with its Binance addresses pointed at a server of ours: watches the trades and the book of one symbol and says what it sees.
import { createRequire } from 'node:module';

const { npmFolder, market, symbol, rest, socket, levels } = JSON.parse(process.argv[2]);
const ccxt = createRequire(`${npmFolder}/`)('ccxt');

const exchange = new ccxt.pro.binance({
  options: { fetchMarkets: { types: [market === 'spot' ? 'spot' : 'linear'] }, defaultType: market === 'spot' ? 'spot' : 'swap' },
});
const { api } = exchange.urls;
if (market === 'spot') {
  api.public = `${rest}/api/v3`;
  api.ws.spot = `${socket}/ws`;
} else {
  api.fapiPublic = `${rest}/fapi/v1`;
  api.ws.future = `${socket}/ws`;
}

process.stdin.resume().on('end', () => process.exit());
// ccxt opens a plain ws:// address only after this, proxy or not.
await exchange.loadHttpProxyAgent();
await exchange.loadMarkets();
await Promise.all([watchTrades(), watchBook()]);

async function watchTrades() {
  for (;;) {
    // "newUpdates" is ccxt's default: what came since the last call.
    for (const { id, price, amount, side, timestamp } of await exchange.watchTrades(symbol)) {
      say({ said: 'trade', symbol, id: Number(id), price, size: amount, side: side === 'buy' ? 1 : -1, time: timestamp });
    }
  }
}

async function watchBook() {
  // ccxt forgets levels that are deeper than its limit, 1,000 unless told, and misses them when the price comes to them. Spot gives
  // 5,000; USD-M no more than 1,000, which is enough for its part of the recording: no level among the best ten was ever below the 194th.
  const limit = market === 'spot' ? 5_000 : 1_000;
  for (;;) {
    const book = await exchange.watchOrderBook(symbol, limit);
    say({ said: 'book', symbol, id: book.nonce, bids: book.bids.slice(0, levels), asks: book.asks.slice(0, levels) });
  }
}

function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
