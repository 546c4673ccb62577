import type { SocketLimits, SocketProtocol, Subscription, VenueProtocol } from '../protocol.ts';
import { CHANNEL_RULES, CONDITION_TYPE, marketOf, problemOf } from './channel-rules.ts';
import { TOKEN_GRANT } from './grants.ts';
import { KIWOOM_VENUE } from './instrument.ts';
import { masterRequests, readMaster } from './masters.ts';
import { KIWOOM_ROOMS } from './rooms.ts';
import { KiwoomSession } from './session.ts';

const MINUTE_MS = 60_000;
export const SOCKET_PATH = '/api/dostk/websocket';
/** Items of one connection, counted once whatever the number of their types. */
export const CONNECTION_ITEMS_MAX = 200;
/** Calls a second of one `api-id`: measured on the real host, reported of the mock host. */
export const CALLS_PER_SECOND = { real: 5, mock: 1 };

const LIMITS: SocketLimits = {
  slotsMax: CONNECTION_ITEMS_MAX,
  connectionsPerKey: 1,
  // Fifty subscriptions are at most fifty items, which one REG was seen to take.
  batchMax: 50,
  // An answer names neither group nor item: only the order tells what it answers.
  inFlightMax: 1,
  sendSpacingMs: 350,
  answerTimeoutMs: 10_000,
  // PING comes every ten seconds in the quietest market.
  silenceTimeoutMs: MINUTE_MS,
  // Rapid reconnects were met with a close during the handshake.
  backoffMinMs: 2_000,
  backoffMaxMs: 2 * MINUTE_MS,
  connectsPerHourMax: 30,
};

const SOCKET: SocketProtocol = {
  venue: KIWOOM_VENUE,
  name: 'ws',
  limits: LIMITS,
  grants: [TOKEN_GRANT.name],
  carries: (channel) => CHANNEL_RULES.has(channel),
  slotsOf,
  address: () => ({ path: SOCKET_PATH }),
  open: (settings) => new KiwoomSession(settings),
};

/** Kiwoom Securities, REST API: websocket and REST. The evidence of every fact is in `PROTOCOL.md` beside this file. */
export const kiwoomProtocol: VenueProtocol = {
  venue: KIWOOM_VENUE,
  hosts: {
    real: { rest: 'https://api.kiwoom.com', socket: 'wss://api.kiwoom.com:10000' },
    mock: { rest: 'https://mockapi.kiwoom.com', socket: 'wss://mockapi.kiwoom.com:10000' },
  },
  secrets: [
    { name: 'appKey', variable: 'KIWOOM_APP_KEY', isRequired: true },
    { name: 'secretKey', variable: 'KIWOOM_SECRET_KEY', isRequired: true },
  ],
  grants: [TOKEN_GRANT],
  restGrants: [TOKEN_GRANT.name],
  masterGrants: [TOKEN_GRANT.name],
  sockets: [SOCKET],
  polls: [],
  restLimits: (environment) => ({
    callsPerSecondMax: environment === 'mock' ? CALLS_PER_SECOND.mock : CALLS_PER_SECOND.real,
    timeoutMs: 10_000,
  }),
  masters: masterRequests,
  readMaster,
  // 07:40 in Korea: before NXT opens.
  mastersAtUtcMinutes: [22 * 60 + 40],
  refuses: problemOf,
  labelOf: (channel) => channel,
  marketOf,
  silenceMaxMs: (channel) => (CHANNEL_RULES.get(channel)?.silenceMaxMinutes ?? 60) * MINUTE_MS,
  rooms: KIWOOM_ROOMS,
};

/** Items, whatever the number of their types; `[""]` and condition searches take no slot. */
function slotsOf(subscriptions: readonly Subscription[]): number {
  const items = subscriptions.filter(({ channel, symbol }) => symbol !== '' && channel !== CONDITION_TYPE).map(({ symbol }) => symbol);
  return new Set(items).size;
}
