import type { Command } from 'commander';
import { isoMicroseconds, MINUTE_US, parseDuration, parseIsoNanoseconds, type Tape, usageError } from '#domain';
import { nodeCipher, systemClock } from '#recorder';
import {
  ProducedTape,
  parseFaults,
  type RunningServer,
  recordSyntheticSession,
  type ServedVenue,
  SYNTHETIC_VENUES,
  startServer,
  syntheticStartUs,
  venuesOfTape,
} from '#replay';
import { SERVERS, VENUES } from '#venues';
import { onInterrupt } from '../interrupt.ts';
import { openSession } from '../open-session.ts';
import { type CommonOptions, collect, decimalNumber, STORE_OPTION } from '../options.ts';
import { formatCount, standardOutput, warn } from '../output.ts';
import { openServeConsole, parseSpeed, parseTarget } from '../serve-console.ts';
import { parsePairs } from '../settings.ts';

interface ServeCommandOptions extends CommonOptions {
  readonly from?: string;
  readonly synthetic?: boolean;
  readonly pair: readonly string[];
  readonly start?: string;
  readonly duration: string;
  readonly venue: readonly string[];
  readonly host: string;
  readonly port: string;
  readonly speed: string;
  readonly wait: string;
  readonly seek?: string;
  readonly loop?: boolean;
  readonly closeAtEnd?: boolean;
  readonly fault: readonly string[];
  readonly seed: string;
  readonly option: readonly string[];
  readonly clockScale: string;
}

export function serveCommand(verb: Command): Command {
  return verb
    .argument('[session]', 'the session to serve; none with --synthetic')
    .option(...STORE_OPTION)
    .option('--synthetic', 'serve a seeded synthetic market instead of a session')
    .option('--pair <symbol=price>', 'synthetic: a pair of Binance and the price it starts at; may repeat', collect, [])
    .option('--start <time>', 'synthetic: its first moment (ISO 8601); now, or the last opening of a market that is closed, unless told')
    .option('--duration <time>', 'synthetic: how long it is, for example 6h', '1h')
    .option('--venue <id>', `only this venue of the tape; may repeat. Synthetic: ${SYNTHETIC_VENUES.join(', ')}`, collect, [])
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'first port; each venue takes two, REST and websocket. 0 takes free ones', '0')
    .option('--speed <n>', 'tape seconds in a second, or max: as fast as the clients take it', '1')
    .option('--wait <connections>', 'stand still until so many connections have subscribed; 0 starts at once', '1')
    .option('--seek <where>', 'begin at this sequence or time instead of the first frame')
    .option('--loop', 'start over at the end')
    .option('--close-at-end', 'close the connections with 1000 at the end, and exit')
    .option('--fault <plan>', 'what goes wrong, for example cut@30s,stall@45s:20s,drop:0.01; may repeat', collect, [])
    .option('--seed <number>', 'of the faults, of keys and tokens, and of a synthetic market', '1')
    .option('--option <venue.name=value>', "a venue's own choice, for example kis.widths=current; may repeat", collect, [])
    .option('--clock-scale <n>', 'let time run n times as fast, heartbeats and limits too; for record --clock-scale', '1')
    .action(async (session: string | undefined, options: ServeCommandOptions) => {
      const server = await startServed(session, options);
      // One line a venue, for programs: they read until they have their venue's addresses.
      for (const address of server.addresses) standardOutput.text(JSON.stringify(address));
      await untilOver(server, options.closeAtEnd === true);
      showServed(server, options.json === true);
    });
}

async function startServed(session: string | undefined, options: ServeCommandOptions): Promise<RunningServer> {
  if (options.loop === true && options.closeAtEnd === true)
    throw usageError('SERVE_ENDLESS', '--loop starts over at the end, where --close-at-end would close: choose one');
  const seed = wholeNumber(options.seed, '--seed');
  const speed = parseSpeed(options.speed);
  const faults = parseFaults(options.fault.join(','), seed);
  const target = options.seek === undefined ? undefined : parseTarget(options.seek);
  const tape = await tapeOf(session, options, seed);
  const server = await startServer({
    tape,
    venues: VENUES,
    servers: await serversOf(tape, options),
    clock: systemClock({ scale: positive(options.clockScale, '--clock-scale') }),
    cipher: nodeCipher,
    speed,
    subscribersToStart: wholeNumber(options.wait, '--wait'),
    isLooping: options.loop === true,
    atEnd: options.closeAtEnd === true ? 'close' : 'stay-open',
    faults,
    host: options.host,
  });
  if (target !== undefined) await server.seek(target);
  return server;
}

async function tapeOf(session: string | undefined, options: ServeCommandOptions, seed: number): Promise<Tape> {
  if (options.synthetic !== true) {
    if (session === undefined) throw usageError('SERVE_NOTHING', 'name a session, or write --synthetic; tapedeck sessions lists them');
    return openSession(options.data, session, options.from);
  }
  if (session !== undefined) throw usageError('SERVE_TWO', `--synthetic serves no session; leave out ${session} or --synthetic`);
  const unknown = options.venue.find((venue) => !SYNTHETIC_VENUES.includes(venue));
  if (unknown !== undefined) {
    throw usageError('SYNTHETIC_VENUE', `--venue ${unknown}: there is no synthetic market of it; there are ${SYNTHETIC_VENUES.join(', ')}`);
  }
  const pairs = [...parsePairs(options.pair, '--pair')].map(([symbol, price]) => ({
    symbol: symbol.toUpperCase(),
    startPrice: positive(price, `--pair ${symbol}`),
  }));
  const venues = options.venue.length === 0 ? SYNTHETIC_VENUES.slice(0, 1) : options.venue;
  const durationUs = parseDuration(options.duration, '--duration');
  const startUs = startOf(options.start, venues);
  const market = { seed, venues, startUs, durationUs, ...(pairs.length === 0 ? {} : { pairs }) };
  return new ProducedTape('synthetic', (appender) => recordSyntheticSession(market, appender));
}

