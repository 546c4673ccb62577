// A plain websocket client of KIS, as the public samples do it: an approval key, one registration after the other with a short gap,
// data frames told by their first character, notices decrypted with the key of their registration, PINGPONG answered by a pong.
import { createDecipheriv } from 'node:crypto';
import { WebSocket } from 'ws';

const { rest, socket, appKey, appSecret, registrations } = JSON.parse(process.argv[2]);
const GAP_MS = 50;
const TRADE = { symbol: 0, time: 1, price: 2, size: 12, volume: 13, takerClass: 21 };
const BOOK = { symbol: 0, time: 1, askPrice: 3, bidPrice: 13, askSize: 23, bidSize: 33 };
const LEVELS = 10;
/** By TR id: what a notice of it is decrypted with. */
const keys = new Map();

process.stdin.resume().on('end', () => process.exit());
const answer = await fetch(`${rest}/oauth2/Approval`, {
  method: 'POST',
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify({ grant_type: 'client_credentials', appkey: appKey, secretkey: appSecret }),
});
const { approval_key } = await answer.json();

const client = new WebSocket(`${socket}/tryitout`);
client.on('open', register);
client.on('message', (data) => onMessage(data.toString('utf8')));
client.on('close', (code, reason) => say({ said: 'trouble', text: `closed: ${code} ${reason}` }));

async function register() {
  for (const [tr_id, tr_key] of registrations) {
    const header = { approval_key, custtype: 'P', tr_type: '1', 'content-type': 'utf-8' };
    client.send(JSON.stringify({ header, body: { input: { tr_id, tr_key } } }));
    await new Promise((resolve) => setTimeout(resolve, GAP_MS));
  }
}

function onMessage(text) {
  if (text[0] !== '0' && text[0] !== '1') {
    onControl(text);
    return;
  }
  const [, trId, count, body] = text.split('|', 4);
  if (text[0] === '1') {
    say({ said: 'note', text: `notice ${decrypted(trId, body)}` });
    return;
  }
  const values = body.split('^');
  const width = values.length / Number(count);
  for (let at = 0; at < values.length; at += width) (trId === 'H0STASP0' ? sayBook : sayTrade)(values.slice(at, at + width));
}

function onControl(text) {
  const { header, body } = JSON.parse(text);
  if (header.tr_id === 'PINGPONG') {
    client.pong(text);
    say({ said: 'note', text: 'heartbeat' });
    return;
  }
  if (body.rt_cd !== '0') say({ said: 'trouble', text: `${body.msg_cd} ${body.msg1}` });
  else say({ said: 'note', text: `registered ${header.tr_id} ${header.tr_key}` });
  if (body.output !== undefined) keys.set(header.tr_id, body.output);
}

function decrypted(trId, base64) {
  const { key, iv } = keys.get(trId);
  const decipher = createDecipheriv('aes-256-cbc', Buffer.from(key, 'utf8'), Buffer.from(iv, 'utf8'));
  return decipher.update(base64, 'base64', 'utf8') + decipher.final('utf8');
}

function sayTrade(values) {
  const number = (field) => Number(values[TRADE[field]]);
  const takerClass = values[TRADE.takerClass];
  const side = takerClass === '1' ? 1 : takerClass === '5' ? -1 : 0;
  const [symbol, time] = [values[TRADE.symbol], values[TRADE.time]];
  say({ said: 'trade', symbol, time, price: number('price'), size: number('size'), side, volume: number('volume') });
}

function sayBook(values) {
  const levels = (price, size) =>
    Array.from({ length: LEVELS }, (_, level) => [Number(values[price + level]), Number(values[size + level])]);
  const [bids, asks] = [levels(BOOK.bidPrice, BOOK.bidSize), levels(BOOK.askPrice, BOOK.askSize)];
  say({ said: 'book', symbol: values[BOOK.symbol], id: values[BOOK.time], bids, asks });
}

function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
