import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Command } from 'commander';
import { parseCandleInterval, type Tape, usageError } from '#domain';
import {
  DERIVED_COLUMNS,
  DERIVED_TABLES,
  type DerivedTable,
  type DeriveOptions,
  exportAll,
  exportTape,
  makeDecoded,
  type PlaySettings,
  tableMarks,
} from '#replay';
import { createTableWriter, sessionPaths, TABLE_FORMATS } from '#storage';
import { VENUES } from '#venues';
import { interruptible } from '../interrupt.ts';
import { openSession } from '../open-session.ts';
import { type CommonOptions, LATENESS_OPTION, parseLateness, STORE_OPTION } from '../options.ts';
import { formatBytes, formatCount, standardOutput, warn } from '../output.ts';
import { Progress } from '../progress.ts';
import { settingsOfRun, storedRun } from '../stored-run.ts';

interface ExportOptions extends CommonOptions {
  readonly table?: string;
  readonly all?: string;
  readonly decoded?: boolean;
  readonly format: string;
  readonly parquetCompatibility?: boolean;
  readonly interval: string;
  readonly out?: string;
  readonly from?: string;
  readonly lateness?: string;
  readonly run?: string;
}

export function exportCommand(verb: Command): Command {
  return verb
    .argument('<session>', 'name of the session')
    .option('--table <table>', DERIVED_TABLES.join(', '))
    .option('--all <dir>', 'every table as Parquet below this folder: table=…/session=…/date=…')
    .option('--decoded', 'keep every table, or the one of --table, below DATA/decoded, where programs and notebooks open it at once')
    .option('--format <format>', FORMATS.join(', '), 'csv')
    .option('--parquet-compatibility', 'Parquet for old readers such as parquetjs-lite: PLAIN, gzip, footer version 1')
    .option('--interval <intervals>', 'candles: 1m, 5m, 1h, 100t, 50v, 1000000q; several with commas', '1m')
    .option('--out <file>', 'write to this file instead of stdout')
    .option('--run <id>', 'audits and candles as this run of the session made them: its strategy, limits and models')
    .option(...LATENESS_OPTION)
    .option(...STORE_OPTION)
    .action(async (session: string, options: ExportOptions) => {
      checkOptions(options);
      if (options.decoded === true) return keepDecoded(session, options);
      const tape = await openSession(options.data, session, options.from);
      const derive = await deriveOptions(session, options);
      if (options.all !== undefined) await exportFolder(tape, options.all, derive, options);
      else await exportFile(tape, checkTable(options.table), derive, options);
    });
}

/** `parquet-compatible` is asked for by its flag. */
const FORMATS = TABLE_FORMATS.filter((format) => format !== 'parquet-compatible');

async function exportFolder(tape: Tape, dir: string, derive: DeriveOptions, options: ExportOptions): Promise<void> {
  const { session } = tape;
  const progress = new Progress(`export ${session}`);
  const checkInterrupt = interruptible();
  const tables = await exportAll(tape, dir, {
    ...derive,
    onProgress: (records) => {
      checkInterrupt();
      progress.report(records, 'records');
    },
  });
  progress.done();
  if (options.json) standardOutput.json({ session, dir, tables });
  else {
    const lines = tables.map(
      ({ table, rows, parts, bytes }) => `${table.padEnd(14)} ${formatCount(rows)} rows, ${parts} parts, ${formatBytes(bytes)}`,
    );
    standardOutput.text([...lines, `written to ${dir}`].join('\n'));
  }
}

/** Makes what is not there, damaged or out of date; what is whole is only read. */
async function keepDecoded(session: string, options: ExportOptions): Promise<void> {
  const tables = options.table === undefined ? DERIVED_TABLES : [checkTable(options.table)];
  const { run: _, ...settings } = await deriveOptions(session, options);
  const progress = new Progress(`decode ${session}`);
  const checkInterrupt = interruptible();
  const entries = await makeDecoded(options.data, session, tables, {
    ...settings,
    onProgress: (records) => {
      checkInterrupt();
      progress.report(records, 'records');
    },
  });
  progress.done();
  const { decodedDir: dir } = sessionPaths(options.data, session);
  if (options.json) return standardOutput.json({ session, dir, tables: entries.map(({ table, rows, bytes }) => ({ table, rows, bytes })) });
  const lines = entries.map(({ table, rows, bytes }) => `${table.padEnd(14)} ${formatCount(rows)} rows, ${formatBytes(bytes)}`);
  standardOutput.text([...lines, `whole in ${dir}`].join('\n'));
}