/** A whole second: the venues tell times in milliseconds. */
function startOf(text: string | undefined, venues: readonly string[]): number {
  if (text === undefined) {
    const startUs = syntheticStartUs(venues, Date.now() * 1_000);
    // A recorder reads times of day by its own clock.
    if (Date.now() * 1_000 - startUs > MINUTE_US) {
      const start = isoMicroseconds(startUs);
      warn(`Korea is closed: the market starts at ${start}; record it with --clock-start ${start}`);
    }
    return startUs;
  }
  const startNs = parseIsoNanoseconds(text, 0);
  if (startNs === undefined) throw usageError('SERVE_START', `--start ${text}: must be a time such as 2026-11-20T09:00:00+09:00`);
  return Number(startNs / 1_000_000_000n) * 1_000_000;
}

/** The venues that were asked for, else those of the tape whose protocol is known, each with its two ports and its options. */
async function serversOf(tape: Tape, options: ServeCommandOptions): Promise<readonly ServedVenue[]> {
  const onTape = await venuesOfTape(tape);
  const unknown = options.venue.find((venue) => !SERVERS.has(venue));
  if (unknown !== undefined) throw usageError('SERVE_VENUE', `--venue ${unknown}: no server; there are ${[...SERVERS.keys()].join(', ')}`);
  const venues = options.venue.length > 0 ? options.venue : onTape.filter((venue) => SERVERS.has(venue));
  if (venues.length === 0)
    throw usageError(
      'SERVE_VENUE',
      `the tape has no venue that can be served; it has ${onTape.join(', ') || 'none'}, there are ${[...SERVERS.keys()].join(', ')}`,
    );
  const first = wholeNumber(options.port, '--port');
  const last = first === 0 ? 0 : first + 2 * venues.length - 1;
  if (last > PORT_MAX)
    throw usageError('SERVE_PORT', `--port ${first}: each venue takes two, the last would be ${last}; they end at ${PORT_MAX}`);
  const choices = venueOptions(options.option, venues);
  return venues.map((venue, index) => ({
    protocol: SERVERS.get(venue)!,
    restPort: first === 0 ? 0 : first + 2 * index,
    socketPort: first === 0 ? 0 : first + 2 * index + 1,
    options: choices.get(venue) ?? {},
  }));
}

const PORT_MAX = 65_535;

function venueOptions(pairs: readonly string[], venues: readonly string[]): ReadonlyMap<string, Readonly<Record<string, string>>> {
  const choices = new Map<string, Record<string, string>>();
  for (const [key, value] of parsePairs(pairs, '--option')) {
    const dot = key.indexOf('.');
    const venue = key.slice(0, Math.max(0, dot));
    if (!venues.includes(venue))
      throw usageError('SERVE_OPTION', `--option ${key}: write venue.name=value with one of ${venues.join(', ')}`);
    choices.set(venue, { ...choices.get(venue), [key.slice(dot + 1)]: value });
  }
  return choices;
}

/** Until the end of the tape where that ends it, else until it is interrupted. */
async function untilOver(server: RunningServer, endsWithTape: boolean): Promise<void> {
  const closeConsole = openServeConsole(server);
  const interrupted = new Promise<void>((resolve) => onInterrupt(resolve));
  try {
    // A tape that cannot be read ends it either way.
    await Promise.race([interrupted, endsWithTape ? server.ended : server.ended.then(() => interrupted)]);
    if (endsWithTape) await server.disconnected(GOODBYE_MS);
  } finally {
    closeConsole();
    await server.stop();
  }
}

/** How long clients have to answer the close frame at the end of the tape. */
const GOODBYE_MS = 5_000;

function showServed(server: RunningServer, isJson: boolean): void {
  const served = server.addresses.flatMap(({ venue }) => server.served(venue));
  if (isJson) {
    const connections = served.map(({ frameDigests: _, ...connection }) => connection);
    standardOutput.text(JSON.stringify({ served: connections, injected: server.injected }));
  }
  for (const { venue, ordinal, path, frames, digest } of served) {
    warn(`${venue} connection ${ordinal} ${path}: ${formatCount(frames)} frames, digest ${digest}`);
  }
  for (const { kind, venue, connection, frame } of server.injected.slice(0, INJECTED_SHOWN)) {
    warn(`fault ${kind} ${venue} connection ${connection} after ${formatCount(Math.max(0, frame))} frames`);
  }
}

const INJECTED_SHOWN = 20;

function wholeNumber(text: string, option: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw usageError('NUMBER_INVALID', `${option} ${text}: must be a whole number from 0`);
  return value;
}

function positive(text: string, option: string): number {
  const value = decimalNumber(text);
  if (!(value > 0 && Number.isFinite(value))) throw usageError('NUMBER_INVALID', `${option} ${text}: must be a number above 0`);
  return value;
}
