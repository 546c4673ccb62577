import type { Command } from 'commander';
import { parseDuration } from '#domain';
import { type DerivedCopyResult, type DoctorReport, type DoctorSession, examineQuest, type FrameSyncResult, listSessions } from '#storage';
import { Interrupted, onInterrupt } from '../interrupt.ts';
import { openSession } from '../open-session.ts';
import { type CommonOptions, LATENESS_OPTION, parseLateness, STORE_OPTION, verbCommand } from '../options.ts';
import { columns, formatCount, standardOutput } from '../output.ts';
import { QuestCopying } from '../quest-copying.ts';
import { deriveToQuest } from '../quest-deriving.ts';
import { type QuestOptions, questAddress, questTable } from '../quest-settings.ts';
import { readVariables } from './config.ts';

const PROBLEMS_EXIT_CODE = 3;

interface ServerOptions extends CommonOptions, QuestOptions {
  readonly envFile?: string;
}

interface SyncOptions extends ServerOptions {
  readonly follow?: boolean;
  readonly patience?: string;
}

interface DeriveCommandOptions extends ServerOptions {
  readonly tables?: string;
  readonly interval: string;
  readonly prefix?: string;
  readonly patience: string;
  readonly lateness?: string;
  readonly from?: string;
}

export function questdbCommand(verb: Command): Command {
  return verb.addCommand(syncCommand()).addCommand(deriveCommand()).addCommand(doctorCommand());
}

function syncCommand(): Command {
  return serverCommand('sync', 'copy sessions into the table of frames, exactly, once, and check that they are there')
    .argument('[sessions...]', 'names of sessions; all of the data folder when none is given')
    .option('--follow', 'go on with sessions that are being written, and with those that begin, until stopped')
    .option('--patience <duration>', 'give up when nothing was copied for so long; 1m, or 12h for a session that is being written')
    .action(async (sessions: string[], _: unknown, command: Command) => {
      const options: SyncOptions = command.optsWithGlobals();
      const variables = await readVariables(options.envFile);
      const results: FrameSyncResult[] = [];
      const isFollowing = options.follow === true;
      const copying = new QuestCopying({
        dataDir: options.data,
        server: questAddress(variables, options),
        table: questTable(variables, options),
        isFollowing,
        ...(options.patience === undefined ? {} : { patienceMs: parseDuration(options.patience, '--patience') / 1000 }),
        onResult: (result) => {
          results.push(result);
          if (!options.json) standardOutput.text(resultText(result));
        },
      });
      onInterrupt(() => copying.stop());
      await copying.run(sessions);
      if (options.json) standardOutput.json(results);
      // To be stopped is how a copy that follows ends.
      if (copying.isStopped && !isFollowing) throw new Interrupted();
    });
}

function deriveCommand(): Command {
  return serverCommand('derive', 'write what the decoders make of sessions: trades, quotes, books, candles and others, a table each')
    .argument('<sessions...>', 'names of sessions')
    .option('--tables <list>', 'names of tables, with commas; all but notices unless given')
    .option('--interval <list>', 'candles: 1m, 5m, 1h, 100t, 50v, 1000000q; several with commas', '1m')
    .option('--prefix <text>', 'before the names of the tables: makes them anew, beside what older code made')
    .option('--patience <duration>', 'give up when nothing was written for so long', '1m')
    .option(...LATENESS_OPTION)
    .option(...STORE_OPTION)
    .action(async (sessions: string[], _: unknown, command: Command) => {
      const options: DeriveCommandOptions = command.optsWithGlobals();
      const variables = await readVariables(options.envFile);
      const results: DerivedCopyResult[] = [];
      for (const session of sessions) {
        const result = await deriveToQuest(await openSession(options.data, session, options.from), {
          server: questAddress(variables, options),
          tables: options.tables,
          intervals: options.interval,
          latenessUs: parseLateness(options.lateness),
          prefix: options.prefix,
          patienceMs: parseDuration(options.patience, '--patience') / 1000,
        });
        results.push(result);
        if (!options.json) standardOutput.text(derivedText(result));
      }
      if (options.json) standardOutput.json(results);
    });
}

function doctorCommand(): Command {
  return serverCommand('doctor', 'is the server there, safe, and whole: settings, table, rows of every session').action(
    async (_: unknown, command: Command) => {
      const options: ServerOptions = command.optsWithGlobals();
      const variables = await readVariables(options.envFile);
      const report = await examineQuest({
        server: questAddress(variables, options),
        table: questTable(variables, options),
        sessions: await listSessions(options.data),
      });
      if (options.json) standardOutput.json({ ...report, state: report.state ?? null });
      else standardOutput.text(doctorText(report));
      if (report.findings.some(({ level }) => level === 'problem')) process.exitCode = PROBLEMS_EXIT_CODE;
    },
  );
}

function serverCommand(name: string, description: string): Command {
  return verbCommand(name, description)
    .exitOverride()
    .option('--http <host:port>', 'its HTTP port; TAPEDECK_QUESTDB_HTTP, else 127.0.0.1:9000')
    .option('--pg <host:port>', 'its Postgres port; TAPEDECK_QUESTDB_PG, else 127.0.0.1:8812')
    .option('--table <name>', 'the table of frames; TAPEDECK_QUESTDB_TABLE, else frames')
    .option('--env-file <file>', 'KEY=value lines with the accounts; variables of the environment go before them');
}

function resultText({ session, table, records, rowsSent, troubles, isWhole }: FrameSyncResult): string {
  const what = `${session}: ${formatCount(records)} records in table ${table}`;
  const how = `${formatCount(rowsSent)} rows sent${troubles === 0 ? '' : `, ${formatCount(troubles)} interruptions`}`;
  return `${what}${isWhole ? ', none missing' : ' so far, stopped'} (${how})`;
}

function derivedText({ session, rows }: DerivedCopyResult): string {
  const tables = Object.entries(rows).map(([table, count]) => `${table} ${formatCount(count)}`);
  return `${session}: ${tables.join(', ')} rows`;
}

function doctorText(report: DoctorReport): string {
  const { server, version, table, lagTransactions, findings, sessions, state } = report;
  const rows = sessions.map((one) => [one.session, one.rows, one.records ?? 'not here', one.isOpen ? 'open' : '', missingText(one)]);
  return [
    `QuestDB ${version} at ${server}`,
    state === undefined ? `no table ${table}` : `table ${table}: ${formatCount(lagTransactions)} transactions behind`,
    ...(rows.length === 0 ? [] : [columns(['session', 'rows', 'records', 'state', 'missing'], rows)]),
    ...findings.map(({ level, what, advice }) => `${level}: ${what}\n  ${advice}`),
    findings.length === 0 ? 'nothing to say against it' : `${formatCount(findings.length)} findings`,
  ].join('\n');
}

function missingText({ missing }: DoctorSession): string {
  return missing.map(({ from, to }) => (from === to ? String(from) : `${from}–${to}`)).join(', ');
}
