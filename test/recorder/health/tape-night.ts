import { onTestFinished } from 'vitest';
import { type RecordBody, TapeRecord } from '#domain';
import { PROTOCOLS, VENUES } from '#venues';
import { checkRecorderConfig } from '../../../recorder/config/parse-config.ts';
import { HealthDesk } from '../../../recorder/health/health-desk.ts';
import type { RecorderLog } from '../../../recorder/health/recorder-log.ts';
import { DEFAULT_THRESHOLDS } from '../../../recorder/plan/plan-health.ts';
import { planRecording } from '../../../recorder/plan/plan-recording.ts';
import { Inspection } from '../../../replay/inspect.ts';
import { createBinanceEncoder } from '../../../venues/binance/index.ts';
import { ManualClock } from '../../fixtures/manual-clock.ts';
import { aRecord, MemoryTape } from '../../fixtures/memory-tape.ts';
import { aDisk, nanoseconds, SECOND_US } from './health-bench.ts';

/** Saturday 2026-11-21 10:00 UTC. */
export const NIGHT_START_US = Date.UTC(2026, 10, 21, 10) * 1_000;
const SYMBOL = 'BTCUSDT';
const STEP_SECONDS = 5;

/** What Binance spot says in one test, second by second; every record but the answers comes over `ws-1`. */
export class BinanceNight {
  readonly records: RecordBody[] = [];
  readonly #encoder = createBinanceEncoder('binance-spot', (_channel, text) => this.#frame(text));
  #second = 0;
  #trades = 0;

  at(second: number): this {
    this.#second = second;
    return this;
  }

  connected(): void {
    this.#record({ kind: 'connected' });
  }

  /** The loss as a recorder tells it: the end, and once it is back the gap since the last frame. */
  lost(reason: string): void {
    this.#record({ kind: 'disconnected', meta: JSON.stringify({ reason }) });
  }

  back(fromSecond: number, reason: string): void {
    const fromNs = String(nanoseconds(NIGHT_START_US + fromSecond * SECOND_US));
    const toNs = String(nanoseconds(NIGHT_START_US + this.#second * SECOND_US));
    this.#record({ kind: 'gap', meta: JSON.stringify({ fromNs, reason, toNs }) });
    this.connected();
  }

  trade(price: number): void {
    this.#encoder.trade(SYMBOL, NIGHT_START_US + this.#second * SECOND_US, price, 1, 1, ++this.#trades, 'regular');
  }

  /** The change of the book from one update id to another. */
  delta(first: number, last: number): void {
    this.#encoder.bookBegin(SYMBOL, NIGHT_START_US + this.#second * SECOND_US, false, first, last, Number.NaN);
    this.#encoder.bookLevel(1, 100, last);
    this.#encoder.bookEnd();
  }

  snapshot(lastUpdateId: number): void {
    this.#record({ kind: 'http-request', connection: 'rest', meta: `{"method":"GET","url":"/api/v3/depth?limit=1000&symbol=${SYMBOL}"}` });
    this.#encoder.bookBegin(SYMBOL, Number.NaN, true, Number.NaN, lastUpdateId, Number.NaN);
    this.#encoder.bookLevel(1, 99, 1);
    this.#encoder.bookLevel(-1, 101, 1);
    this.#encoder.bookEnd();
  }

  get tape(): MemoryTape {
    return new MemoryTape(this.records, { session: 'watched' });
  }

  #frame(payload: string): void {
    if (payload.startsWith('{"lastUpdateId"')) this.#record({ kind: 'http-response', connection: 'rest', meta: '{"status":200}', payload });
    else this.#record({ payload });
  }

  #record(fields: Parameters<typeof aRecord>[0]): void {
    this.records.push(aRecord({ venue: 'binance-spot', connection: 'ws-1', ...fields, atUs: NIGHT_START_US + this.#second * SECOND_US }));
  }
}

export function tick(second: number): RecordBody {
  return aRecord({ kind: 'tick', venue: '', connection: '', atUs: NIGHT_START_US + second * SECOND_US });
}

const PLAN = planRecording(
  checkRecorderConfig(
    { session: { name: 'watched' }, 'binance-spot': { symbols: [{ symbol: SYMBOL, channels: ['trade', 'depth'] }] } },
    'the test',
  ),
  { protocols: PROTOCOLS, variables: {}, nowUs: NIGHT_START_US },
);

export interface Told {
  /** `state key`, in order, without reports. */
  readonly alerts: readonly string[];
  /** Titles and messages of everything told. */
  readonly words: string;
}

/**
 * What the real desk tells while these records come in, each at its time, and for `minutes` in all. Every five seconds the tape says its health, counted
 * from the records alone. At the end the session is over, and `report` goes out.
 */
export async function toldOfTape(records: readonly RecordBody[], minutes: number, report = 'all is well'): Promise<Told> {
  const clock = new ManualClock(nanoseconds(NIGHT_START_US));
  const alerts: string[] = [];
  const words: string[] = [];
  const hear = (text: string, fields?: Readonly<Record<string, unknown>>) => {
    words.push(text);
    if (fields?.alert !== undefined && fields.state !== 'report') alerts.push(`${String(fields.state)} ${String(fields.alert)}`);
  };
  const log: RecorderLog = { info: hear, warn: hear, error: hear, flush: () => Promise.resolve() };
  const sent: string[] = [];
  const desk = HealthDesk.start({
    plan: PLAN,
    protocols: PROTOCOLS,
    config: {
      listen: undefined,
      webhooks: [{ kind: 'json', name: 'json', level: 'info', url: 'http://127.0.0.1:9/alerts' }],
      morningUs: undefined,
      zoneOffsetUs: 0,
      repeatMs: 4 * 3_600_000,
      thresholds: DEFAULT_THRESHOLDS,
      logBytesMax: 1e6,
    },
    clock,
    recordingStatus: () => ({ records: records.length, waitingBytes: 0, framesShed: 0, disk: aDisk(), venues: [] }),
    callHttp: ({ body }) => {
      sent.push(String(body));
      return Promise.resolve({ status: 200, headers: {}, body: new Uint8Array() });
    },
    log,
    makeReport: () => Promise.resolve(report),
    isMonitored: true,
    version: '0.0.0',
  });
  onTestFinished(() => desk.stop());
  const inspection = new Inspection('watched', { venues: VENUES });
  for (let second = 0; second <= minutes * 60; second += STEP_SECONDS) {
    const due = records.filter(({ receivedAtNs }) => secondOf(receivedAtNs) > second - STEP_SECONDS && secondOf(receivedAtNs) <= second);
    await visit(inspection, [...due, tick(second)]);
    desk.onTapeHealth(inspection.health());
    await clock.advance(STEP_SECONDS * 1_000);
  }
  const stopping = desk.stop();
  await clock.advance(60_000);
  await stopping;
  return { alerts, words: [...words, ...sent].join('\n') };
}

function secondOf(receivedAtNs: bigint): number {
  return Number(receivedAtNs / 1_000n) / SECOND_US - NIGHT_START_US / SECOND_US;
}

/** Hands over records with the sequence that they have on the tape. */
async function visit(inspection: Inspection, records: readonly RecordBody[]): Promise<void> {
  const record = new TapeRecord();
  for await (const batch of new MemoryTape(records).batches()) {
    while (batch.next(record)) {
      record.sequence = inspection.records;
      inspection.visit(record);
    }
  }
}
