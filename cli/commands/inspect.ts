import type { Command } from 'commander';
import { type InspectReport, inspectTape, openTape } from '#replay';
import { VENUES } from '#venues';
import { type CommonOptions, LATENESS_OPTION, parseLateness, parseStore, STORE_OPTION } from '../options.ts';
import { columns, formatCount, standardOutput } from '../output.ts';
import { Progress } from '../progress.ts';

interface InspectOptions extends CommonOptions {
  readonly from?: string;
  readonly lateness?: string;
  readonly interval: string;
}

export function inspectCommand(verb: Command): Command {
  return verb
    .argument('<session>', 'name of the session')
    .option(...STORE_OPTION)
    .option(...LATENESS_OPTION)
    .option('--interval <interval>', 'candle by which trades are counted as late', '1m')
    .action(async (session: string, options: InspectOptions) => {
      const tape = await openTape(options.data, session, parseStore(options.from));
      const progress = new Progress(`inspect ${session}`);
      const latenessUs = parseLateness(options.lateness);
      const report = await inspectTape(tape, {
        venues: VENUES,
        interval: options.interval,
        ...(latenessUs === undefined ? {} : { latenessUs }),
        onProgress: (records) => progress.report(records, 'records'),
      });
      progress.done();
      if (options.json) standardOutput.json({ ...report });
      else standardOutput.text(inspectText(report));
    });
}

function inspectText(report: InspectReport): string {
  const events = Object.entries(report.events).filter(([, events]) => events > 0);
  const parts = [
    `session ${report.session}: ${formatCount(report.records)} records, ${formatCount(report.frames.in)} frames in, ${formatCount(report.frames.out)} out`,
    `tape digest ${report.tapeDigest}`,
    `events ${events.map(([kind, events]) => `${kind} ${formatCount(events)}`).join(', ') || 'none'}`,
    `decode failures ${formatCount(report.decodeFailures)}, late trades ${formatCount(report.lateTrades)}, gaps ${formatCount(report.gaps.length)}, notes ${formatCount(report.notes)}, times that go back ${formatCount(report.backwardTimes)}`,
    '',
    columns(
      ['venue', 'channel', 'symbol', 'frames', 'events'],
      report.channels.map((row) => [row.venue, row.channel, row.symbol ?? '', row.frames, row.events]),
    ),
  ];
  if (report.volumeAudit.length > 0) {
    const rows = report.volumeAudit.map((row) => [row.venue, row.symbol, row.venueTotal, row.seen, row.missing]);
    parts.push(
      '',
      'volume audit (the venue’s own day counter beside what is on the tape)',
      columns(['venue', 'symbol', 'venue', 'seen', 'missing'], rows),
    );
  }
  if (report.gaps.length > 0) {
    const rows = report.gaps.map((gap) => [gap.venue, gap.symbol ?? '', gap.fromSequence, gap.toSequence, gap.reason]);
    parts.push('', columns(['gap in', 'symbol', 'from record', 'to record', 'reason'], rows));
  }
  if (report.drift.length > 0) {
    const rows = report.drift.map((row) => [row.venue, row.channel, row.detail, row.count, row.firstSequence]);
    parts.push('', columns(['drift in', 'channel', 'what', 'times', 'first record'], rows));
  }
  for (const failure of report.failures.slice(0, 10))
    parts.push(`record ${failure.sequence} ${failure.venue} ${failure.channel}: ${failure.reason}`);
  return parts.join('\n');
}
