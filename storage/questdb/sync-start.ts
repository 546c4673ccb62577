import { type Clock, TapeRecord } from '#domain';

import type { QuestHttp } from './quest-http.ts';
import { QuestTrouble } from './quest-trouble.ts';
import { differs } from './session-differs.ts';
import type { SendTarget, StartPoint, TapePoint } from './sync-point.ts';
import type { RecordSource } from './sync-source.ts';
import { resumeStatement, rowAt, rowText, sessionRows, type TableState, tableState } from './table-state.ts';
import { NO_TAPE_TIME, tapeTime } from './tape-time.ts';

const APPLY_POLL_MS = 20;
/** Rows that are accepted and not shown after this long: the server is stuck, or hopelessly behind. */
const APPLY_MS_MAX = 60_000;

/**
 * Where to go on: at the cursor, when the table shows everything before it, else at the first record that the table does not show. The last
 * row before that place must be the record that the tape has there: else the table, or the cursor, is of another tape.
 */
export async function findStart({ http, table, session, cursor, clock }: SendTarget, source: RecordSource): Promise<StartPoint> {
  const { id: tableId, sequencerTxn } = await waitUntilApplied(http, table, clock);
  const { firstMissing } = await sessionRows(http, table, session);
  const kept = await cursor.read();
  const isRewind = kept !== undefined && kept.nextSequence > firstMissing;
  const point =
    kept === undefined || isRewind
      ? await pointBefore(source, firstMissing, session, table)
      : { nextSequence: kept.nextSequence, tapeTimeNs: kept.lastTapeTimeNs };
  if (point.nextSequence > 0) {
    const last = point.nextSequence - 1;
    const found = await rowAt(http, table, session, point.tapeTimeNs);
    if (found !== (await recordAt(source, last))) throw differs(table, session, `record ${last} is another one there`);
  }
  return { point, tableId, sequencerTxn, isRewind };
}

/** A record as `rowAt` tells of its row; `undefined` when the tape does not reach it. */
async function recordAt(source: RecordSource, sequence: number): Promise<string | undefined> {
  const record = new TapeRecord();
  const stop = new AbortController();
  for await (const batch of source({ fromSequence: sequence, signal: stop.signal, whenIdle: async () => stop.abort() })) {
    if (batch.next(record)) return rowText(record.sequence, record.receivedAtNs, record.monotonicNs);
  }
  return undefined;
}

/** The table when everything it accepted is visible. Throws `QuestTrouble` when it is suspended, gone, not `id`, or does not get there. */
export async function waitUntilApplied(http: QuestHttp, table: string, clock: Clock, id?: number): Promise<TableState> {
  const startedAtNs = clock.monotonicNs();
  let accepted: TableState | undefined;
  for (;;) {
    const state = await tableState(http, table);
    if (state === undefined) throw new QuestTrouble('replaced', `table ${table} is gone`);
    if (id !== undefined && state.id !== id) throw new QuestTrouble('replaced', `table ${table} was replaced by another of its name`);
    if (state.isSuspended) {
      const why = state.error === '' ? '' : ` (${state.error})`;
      throw new QuestTrouble('suspended', `table ${table} is suspended${why}; when the cause is gone: ${resumeStatement(table)}`);
    }
    // Others may go on writing: what was accepted at the first look is enough.
    accepted ??= state;
    if (state.writerTxn >= accepted.sequencerTxn) return accepted;
    if (clock.monotonicNs() - startedAtNs > BigInt(APPLY_MS_MAX) * 1_000_000n)
      throw new QuestTrouble('server', `table ${table} did not apply what it accepted in ${APPLY_MS_MAX / 1000} s`);
    await clock.sleep(APPLY_POLL_MS);
  }
}

/** Tape time depends on every record before, so it is computed again from the first. */
async function pointBefore(source: RecordSource, sequence: number, session: string, table: string): Promise<TapePoint> {
  let tapeTimeNs = NO_TAPE_TIME;
  if (sequence === 0) return { nextSequence: 0, tapeTimeNs };
  const record = new TapeRecord();
  const stop = new AbortController();
  for await (const batch of source({ fromSequence: 0, signal: stop.signal, whenIdle: async () => stop.abort() })) {
    while (batch.next(record)) {
      tapeTimeNs = tapeTime(tapeTimeNs, record.receivedAtNs, record.sequence);
      if (record.sequence === sequence - 1) return { nextSequence: sequence, tapeTimeNs };
    }
  }
  throw differs(table, session, `it has ${sequence} records, the tape has fewer`);
}
