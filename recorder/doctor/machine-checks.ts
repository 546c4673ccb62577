import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { type DoctorCheck, failed, ok, warning, wordsOf } from './doctor-check.ts';

/** `engines` of package.json. */
const NODE_MIN: readonly [major: number, minor: number] = [20, 19];
/** Files a recorder has open besides its connections: journal, run, logs, the runtime's own. */
const FILES_OWN = 64;
const FILES_PER_CONNECTION = 4;
const FILES_COMFORTABLE = 1024;
const COMMAND_TIMEOUT_MS = 2_000;
const SEOUL_HOURS = '09';

export function checkNode(version: string): DoctorCheck {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const isNewEnough = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
  if (isNewEnough) return ok('Node', version);
  return failed('Node', `${version} is older than ${NODE_MIN.join('.')}`, 'install a newer Node, from your distribution or nodejs.org');
}

/** Nothing of the tape depends on it (the calendar is built in), but dates that people read do. */
export function checkTimeZones(): DoctorCheck {
  const name = 'time zone data';
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const advice = 'use a Node with full ICU data (the default of nodejs.org), or install tzdata';
  try {
    const parts = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Seoul', hour: '2-digit', hourCycle: 'h23' }).format(new Date(0));
    if (parts === SEOUL_HOURS) return ok(name, `version ${process.versions.tz ?? 'of the system'}, this machine is in ${zone}`);
    return warning(name, `Asia/Seoul is ${parts} o'clock at 1970-01-01T00:00Z, not ${SEOUL_HOURS}`, advice);
  } catch (error) {
    return warning(name, `Asia/Seoul is not known: ${wordsOf(error)}`, advice);
  }
}

/** The soft limit of this process, as a service started the same way would have it. `limits` is the text of `/proc/self/limits`. */
export function checkOpenFiles(limits: string | undefined, connections: number): DoctorCheck {
  const name = 'open files';
  const text = /^Max open files\s+(\d+|unlimited)/m.exec(limits ?? '')?.[1];
  if (text === undefined) return ok(name, 'this system does not say its limit');
  const limit = text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text);
  const needed = FILES_OWN + connections * FILES_PER_CONNECTION;
  const advice = 'raise it: "ulimit -n 4096" in the shell, LimitNOFILE=4096 in a systemd unit';
  if (limit < needed) return failed(name, `at most ${text}, this recording needs about ${needed}`, advice);
  if (limit < FILES_COMFORTABLE) return warning(name, `at most ${text}`, advice);
  return ok(name, `at most ${text}, about ${needed} needed`);
}

export async function readLimits(): Promise<string | undefined> {
  return readFile('/proc/self/limits', 'utf8').catch(() => undefined);
}

/** Whether somebody keeps the clock right: systemd-timesyncd by its flag, others by `timedatectl` where it answers. */
export async function checkTimeSync(flagPath = '/run/systemd/timesync/synchronized', command = 'timedatectl'): Promise<DoctorCheck> {
  const name = 'time synchronisation';
  const hasFlag = await stat(flagPath).then(
    () => true,
    () => false,
  );
  if (hasFlag) return ok(name, 'systemd-timesyncd has set the clock');
  const answer = await run(command, ['show', '--property=NTPSynchronized', '--value']);
  if (answer === 'yes') return ok(name, 'the system clock is synchronised');
  if (answer === 'no')
    return warning(name, 'the system clock is not synchronised', 'turn it on: timedatectl set-ntp true, or install chrony');
  return ok(name, 'this system does not say; the offsets below count');
}

function run(command: string, words: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(command, [...words], { timeout: COMMAND_TIMEOUT_MS }, (error, stdout) => resolve(error === null ? stdout.trim() : undefined));
  });
}

/** Whether a port can be listened on. */
export function checkPort(port: number, host = '127.0.0.1'): Promise<DoctorCheck> {
  const name = `port ${port}`;
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      const advice =
        error.code === 'EACCES'
          ? 'ports below 1024 are for root: choose a higher one'
          : `see who has it (ss -ltnp "sport = :${port}"), end it, or choose another port`;
      resolve(failed(name, `cannot be listened on: ${error.code === 'EADDRINUSE' ? 'another program has it' : error.message}`, advice));
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(ok(name, `is free on ${host}`))));
  });
}

/** Whether the pages of the recorder can be served where the configuration says: a recording goes on without them, and one that runs already has the port. */
export async function checkPages({ host, port }: { readonly host: string; readonly port: number }): Promise<DoctorCheck> {
  const name = `health pages on ${host}:${port}`;
  if (port === 0) return ok(name, 'take a free port');
  const { state, detail } = await checkPort(port, host);
  if (state === 'ok') return ok(name, 'the port is free');
  const advice = 'a recorder that runs already has it; else see who has it, or set health.listen to another';
  return warning(name, `${detail}; without it there are no /healthz, /readyz and /metrics`, advice);
}
