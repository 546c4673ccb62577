import type { Command } from 'commander';
import { isoNanoseconds } from '#domain';
import { listSessions, type SessionInfo } from '#storage';
import type { CommonOptions } from '../options.ts';
import { columns, formatBytes, standardOutput } from '../output.ts';

export function sessionsCommand(verb: Command): Command {
  return verb.action(async (options: CommonOptions) => {
    const sessions = await listSessions(options.data);
    if (options.json) standardOutput.json(sessions.map(sessionJson));
    else
      standardOutput.text(
        sessions.length === 0 ? `no sessions in ${options.data}; import one with: tapedeck import FILE…` : table(sessions),
      );
  });
}

function sessionJson(info: SessionInfo) {
  return { ...info, firstReceivedAtNs: textOf(info.firstReceivedAtNs), lastReceivedAtNs: textOf(info.lastReceivedAtNs) };
}

function textOf(nanoseconds: bigint | undefined): string | null {
  return nanoseconds === undefined ? null : String(nanoseconds);
}

function table(sessions: readonly SessionInfo[]): string {
  return columns(
    ['session', 'state', 'records', 'bytes', 'first', 'last', 'tape digest'],
    sessions.map((info) => [
      info.session,
      info.sealed ? `${info.state}, sealed` : info.state,
      info.records,
      formatBytes(info.bytes),
      info.firstReceivedAtNs === undefined ? '' : isoNanoseconds(info.firstReceivedAtNs),
      info.lastReceivedAtNs === undefined ? '' : isoNanoseconds(info.lastReceivedAtNs),
      info.tapeDigest?.slice(0, 16) ?? '',
    ]),
  );
}
