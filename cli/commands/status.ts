import type { Command } from 'commander';
import { listSessions, sessionInfo } from '#storage';
import { onInterrupt } from '../interrupt.ts';
import { startMonitor } from '../monitor.ts';
import type { CommonOptions } from '../options.ts';
import { standardOutput } from '../output.ts';
import { Progress } from '../progress.ts';
import { readStatus, type SessionStatus, statusOf } from '../session-status.ts';
import { statusText } from '../status-text.ts';

interface StatusOptions extends CommonOptions {
  readonly follow?: boolean;
}

export function statusCommand(verb: Command): Command {
  return verb
    .argument('[sessions...]', 'names of sessions; without one all that are open')
    .option('--follow', 'print again about once a second while records come, until the sessions are closed')
    .action(async (named: readonly string[], options: StatusOptions) => {
      const sessions = await wantedSessions(options.data, named);
      if (options.follow === true) return followAll(sessions, options);
      const all: SessionStatus[] = [];
      for (const session of sessions) {
        const progress = new Progress(`status ${session}`);
        all.push(await readStatus(options.data, session, (records) => progress.report(records, 'records')));
        progress.done();
      }
      if (options.json === true) standardOutput.json(all);
      else if (all.length === 0) standardOutput.text(`no open sessions in ${options.data}`);
      else standardOutput.text(all.map(statusText).join('\n\n'));
    });
}

/** A name that is no session is an error before anything is read. */
async function wantedSessions(dataDir: string, named: readonly string[]): Promise<readonly string[]> {
  for (const session of named) await sessionInfo(dataDir, session);
  if (named.length > 0) return named;
  return (await listSessions(dataDir)).filter(({ state }) => state === 'open').map(({ session }) => session);
}

/** Each session is read by a thread of its own, so that a long tape does not hold up the others. */
async function followAll(sessions: readonly string[], { data, json }: StatusOptions): Promise<void> {
  const print = (status: SessionStatus): void => {
    if (json === true) standardOutput.jsonLine(status);
    else standardOutput.text(`${statusText(status)}\n`);
  };
  let failure: unknown;
  let printing = Promise.resolve();
  const monitors = sessions.map((session) =>
    startMonitor({
      dataDir: data,
      session,
      onHealth: (health) => {
        printing = printing
          .then(async () => print(await statusOf(data, health)))
          .catch((error: unknown) => {
            failure ??= error;
          });
      },
    }),
  );
  onInterrupt(() => {
    for (const monitor of monitors) void monitor.stop();
  });
  await Promise.all(monitors.map(({ ended }) => ended));
  await printing;
  if (failure !== undefined) throw failure;
}
