import type { SocketLimits, SocketProtocol, VenueHosts, VenueProtocol } from '../protocol.ts';
import { CHANNEL_RULES, subscriptionProblem } from './channel-rules.ts';
import { readChoices } from './choices.ts';
import type { CoincallVenueId } from './instrument.ts';
import { masterRequests, readMaster } from './masters.ts';
import { COINCALL_OPTIONS_ROOMS } from './rooms.ts';
import { CoincallSession } from './session.ts';
import { handshakePath } from './signature.ts';

const MINUTE_MS = 60_000;
const HOSTS: Readonly<Record<string, VenueHosts>> = {
  real: { rest: 'https://api.coincall.com', socket: 'wss://ws.coincall.com' },
  // Published clients use it; no document names it.
  test: { rest: 'https://betaapi.coincall.com', socket: 'wss://betaws.coincall.com' },
};

/** Where the two products live below the same hosts. */
export const SOCKET_PATHS: Readonly<Record<CoincallVenueId, string>> = {
  'coincall-options': '/options',
  'coincall-futures': '/futures',
};

const LIMITS: SocketLimits = {
  // No limit is documented; at this pace all of them are asked for in 20 seconds.
  slotsMax: 1_000,
  connectionsPerKey: 5,
  // A list of symbols is of one channel, and a batch comes by importance, of any channel. One a request also gives each its own answer.
  batchMax: 1,
  inFlightMax: 8,
  // Half of the 100 messages a second that the venue takes, heartbeats included.
  sendSpacingMs: 20,
  answerTimeoutMs: 10_000,
  // The venue drops after 30 s without data; a heartbeat that is not answered until then broke the connection.
  silenceTimeoutMs: 30_000,
  heartbeatAfterMs: 15_000,
  backoffMinMs: 1_000,
  backoffMaxMs: MINUTE_MS,
  connectsPerHourMax: 60,
};

/** Coincall options. The evidence of every fact is in `PROTOCOL.md` beside this file. */
export const coincallOptionsProtocol: VenueProtocol = protocolOf('coincall-options');
/** Coincall perpetual futures. */
export const coincallFuturesProtocol: VenueProtocol = protocolOf('coincall-futures');

function protocolOf(venue: CoincallVenueId): VenueProtocol {
  const rules = CHANNEL_RULES[venue];
  return {
    venue,
    hosts: HOSTS,
    secrets: [
      { name: 'apiKey', variable: 'COINCALL_API_KEY', isRequired: true },
      { name: 'secret', variable: 'COINCALL_SECRET', isRequired: true },
    ],
    grants: [],
    restGrants: [],
    masterGrants: [],
    sockets: [socketOf(venue)],
    polls: [],
    // The tightest of the paths we ask: 10 in two seconds an address.
    restLimits: () => ({ callsPerSecondMax: 4, timeoutMs: 10_000 }),
    masters: (settings, symbols) => masterRequests(venue, settings, symbols),
    readMaster,
    // Contracts expire at 08:00 UTC, and the next are listed then.
    mastersAtUtcMinutes: [8 * 60 + 2],
    refuses: (subscription) => subscriptionProblem(venue, subscription),
    labelOf: (channel) => (rules.has(channel) ? channel : ''),
    marketOf: () => 'always',
    silenceMaxMs: (channel) => (rules.get(channel)?.silenceMaxMinutes ?? 60) * MINUTE_MS,
    ...(venue === 'coincall-options' ? { rooms: COINCALL_OPTIONS_ROOMS } : {}),
  };
}

function socketOf(venue: CoincallVenueId): SocketProtocol {
  return {
    venue,
    name: 'ws',
    limits: LIMITS,
    grants: [],
    // Whoever plans asks this first, so a wrong option is told then, and not when the connection is made.
    carries: (channel, options) => {
      readChoices(options);
      return CHANNEL_RULES[venue].has(channel);
    },
    slotsOf: (subscriptions) => subscriptions.length,
    address: (settings) => ({ path: handshakePath(SOCKET_PATHS[venue], settings) }),
    open: (settings) => new CoincallSession(venue, settings),
    handshakeRefused: (status) =>
      status === 401 || status === 403
        ? {
            code: `HTTP_${status}`,
            message: 'the key or its signature was refused; check COINCALL_API_KEY, COINCALL_SECRET and the option prehash',
          }
        : undefined,
  };
}
