// A plain websocket client of Coincall, as the public samples do it: a signed address, a subscription for each channel, a heartbeat
// every few seconds without waiting for its answer.
import { createHmac } from 'node:crypto';
import { WebSocket } from 'ws';

const { socket, product, apiKey, secret, prehash, heartbeatMs, symbol } = JSON.parse(process.argv[2]);

process.stdin.resume().on('end', () => process.exit());
const ts = Date.now();
const sign = createHmac('sha256', secret).update(`GET/users/self/verify?${prehash}=${apiKey}&ts=${ts}`).digest('hex').toUpperCase();
// The key stands in the address as it is, whatever characters it has.
const client = new WebSocket(`${socket}/${product}?code=10&uuid=${apiKey}&ts=${ts}&sign=${sign}&apiKey=${apiKey}`);
client.on('open', () => {
  for (const dataType of ['orderBook', 'lastTrade']) client.send(JSON.stringify({ action: 'subscribe', dataType, payload: { symbol } }));
  setInterval(() => client.send('{"action":"heartbeat"}'), heartbeatMs);
});
client.on('message', (data) => onMessage(JSON.parse(data.toString('utf8'))));
client.on('error', ({ message }) => say({ said: 'trouble', text: message }));
client.on('close', (code, reason) => say({ said: 'trouble', text: `closed: ${code} ${reason}` }));

function onMessage(frame) {
  if (frame.c === 11) say({ said: 'note', text: 'heartbeat' });
  else if (frame.result !== undefined) say({ said: 'note', text: `${frame.action} ${frame.dataType} ${frame.result}` });
  else if (Array.isArray(frame.d))
    for (const row of frame.d.reverse()) sayTrade(row); // newest first on the wire
  else sayBook(frame.d);
}

function sayTrade({ s, pr, q, sd, ts: time }) {
  say({ said: 'trade', symbol: s, time, price: Number(pr), size: Number(q), side: sd === 1 ? 1 : -1 });
}

function sayBook({ s, bids, asks, ts: id }) {
  const levels = (side) => side.map(({ pr, sz }) => [Number(pr), Number(sz)]);
  say({ said: 'book', symbol: s, id, bids: levels(bids), asks: levels(asks) });
}

function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
