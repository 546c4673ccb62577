import type { RestResponse, Venue, VenueProtocol } from '#venues';
import type { HttpRequest } from '../../../recorder/net/http.ts';
import { nodeCipher } from '../../../recorder/net/node-cipher.ts';
import type { ConnectionPlan, PlannedSubscription, RoomPlan, VenuePlan } from '../../../recorder/plan/recording-plan.ts';
import type { RecorderNews } from '../../../recorder/record/observer.ts';
import { Recording } from '../../../recorder/record/recorder.ts';
import { ManualClock } from '../../fixtures/manual-clock.ts';
import { MemoryJournal } from '../../fixtures/memory-journal.ts';
import { type ScriptedSocket, scriptedSockets } from '../../fixtures/scripted-socket.ts';

export interface RoomBenchSetting {
  readonly protocol: VenueProtocol;
  readonly venue: Venue;
  readonly plan: Partial<VenuePlan> & Pick<VenuePlan, 'connections' | 'rooms'>;
  readonly startMs: number;
  /** Answers REST calls; `undefined` is a call that nobody answers. */
  readonly answer: (request: HttpRequest) => string | Uint8Array | undefined;
  /** Plays the venue on each new connection. */
  readonly play: (socket: ScriptedSocket) => void;
}

/** A recorder of one venue with rooms, over scripted sockets and a clock that a test moves. */
export function roomBench({ protocol, venue, plan, startMs, answer, play }: RoomBenchSetting) {
  const clock = new ManualClock(BigInt(startMs) * 1_000_000n);
  const journal = new MemoryJournal();
  const sockets = scriptedSockets(play);
  const news: RecorderNews[] = [];
  const calls: HttpRequest[] = [];
  const recording = Recording.start({
    plan: {
      dataDir: '',
      session: 'bench',
      holidays: {},
      lateDays: {},
      schedule: [],
      limits: { waitingBytesMax: 1e9, startupTimeoutMs: 1e12, diskFreeMinBytes: 0 },
      venues: [
        {
          venue: protocol.venue,
          environment: 'real',
          hosts: { rest: 'http://rest', socket: 'ws://socket' },
          hostOverrides: {},
          options: {},
          keys: [
            { name: 'k', credentials: { appKey: 'app-key', appSecret: 'app-secret', secretKey: 'secret' }, restCallsPerSecondMax: 100 },
          ],
          polls: [],
          names: {},
          masterSymbols: [],
          ...plan,
        },
      ],
    },
    journal,
    venues: new Map([[venue.id, venue]]),
    protocols: new Map([[protocol.venue, protocol]]),
    clock,
    random: () => 0.5,
    openSocket: sockets.open,
    callHttp: (request) => {
      calls.push(request);
      const body = answer(request);
      if (body === undefined) return Promise.reject(new Error('nobody answers'));
      const response: RestResponse = { status: 200, headers: {}, body: typeof body === 'string' ? new TextEncoder().encode(body) : body };
      return Promise.resolve(response);
    },
    cipher: nodeCipher,
    grantStore: { load: () => Promise.resolve(undefined), save: () => Promise.resolve(), forget: () => Promise.resolve() },
    tell: (item) => news.push(item),
    freeBytes: () => Promise.resolve(Number.MAX_SAFE_INTEGER),
  });
  recording.finished.catch(() => undefined);
  return { clock, journal, sockets, news, calls, recording };
}

export function aConnection(name: string, slotsMax: number, subscriptions: readonly PlannedSubscription[] = []): ConnectionPlan {
  return { name, socket: 'ws', key: 'k', subscriptions, slotsUsed: slotsMax, slotsMax };
}

export function aRoom(room: Partial<RoomPlan> & Pick<RoomPlan, 'kind' | 'parameters' | 'channels' | 'places'>): RoomPlan {
  return { name: 'room', symbolSuffix: '', symbolsPerUnit: room.kind === 'condition' ? 1 : 2, ...room };
}

/** Notes of the tape: event and subject, with what else matters. */
export function notesOf(journal: MemoryJournal, ...events: readonly string[]): readonly string[] {
  return journal.metas('note').flatMap(({ event, subject, ...more }) => {
    if (!events.includes(String(event))) return [];
    const rest = Object.values(more).map(String);
    return [[event, subject, ...rest].join(' | ')];
  });
}
