import { parseCandleInterval, type Tape, usageError } from '#domain';
import { systemClock } from '#recorder';
import { DERIVED_COLUMNS, DERIVED_TABLES, type DerivedTable, type DeriveOptions, deriveTables, tableMarks } from '#replay';
import { copyDerived, type DerivedCopyResult, PATIENCE_CLOSED_MS, type QuestAddress } from '#storage';
import { VENUES } from '#venues';
import { interruptible } from './interrupt.ts';
import { warn } from './output.ts';
import { Progress } from './progress.ts';

/** What is written unless tables are named; notices hold the own account and stay out of a shared database. */
const TABLES_DEFAULT = DERIVED_TABLES.filter((table) => table !== 'notices');

export interface DerivingOptions {
  readonly server: QuestAddress;
  /** Names with commas. */
  readonly tables?: string | undefined;
  /** Intervals of candles, with commas. */
  readonly intervals: string;
  readonly latenessUs?: number | undefined;
  readonly prefix?: string | undefined;
  readonly patienceMs?: number | undefined;
}

/** Writes the derived tables of one tape to QuestDB. */
export async function deriveToQuest(tape: Tape, options: DerivingOptions): Promise<DerivedCopyResult> {
  const tables = options.tables === undefined ? TABLES_DEFAULT : checkTables(options.tables.split(','));
  const intervals = options.intervals.split(',');
  for (const interval of intervals) parseCandleInterval(interval);
  const { latenessUs, prefix } = options;
  const settings: DeriveOptions = { venues: VENUES, tables, intervals, ...(latenessUs === undefined ? {} : { latenessUs }) };
  const marks: Record<string, Readonly<Record<string, string>>> = {};
  for (const table of tables) marks[table] = await tableMarks(tape, table, settings);
  const progress = new Progress(`derive ${tape.session}`);
  const checkInterrupt = interruptible();
  const result = await copyDerived({
    server: options.server,
    session: tape.session,
    tables: tables.map((name) => ({ name, columns: DERIVED_COLUMNS[name] })),
    ...(prefix === undefined ? {} : { prefix }),
    marks,
    derive: (sink) =>
      deriveTables(tape, sink, {
        ...settings,
        onProgress: (records) => {
          checkInterrupt();
          progress.report(records, 'records');
        },
      }),
    clock: systemClock(),
    patienceMs: options.patienceMs ?? PATIENCE_CLOSED_MS,
    onTrouble: (message, retryMs) => warn(`${tape.session}: ${message}; again in ${retryMs} ms`),
  });
  progress.done();
  return result;
}

function checkTables(names: readonly string[]): readonly DerivedTable[] {
  return names.map((name) => {
    const known = DERIVED_TABLES.find((table) => table === name);
    if (known === undefined) throw usageError('TABLE_UNKNOWN', `there is no table "${name}"; --tables takes ${DERIVED_TABLES.join(', ')}`);
    return known;
  });
}
