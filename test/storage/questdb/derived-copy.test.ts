import { describe, expect, test } from 'vitest';
import type { Tape } from '#domain';
import { systemClock } from '#recorder';
import { DERIVED_COLUMNS, DERIVED_TABLES, deriveTables, recordSyntheticSession } from '#replay';
import { JournalTape, JournalWriter, type TableValue } from '#storage';
import { VENUES } from '#venues';
import { copyDerived, type DerivedCopyOptions, type DerivedSink } from '../../../storage/questdb/derived-copy.ts';
import type { SqlCell } from '../../../storage/questdb/quest-http.ts';
import { type QuestServer, questAbsence } from '../../fixtures/quest-server.ts';
import { sharedQuestServer } from '../../fixtures/shared-quest-server.ts';
import { aDataDir } from '../journal-fixtures.ts';

const START_US = Date.UTC(2026, 8, 10, 0, 0) * 1000; // 09:00 in Seoul, a Thursday
const OPTIONS = { venues: VENUES, intervals: ['10s'] };

/** The first seconds of Korea and Coincall at the opening. */
async function marketTape(): Promise<Tape> {
  const dataDir = aDataDir();
  const writer = await JournalWriter.create(dataDir, 's');
  await recordSyntheticSession(
    { seed: 11, venues: ['kis', 'kiwoom', 'coincall-options'], startUs: START_US, durationUs: 20_000_000 },
    writer,
  );
  await writer.close();
  return JournalTape.open(dataDir, 's');
}

/** The rows by table as they are made. */
async function rowsOf(tape: Tape): Promise<ReadonlyMap<string, { values: readonly TableValue[]; tapeTimeNs: bigint }[]>> {
  const rows = new Map<string, { values: readonly TableValue[]; tapeTimeNs: bigint }[]>(DERIVED_TABLES.map((table) => [table, []]));
  const sink = {
    row: (table: string, values: readonly TableValue[], { tapeTimeNs }: { readonly tapeTimeNs: bigint }) =>
      void rows.get(table)!.push({ values, tapeTimeNs }),
    drain: async () => undefined,
  };
  await deriveTables(tape, sink, OPTIONS);
  return rows;
}

function copy(quest: QuestServer, tape: Tape, options: Partial<DerivedCopyOptions>) {
  return copyDerived({
    server: quest.address,
    session: 's',
    tables: DERIVED_TABLES.map((name) => ({ name, columns: DERIVED_COLUMNS[name] })),
    marks: Object.fromEntries(DERIVED_TABLES.map((name) => [name, { version: '1' }])),
    derive: (sink: DerivedSink) => deriveTables(tape, sink, OPTIONS),
    clock: systemClock(),
    patienceMs: 60_000,
    ...options,
  });
}

/** A cell as the server shows it: no NaN, exact texts for times, the nearest double of a decimal. */
function shown(value: TableValue, type: string): unknown {
  if (value === null || (typeof value === 'number' && Number.isNaN(value))) return null;
  if (type.startsWith('timestamp')) return String(value);
  if (type === 'decimal-text') return Number(value);
  return Array.isArray(value) ? value.map((one) => shown(one, 'float64')) : value;
}

describe.skipIf(questAbsence !== undefined)('derived tables in QuestDB', () => {
  const server = sharedQuestServer();

  test('hold every row as it was made, value for value', async () => {
    const quest = await server();
    const tape = await marketTape();
    const made = await rowsOf(tape);
    const { rows } = await copy(quest, tape, { prefix: 'all_' });
    expect(rows).toEqual(Object.fromEntries([...made].map(([table, list]) => [table, list.length])));
    for (const table of ['trades', 'quotes', 'books', 'candles', 'option_quotes', 'readings', 'audits'])
      expect(rows[table], table).toBeGreaterThan(0);
    for (const [table, list] of made) {
      const columns = DERIVED_COLUMNS[table as keyof typeof DERIVED_COLUMNS];
      const isBooks = table === 'books';
      const plain = columns.filter(({ name }) => !(isBooks && /_(prices|sizes|orders)$/.test(name) && !name.startsWith('total')));
      const cells = plain.map(({ name, type }) => {
        const column = { sequence: 'seq', row: 'part' }[name] ?? name;
        return type.startsWith('timestamp') ? `${column}::long::string` : column;
      });
      const order = 'ORDER BY ts, seq, part';
      const found = await quest.sql(
        `SELECT ts::long::string, ${cells.join(', ')}${isBooks ? ', bids, asks' : ''} FROM all_${table} ${order}`,
      );
      const wanted = list.map(({ values, tapeTimeNs }) => {
        const cellOf = (name: string) => values[columns.findIndex((column) => column.name === name)]!;
        const matrix = (side: string) => {
          const [prices, sizes, orders] = ['prices', 'sizes', 'orders'].map((name) => shown(cellOf(`${side}_${name}`), 'float64-list'));
          return [prices, sizes, orders ?? (prices as unknown[]).map(() => null)];
        };
        const matrices = isBooks ? [matrix('bid'), matrix('ask')] : [];
        return [String(tapeTimeNs), ...plain.map(({ name, type }) => shown(cellOf(name), type)), ...matrices];
      });
      expect(inOrder(found), table).toEqual(inOrder(wanted as (readonly SqlCell[])[]));
    }
  });

  test('are the same when they are made again, and after the server was killed while they were made', async () => {
    const quest = await server();
    const tape = await marketTape();
    const first = await copy(quest, tape, { prefix: 'twice_' });
    let killing: Promise<void> | undefined;
    let drains = 0;
    const again = await copy(quest, tape, {
      prefix: 'twice_',
      derive: (sink) =>
        deriveTables(
          tape,
          {
            row: (table, values, place) => sink.row(table, values, place),
            drain: async () => {
              drains += 1;
              killing ??= quest.kill().then(() => quest.start());
              await sink.drain();
            },
          },
          OPTIONS,
        ),
    });
    await killing;
    expect(drains).toBeGreaterThan(1);
    expect(again).toEqual(first);
  });

  test('refuse to mix rows that other code made, by name; another prefix takes them', async () => {
    const quest = await server();
    const tape = await marketTape();
    const tables = [{ name: 'trades', columns: DERIVED_COLUMNS.trades }];
    const derive = (sink: DerivedSink) => deriveTables(tape, sink, { ...OPTIONS, tables: ['trades'] });
    const first = await copy(quest, tape, { prefix: 'old_', tables, derive });
    const marks = { trades: { version: '2' } };
    await expect(copy(quest, tape, { prefix: 'old_', tables, derive, marks })).rejects.toMatchObject({
      code: 'QUESTDB_DERIVED_STALE',
      exitCode: 3,
    });
    expect(await copy(quest, tape, { prefix: 'new_', tables, derive, marks })).toEqual(first);
    await expect
      .poll(() => quest.sql('SELECT session, table_name, marks, rows FROM new_derived'))
      .toEqual([['s', 'trades', '{"version":"2"}', first.rows.trades]]);
  });
});

/** Rows of one record come back in the order of their key; both sides are put into one order. */
function inOrder(rows: readonly (readonly SqlCell[])[]): readonly string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}
