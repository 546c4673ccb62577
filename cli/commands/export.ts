import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Command } from 'commander';
import { usageError } from '#domain';
import { DERIVED_COLUMNS, DERIVED_TABLES, type DerivedTable, exportTape, openTape, tableMarks } from '#replay';
import { createTableWriter, TABLE_FORMATS } from '#storage';
import { VENUES } from '#venues';
import { interruptible } from '../interrupt.ts';
import { type CommonOptions, LATENESS_OPTION, parseLateness, parseStore, STORE_OPTION } from '../options.ts';
import { formatCount, standardOutput, warn } from '../output.ts';
import { Progress } from '../progress.ts';

interface ExportOptions extends CommonOptions {
  readonly table: string;
  readonly format: string;
  readonly interval: string;
  readonly out?: string;
  readonly from?: string;
  readonly lateness?: string;
}

export function exportCommand(verb: Command): Command {
  return verb
    .argument('<session>', 'name of the session')
    .requiredOption('--table <table>', DERIVED_TABLES.join(', '))
    .option('--format <format>', TABLE_FORMATS.join(', '), 'csv')
    .option('--interval <interval>', 'candles: 1m, 5m, 1h, 100t, 50v, 1000000q', '1m')
    .option('--out <file>', 'write to this file instead of stdout')
    .option(...LATENESS_OPTION)
    .option(...STORE_OPTION)
    .action(async (session: string, options: ExportOptions) => {
      const rows = await exportTable(session, checkTable(options.table), options);
      if (options.json && options.out !== undefined)
        standardOutput.json({ session, table: options.table, format: options.format, rows, file: options.out });
      else if (options.out !== undefined) warn(`${formatCount(rows)} rows written to ${options.out}`);
    });
}

/** To a file: under a temporary name first, so that a file with the wanted name is always whole. */
async function exportTable(session: string, table: DerivedTable, options: ExportOptions): Promise<number> {
  const tape = await openTape(options.data, session, parseStore(options.from));
  const latenessUs = parseLateness(options.lateness);
  const temporary = options.out === undefined ? undefined : `${options.out}.tmp`;
  const progress = new Progress(`export ${session}`);
  const checkInterrupt = interruptible();
  const target = temporary === undefined ? process.stdout : createWriteStream(temporary);
  try {
    const derive = { venues: VENUES, intervals: [options.interval], ...(latenessUs === undefined ? {} : { latenessUs }) };
    const writer = await createTableWriter(options.format, DERIVED_COLUMNS[table], target, await tableMarks(tape, table, derive));
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

function outputError(error: unknown, out: string | undefined): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (out === undefined || (code !== 'ENOENT' && code !== 'EACCES' && code !== 'EISDIR')) return error;
  return usageError('OUT_UNWRITABLE', `--out ${out} cannot be written (${code}); choose a file in a folder that exists`, error);
}

function checkTable(table: string): DerivedTable {
  const known = DERIVED_TABLES.find((name) => name === table);
  if (known === undefined)
    throw usageError('TABLE_UNKNOWN', `there is no table "${table}"; write one of ${DERIVED_TABLES.join(', ')} (--table)`);
  return known;
}
