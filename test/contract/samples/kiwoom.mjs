// A plain websocket client of Kiwoom, as the public samples do it: a token, LOGIN, after its reply one REG, PING sent back as it came.
import { WebSocket } from 'ws';

const { rest, socket, appKey, secretKey, items, types } = JSON.parse(process.argv[2]);
const LEVELS = 10;

process.stdin.resume().on('end', () => process.exit());
const answer = await fetch(`${rest}/oauth2/token`, {
  method: 'POST',
  headers: { 'content-type': 'application/json;charset=UTF-8' },
  body: JSON.stringify({ grant_type: 'client_credentials', appkey: appKey, secretkey: secretKey }),
});
const { token } = await answer.json();

const client = new WebSocket(`${socket}/api/dostk/websocket`);
client.on('open', () => client.send(JSON.stringify({ trnm: 'LOGIN', token })));
client.on('message', (data) => onMessage(data.toString('utf8')));
client.on('close', (code, reason) => say({ said: 'trouble', text: `closed: ${code} ${reason}` }));

function onMessage(text) {
  const frame = JSON.parse(text);
  switch (frame.trnm) {
    case 'LOGIN':
      say({ said: 'note', text: `login ${frame.return_code}` });
      if (frame.return_code !== 0) client.close();
      else client.send(JSON.stringify({ trnm: 'REG', grp_no: '1', refresh: '1', data: [{ item: items, type: types }] }));
      return;
    case 'PING':
      client.send(text);
      say({ said: 'note', text: 'heartbeat' });
      return;
    case 'REAL':
      for (const row of frame.data) (row.type === '0D' ? sayBook : sayTrade)(row);
      return;
    default:
      say({ said: 'note', text: `${frame.trnm} ${frame.return_code}` });
  }
}

function sayTrade({ item, values }) {
  const size = Number(values[15]);
  // The sign of a price is its direction since yesterday.
  const [price, volume] = [Math.abs(Number(values[10])), Number(values[13])];
  say({ said: 'trade', symbol: item, time: values[20], price, size: Math.abs(size), side: Math.sign(size), volume });
}

function sayBook({ item, values }) {
  const levels = (price, size) =>
    Array.from({ length: LEVELS }, (_, level) => [Math.abs(Number(values[price + level])), Number(values[size + level])]);
  say({ said: 'book', symbol: item, id: values[21], bids: levels(51, 71), asks: levels(41, 61) });
}

function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
