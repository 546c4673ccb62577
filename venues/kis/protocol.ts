import type { SocketLimits, SocketProtocol, Subscription, VenueProtocol } from '../protocol.ts';
import { CHANNEL_RULES, keyProblem } from './channel-rules.ts';
import { APPROVAL_GRANT, TOKEN_GRANT } from './grants.ts';
import { masterRequests, readMaster } from './masters.ts';
import { KIS_POLLS } from './polls.ts';
import { KIS_ROOMS } from './rooms.ts';
import { KisSession } from './socket-session.ts';

const VENUE = 'kis';
const MINUTE_MS = 60_000;
/** Calls a second and key since 2026-04-20: 18 real, 1 mock. */
const CALLS_PER_SECOND = { real: 18, mock: 1 };

const LIMITS: SocketLimits = {
  slotsMax: 41,
  connectionsPerKey: 1,
  batchMax: 1,
  // A rejection may name nothing: then it answers the one in flight.
  inFlightMax: 1,
  sendSpacingMs: 100,
  answerTimeoutMs: 10_000,
  // PINGPONG comes every ten seconds in the quietest market.
  silenceTimeoutMs: 90_000,
  // The slot of a connection that was not closed cleanly stays taken for a while: trying at once only meets OPSP8996.
  backoffMinMs: 15_000,
  backoffMaxMs: 5 * MINUTE_MS,
  // Endless connecting blocks the address and the key.
  connectsPerHourMax: 20,
};

const SOCKET: SocketProtocol = {
  venue: VENUE,
  name: 'ws',
  limits: LIMITS,
  grants: [APPROVAL_GRANT.name],
  carries: (channel) => CHANNEL_RULES.has(channel),
  slotsOf: (subscriptions) => subscriptions.length,
  address: () => ({ path: '/tryitout' }),
  open: (settings) => new KisSession(settings),
};

/** Korea Investment & Securities, Open API: websocket and REST. The evidence of every fact is in `PROTOCOL.md` beside this file. */
export const kisProtocol: VenueProtocol = {
  venue: VENUE,
  hosts: {
    real: { rest: 'https://openapi.koreainvestment.com:9443', socket: 'ws://ops.koreainvestment.com:21000' },
    mock: { rest: 'https://openapivts.koreainvestment.com:29443', socket: 'ws://ops.koreainvestment.com:31000' },
  },
  secrets: [
    { name: 'appKey', variable: 'KIS_APP_KEY', isRequired: true },
    { name: 'appSecret', variable: 'KIS_APP_SECRET', isRequired: true },
    { name: 'htsId', variable: 'KIS_HTS_ID', isRequired: false },
    { name: 'personalSecKey', variable: 'KIS_PERSONAL_SEC_KEY', isRequired: false },
  ],
  grants: [TOKEN_GRANT, APPROVAL_GRANT],
  restGrants: [TOKEN_GRANT.name],
  masterGrants: [],
  sockets: [SOCKET],
  polls: KIS_POLLS,
  restLimits: (environment) => ({
    callsPerSecondMax: environment === 'mock' ? CALLS_PER_SECOND.mock : CALLS_PER_SECOND.real,
    timeoutMs: 10_000,
  }),
  masters: masterRequests,
  readMaster,
  // 08:00 and 17:40 in Korea: before the day and before the night session.
  mastersAtUtcMinutes: [8 * 60 + 40, 23 * 60],
  refuses,
  labelOf: (channel) => channel,
  marketOf: (channel) => CHANNEL_RULES.get(channel)?.market ?? 'always',
  silenceMaxMs: (channel) => (CHANNEL_RULES.get(channel)?.silenceMaxMinutes ?? 60) * MINUTE_MS,
  rooms: KIS_ROOMS,
};

function refuses(subscription: Subscription, environment: string): string | undefined {
  const { channel, symbol } = subscription;
  const rule = CHANNEL_RULES.get(channel);
  if (rule === undefined) return `KIS has no channel ${channel}`;
  if (environment === 'mock' && rule.host === 'real') return `the mock host has no ${channel}: use the real host`;
  if (environment !== 'mock' && rule.host === 'mock')
    return `${channel} is on the mock host only: its name here is ${channel.slice(0, -1)}0`;
  return keyProblem(rule, symbol);
}
