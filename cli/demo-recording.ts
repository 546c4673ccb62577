import { randomBytes } from 'node:crypto';
import { type Clock, MINUTE_US, SECOND_US, type Tape, TapedeckError, TapeRecord } from '#domain';
import {
  checkRecorderConfig,
  FileGrantStore,
  nodeCipher,
  planRecording,
  REAL_EDGES,
  type RecorderConfig,
  type RecorderNews,
  Recording,
  type RecordingResult,
  systemClock,
} from '#recorder';
import { FrameDigest, type RunningServer, startServer } from '#replay';
import { JournalTape, JournalWriter } from '#storage';
import { createSyntheticWorld, PROTOCOLS, SERVERS, VENUES } from '#venues';

export interface DemoMarket {
  readonly seed: number;
  /** Sessions lie in this folder. */
  readonly folder: string;
  /** The session that holds the market, and the one to record. */
  readonly source: string;
  readonly target: string;
  readonly venues: readonly string[];
  readonly startUs: number;
  readonly durationUs: number;
}

/** What came over the sockets of one venue, compared with what was sent. */
export interface DemoVenue {
  readonly venue: string;
  readonly served: number;
  readonly recorded: number;
  /** The same frames in the same order, byte for byte. */
  readonly isSame: boolean;
}

export interface DemoRecording {
  readonly result: RecordingResult;
  readonly venues: readonly DemoVenue[];
  readonly news: readonly RecorderNews[];
}

/** Market seconds in a second: fast enough for a demo, slow enough that the two second grace of candles is more than a hiccup of this machine. */
export const DEMO_SPEED = 24;
/** Where this machine turns out to be too busy for that: connections were lost, as they would be of a real market. */
export const DEMO_SPEED_WHEN_BUSY = 6;
/** Market time for logins, instruments and subscriptions before the first frame. */
const LEAD_US = 50 * SECOND_US;
/** Market time that going to a moment of the tape may take. */
const SEEK_AHEAD_US = 15 * SECOND_US;
const LOOK_MS = 200;
/** How long the recorder may take to write what was sent, in market time. */
const SETTLE_US_MAX = 10 * MINUTE_US;
const READY_US_MAX = 10 * MINUTE_US;
const CONNECTION = 'ws-1';

/** Serves the source session by the venues' own protocols on this machine, and records it over real sockets as if it were the market. */
export async function recordDemo(market: DemoMarket, speed: number): Promise<DemoRecording> {
  const { folder, source, target, startUs } = market;
  const secrets = makeSecrets();
  const tape = await JournalTape.open(folder, source);
  const clock = systemClock({ scale: speed, startAtNs: BigInt(startUs - LEAD_US) * 1_000n });
  const server = await startServer({
    tape,
    venues: VENUES,
    servers: market.venues.map((venue) => ({ protocol: SERVERS.get(venue)!, options: secrets.server[venue] ?? {} })),
    clock,
    cipher: nodeCipher,
    subscribersToStart: Number.POSITIVE_INFINITY,
  });
  try {
    const { recording, news } = await startRecording(market, server, clock, secrets.variables);
    try {
      await playMarket(server, recording, clock, startUs);
    } catch (error) {
      // What went wrong first is what is told.
      await recording.stop().catch(() => undefined);
      throw error;
    }
    const result = await recording.stop();
    const venues = await compare(server, await JournalTape.open(folder, target), market.venues);
    return { result, venues, news };
  } finally {
    await server.stop();
  }
}

async function startRecording(
  market: DemoMarket,
  server: RunningServer,
  clock: Clock,
  variables: Readonly<Record<string, string>>,
): Promise<{ readonly recording: Recording; readonly news: readonly RecorderNews[] }> {
  const { folder, target } = market;
  const plan = planRecording(demoConfig(market, server), {
    protocols: PROTOCOLS,
    variables,
    nowUs: Number(clock.wallNs() / 1_000n),
  });
  const news: RecorderNews[] = [];
  const recording = Recording.start({
    plan,
    journal: await JournalWriter.create(folder, target),
    venues: VENUES,
    protocols: PROTOCOLS,
    clock,
    ...REAL_EDGES,
    grantStore: new FileGrantStore(folder),
    freeBytes: () => Promise.resolve(Number.MAX_SAFE_INTEGER),
    tell: (item) => news.push(item),
  });
  return { recording, news };
}

/** Starts the market once everything is subscribed and its time has come, and returns when all of it was recorded. */
async function playMarket(server: RunningServer, recording: Recording, clock: Clock, startUs: number): Promise<void> {
  let failure: unknown;
  recording.finished.catch((error: unknown) => {
    failure = error ?? new TapedeckError('DEMO_FAILED', 'the recording ended early');
  });
  await until(clock, READY_US_MAX, () => failure !== undefined || recording.isReady());
  if (failure !== undefined) throw failure;
  if (!recording.isReady()) {
    const problems = recording.problems({ withData: false }).join('; ');
    throw new TapedeckError('DEMO_NOT_READY', `the recorder did not get ready: ${problems}; try again when this machine is less busy`);
  }
  const nowUs = () => Number(clock.wallNs() / 1_000n);
  // A machine that took too long to connect misses the beginning, as it would of a real market. Going there takes time too, so it
  // goes a little ahead and waits: a tape that runs behind the clock would make every trade a late one.
  let beginUs = startUs;
  for (let aheadUs = SEEK_AHEAD_US; nowUs() > beginUs; aheadUs *= 2) {
    beginUs = nowUs() + aheadUs;
    await server.seek({ kind: 'time', timeUs: beginUs });
  }
  await clock.sleep((beginUs - nowUs()) / 1_000);
  server.resume();
  await Promise.race([server.ended, recording.finished]);
  const isWritten = () => framesRecorded(recording) >= framesServed(server);
  await until(clock, SETTLE_US_MAX, () => failure !== undefined || isWritten());
  if (failure !== undefined) throw failure;
}

