// The npm package "binance" with its addresses pointed at a server of ours: trades and depth updates of one symbol, and the book by REST.
import { createRequire } from 'node:module';

const { npmFolder, market, symbol, rest, socket } = JSON.parse(process.argv[2]);
const load = createRequire(`${npmFolder}/`);
const { MainClient, USDMClient, WebsocketClient } = load('binance');
const { WS_KEY_URL_MAP } = load('binance/lib/util/websockets/websocket-util.js');
for (const key of Object.keys(WS_KEY_URL_MAP)) WS_KEY_URL_MAP[key] = socket;

const isSpot = market === 'spot';
const calls = new (isSpot ? MainClient : USDMClient)({ baseUrl: rest, disableTimeSync: true });
const quiet = { trace: () => undefined, info: () => undefined, error: (...args) => trouble(args) };
const client = new WebsocketClient({ beautify: true }, quiet);
client.on('formattedMessage', (event) => {
  if (event.eventType === 'trade') sayTrade(event);
  else if (event.eventType === 'depthUpdate') sayDelta(event);
});
client.on('exception', trouble);
client.on('reconnecting', ({ wsKey }) => trouble(`${wsKey} is connecting again`));

process.stdin.resume().on('end', () => process.exit());
const topics = [`${symbol.toLowerCase()}@trade`, `${symbol.toLowerCase()}@depth@100ms`];
await client.subscribe(topics, isSpot ? 'main' : 'usdm');
sayBook(await calls.getOrderBook({ symbol, limit: 1000 }));

function sayTrade({ tradeId, price, quantity, maker, time }) {
  say({ said: 'trade', symbol, id: tradeId, price, size: quantity, side: maker ? -1 : 1, time });
}

function sayDelta({ lastUpdateId, bidDepthDelta, askDepthDelta }) {
  const levels = (side) => side.map(({ price, quantity }) => [price, quantity]);
  say({ said: 'delta', symbol, id: lastUpdateId, bids: levels(bidDepthDelta), asks: levels(askDepthDelta) });
}

function sayBook({ lastUpdateId, bids, asks }) {
  const levels = (side) => side.map(([price, size]) => [Number(price), Number(size)]);
  say({ said: 'rest-book', symbol, id: lastUpdateId, bids: levels(bids), asks: levels(asks) });
}

function trouble(what) {
  say({ said: 'trouble', text: JSON.stringify(what) });
}

function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
