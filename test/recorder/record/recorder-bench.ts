import type { Clock } from '#domain';
import type { RestResponse, Subscription } from '#venues';
import type { CallHttp, HttpRequest } from '../../../recorder/net/http.ts';
import { nodeCipher } from '../../../recorder/net/node-cipher.ts';
import type { PlannedSubscription, RecordingPlan } from '../../../recorder/plan/recording-plan.ts';
import type { GrantStore, KeptGrant } from '../../../recorder/record/grant-store.ts';
import type { RecorderNews } from '../../../recorder/record/observer.ts';
import { Recording, type RecordingOptions } from '../../../recorder/record/recorder.ts';
import { ManualClock } from '../../fixtures/manual-clock.ts';
import { MemoryJournal } from '../../fixtures/memory-journal.ts';
import { type ScriptedSocket, scriptedSockets } from '../../fixtures/scripted-socket.ts';
import { WORD_VENUE, wordProtocol } from './word-protocol.ts';

/** Where the clock of a test begins: 1,000 s after the epoch. */
export const START_MS = 1_000_000;

export function sub(channel: string, symbol: string): Subscription {
  return { channel, symbol };
}

export function planned(key: string, priority = 0, market = 'always'): PlannedSubscription {
  const [channel, symbol] = key.split('|');
  return { subscription: sub(channel!, symbol!), priority, market };
}

export interface BenchSetting {
  readonly subscriptions?: readonly PlannedSubscription[];
  readonly hasLogin?: boolean;
  readonly hasMasters?: boolean;
  readonly pollTargets?: readonly string[];
  readonly startMs?: number;
  readonly startupTimeoutMs?: number;
  readonly reopenedAfterNs?: bigint;
  readonly kept?: KeptGrant;
  /** Answers REST calls; unanswered ones reject. */
  readonly answer?: (request: HttpRequest) => { readonly status: number; readonly body: string } | undefined;
  readonly more?: Partial<RecordingOptions>;
  readonly waitingBytesMax?: number;
  readonly freeBytes?: () => number;
  /** Answers as the venue would. */
  readonly play?: (socket: ScriptedSocket) => void;
  readonly holidays?: Readonly<Record<string, readonly string[]>>;
}

/** A recorder over scripted sockets and a clock that a test moves. */
export function recorderBench(setting: BenchSetting = {}) {
  const clock = new ManualClock(BigInt(setting.startMs ?? START_MS) * 1_000_000n);
  const journal = new MemoryJournal();
  journal.reopenedAfterNs = setting.reopenedAfterNs ?? 0n;
  const sockets = scriptedSockets(setting.play);
  const news: RecorderNews[] = [];
  const calls: HttpRequest[] = [];
  const grants = new Map<string, KeptGrant>();
  if (setting.kept !== undefined) grants.set('token', setting.kept);
  const callHttp: CallHttp = (request) => {
    calls.push(request);
    const answer = setting.answer?.(request);
    if (answer === undefined)
      return new Promise((_, reject) => request.signal.addEventListener('abort', () => reject(request.signal.reason as Error)));
    const response: RestResponse = { status: answer.status, headers: {}, body: new TextEncoder().encode(answer.body) };
    return Promise.resolve(response);
  };
  const store: GrantStore = {
    load: (_venue, name) => Promise.resolve(grants.get(name)),
    save: (_venue, name, _credentials, grant) => Promise.resolve(void grants.set(name, grant)),
    forget: (_venue, name) => Promise.resolve(void grants.delete(name)),
  };
  const recording = Recording.start({
    plan: planOf(setting),
    journal,
    venues: new Map([[WORD_VENUE.id, WORD_VENUE]]),
    protocols: new Map([['word', wordProtocol({ hasLogin: setting.hasLogin ?? false, hasMasters: setting.hasMasters ?? false })]]),
    clock: clock as Clock,
    random: () => 0.5,
    openSocket: sockets.open,
    callHttp,
    cipher: nodeCipher,
    grantStore: store,
    tell: (item) => news.push(item),
    freeBytes: () => Promise.resolve(setting.freeBytes?.() ?? Number.MAX_SAFE_INTEGER),
    ...setting.more,
  });
  // Tests that end a recording by a failure look at it; others must not be ended by an unhandled rejection.
  recording.finished.catch(() => undefined);
  return { clock, journal, sockets, news, calls, grants, recording };
}

function planOf(setting: BenchSetting): RecordingPlan {
  const subscriptions = setting.subscriptions ?? [planned('A|1')];
  return {
    dataDir: '',
    session: 'bench',
    holidays: setting.holidays ?? {},
    lateDays: {},
    schedule: [],
    limits: {
      waitingBytesMax: setting.waitingBytesMax ?? 1_000_000,
      startupTimeoutMs: setting.startupTimeoutMs ?? 60_000_000,
      diskFreeMinBytes: 1_000,
    },
    venues: [
      {
        venue: 'word',
        environment: 'real',
        hosts: { rest: 'http://rest', socket: 'ws://socket' },
        hostOverrides: {},
        options: {},
        keys: [{ name: 'k', credentials: { secret: 'hidden' }, restCallsPerSecondMax: 10 }],
        connections: [{ name: 'ws-1', socket: 'ws', key: 'k', subscriptions, slotsUsed: subscriptions.length, slotsMax: 10 }],
        polls:
          setting.pollTargets === undefined
            ? []
            : [{ rule: 'board', key: 'k', targets: setting.pollTargets, intervalMs: 2_000, options: {}, market: 'always' }],
        rooms: [],
        names: {},
        masterSymbols: [],
      },
    ],
  };
}