async function exportFile(tape: Tape, table: DerivedTable, derive: DeriveOptions, options: ExportOptions): Promise<void> {
  const format = options.parquetCompatibility === true ? 'parquet-compatible' : options.format;
  const rows = await writeFile(tape, table, format, derive, options);
  if (options.json && options.out !== undefined)
    standardOutput.json({ session: tape.session, table, format: options.format, rows, file: options.out });
  else if (options.out !== undefined) warn(`${formatCount(rows)} rows written to ${options.out}`);
}

/** To a file: under a temporary name first, so that a file with the wanted name is always whole. */
async function writeFile(tape: Tape, table: DerivedTable, format: string, derive: DeriveOptions, options: ExportOptions): Promise<number> {
  const temporary = options.out === undefined ? undefined : `${options.out}.tmp`;
  const progress = new Progress(`export ${tape.session}`);
  const checkInterrupt = interruptible();
  const target = temporary === undefined ? process.stdout : createWriteStream(temporary);
  try {
    const writer = await createTableWriter(format, DERIVED_COLUMNS[table], target, await tableMarks(tape, table, derive));
    const rows = await exportTape(tape, writer, {
      table,
      ...derive,
      onProgress: (records) => {
        checkInterrupt();
        progress.report(records, 'records');
      },
    });
    progress.done();
    if (temporary !== undefined) await rename(temporary, options.out!);
    return rows;
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { force: true });
    throw outputError(error, options.out);
  }
}

async function deriveOptions(session: string, options: ExportOptions): Promise<DeriveOptions> {
  const latenessUs = parseLateness(options.lateness);
  const intervals = options.interval.split(',');
  for (const interval of intervals) parseCandleInterval(interval);
  const run = options.run === undefined ? undefined : await runOf(options.data, options.run, session);
  return { venues: VENUES, intervals, ...(latenessUs === undefined ? {} : { latenessUs }), ...(run === undefined ? {} : { run }) };
}

/** A run of this session alone: the audits of several belong to none of them. */
async function runOf(dataDir: string, id: string, session: string): Promise<PlaySettings> {
  const { stored } = await storedRun(dataDir, id);
  if (stored.sessions.length === 1 && stored.sessions[0] === session) return settingsOfRun(stored);
  throw usageError('RUN_OTHER', `run "${id}" is of ${stored.sessions.join(' + ')}, not of ${session} alone`);
}

function outputError(error: unknown, out: string | undefined): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (out === undefined || (code !== 'ENOENT' && code !== 'EACCES' && code !== 'EISDIR')) return error;
  return usageError('OUT_UNWRITABLE', `--out ${out} cannot be written (${code}); choose a file in a folder that exists`, error);
}

/** Before anything is opened: what goes together, and what does not. */
function checkOptions(options: ExportOptions): void {
  const { table, all, out, format, parquetCompatibility, decoded, from, run } = options;
  if (decoded === true && [all, out, from, run, parquetCompatibility].some((other) => other !== undefined))
    throw usageError(
      'OPTIONS_CONFLICT',
      '--decoded keeps what the session itself says; leave --all, --out, --from, --run and --parquet-compatibility out',
    );
  if (decoded === true && format !== 'csv') throw usageError('OPTIONS_CONFLICT', '--decoded has one format; leave --format out');
  if (table === undefined && all === undefined && decoded !== true)
    throw usageError('TABLE_MISSING', `say what to export: --table with one of ${DERIVED_TABLES.join(', ')}, --all DIR, or --decoded`);
  if (all !== undefined && (table !== undefined || out !== undefined))
    throw usageError('OPTIONS_CONFLICT', '--all writes every table into its folder; leave --table and --out out');
  if (!FORMATS.some((known) => known === format))
    throw usageError('FORMAT_UNKNOWN', `there is no table format "${format}"; write one of ${FORMATS.join(', ')} (--format)`);
  if (parquetCompatibility === true && (all !== undefined || format !== 'parquet'))
    throw usageError('OPTIONS_CONFLICT', '--parquet-compatibility goes with --format parquet and one --table');
}

function checkTable(table: string | undefined): DerivedTable {
  const known = DERIVED_TABLES.find((name) => name === table);
  if (known === undefined)
    throw usageError('TABLE_UNKNOWN', `there is no table "${table}"; write one of ${DERIVED_TABLES.join(', ')} (--table)`);
  return known;
}