async function until(clock: Clock, waitUsMax: number, isDone: () => boolean): Promise<void> {
  const endNs = clock.monotonicNs() + BigInt(waitUsMax) * 1_000n;
  while (!isDone() && clock.monotonicNs() < endNs) await clock.sleep(LOOK_MS);
}

function framesServed(server: RunningServer): number {
  return server.addresses.flatMap(({ venue }) => server.served(venue)).reduce((sum, { frames }) => sum + frames, 0);
}

function framesRecorded(recording: Recording): number {
  const connections = recording.status().venues.flatMap((venue) => venue.connections);
  return connections.reduce((sum, { frames }) => sum + frames, 0);
}

/** Digests what was recorded of each venue; a venue that was connected twice cannot be compared as one. */
async function compare(server: RunningServer, tape: Tape, venues: readonly string[]): Promise<readonly DemoVenue[]> {
  const digests = new Map(venues.map((venue) => [venue, new FrameDigest()]));
  const record = new TapeRecord();
  for await (const batch of tape.batches()) {
    while (batch.next(record)) {
      if (record.kind === 'frame-in' && record.connection === CONNECTION) digests.get(record.venue)?.add(record.payload());
    }
  }
  return [...digests].map(([venue, digest]) => {
    const served = server.served(venue);
    const frames = served.reduce((sum, connection) => sum + connection.frames, 0);
    const isSame = served.length === 1 && served[0]!.frames === digest.frames && served[0]!.digest === digest.hex();
    return { venue, served: frames, recorded: digest.frames, isSame };
  });
}

interface DemoSecrets {
  /** What the servers know, by venue. */
  readonly server: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The same as the environment of the recorder. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Keys in the venues' own lengths, made for this run and thrown away with it. */
function makeSecrets(): DemoSecrets {
  const letters = (length: number) => randomBytes(length).toString('hex').slice(0, length);
  const kis = { appKey: `PS${letters(34)}`, appSecret: letters(180) };
  const kiwoom = { appKey: letters(43), secretKey: letters(43) };
  const coincall = { apiKey: letters(44), secret: letters(44) };
  return {
    server: { kis, kiwoom, 'coincall-options': coincall, 'coincall-futures': coincall },
    variables: {
      KIS_APP_KEY: kis.appKey,
      KIS_APP_SECRET: kis.appSecret,
      KIWOOM_APP_KEY: kiwoom.appKey,
      KIWOOM_SECRET_KEY: kiwoom.secretKey,
      COINCALL_API_KEY: coincall.apiKey,
      COINCALL_SECRET: coincall.secret,
    },
  };
}

/** Everything of the market: KIS stocks and derivatives, Kiwoom stocks, Coincall options and the perpetual. */
function demoConfig(market: DemoMarket, server: RunningServer): RecorderConfig {
  const { listings } = createSyntheticWorld({ ...market, parts: ['krx-stocks', 'krx-derivatives', 'coin-perpetual', 'coin-options'] });
  const stocks = listings.filter(({ kind }) => kind === 'stock');
  const derivatives = listings.filter(({ segment }) => segment === 'krx-derivatives');
  const options = listings.filter(({ segment }) => segment === 'coincall-options');
  const maturities = [...new Set(derivatives.flatMap(({ kind, maturity = '' }) => (kind === 'option' ? [maturity] : [])))];
  const expiries = [...new Set(options.map(({ expiryUs = 0 }) => expiryUs))];
  const endpoints = (venue: string) => {
    const { rest, socket } = server.addresses.find((address) => address.venue === venue)!;
    return { endpoints: { rest, socket } };
  };
  const { rest } = server.addresses.find(({ venue }) => venue === 'kis')!;
  return checkRecorderConfig(
    {
      session: { name: market.target, data: market.folder },
      limits: { startup: '2h' },
      kis: {
        endpoints: { ...endpoints('kis').endpoints, hosts: { 'new.real.download.dws.co.kr': rest } },
        stocks: stocks.map(({ symbol, name }) => ({
          ...{ code: symbol, name, interval: '1m', every: '20s' },
          channels: ['trade', 'book', 'operation'],
        })),
        derivatives: derivatives.map(({ symbol, name }) => ({ code: symbol, name, sessions: ['day'] })),
        polls: maturities.map((maturity) => ({ rule: 'option-board', targets: [maturity], every: '15s', market: 'krx-derivatives' })),
      },
      kiwoom: {
        ...endpoints('kiwoom'),
        stocks: stocks.map(({ symbol, name }) => ({ code: symbol, name, channels: ['trade', 'book', 'quote'] })),
        market: ['session', 'volatility'],
      },
      'coincall-options': {
        ...endpoints('coincall-options'),
        symbols: options.map(({ symbol }) => ({ symbol, channels: ['lastTrade', 'orderBook', 'bsInfo'] })),
        subscriptions: [
          ...expiries.map((expiryUs) => ({ channels: ['tOption'], symbols: ['BTCUSD'], options: { end: String(expiryUs / 1_000) } })),
          { channels: ['kline'], symbols: options.map(({ symbol }) => symbol), options: { period: 'm1' } },
        ],
      },
      'coincall-futures': {
        ...endpoints('coincall-futures'),
        symbols: [{ symbol: 'BTCUSD' }],
        subscriptions: [{ channels: ['kline'], symbols: ['BTCUSD'], options: { period: 'm1' } }],
      },
    },
    'the demo',
  );
}
