import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { MINUTE_US } from '#domain';
import { recorderConfig, systemClock } from '#recorder';
import { type RecordedSession, RecordingWork, type RunningSession } from '../../cli/recording-work.ts';
import { temporaryFolder } from './bars-session.ts';
import { startServing } from './cli-process.ts';
import { isWhole, SYNTHETIC } from './recording-desk.ts';

// The work of `tapedeck record` and `live` over a schedule, with its own parts in this process and the venue in another.

const START_US = Date.UTC(2026, 10, 20, 8, 59, 50) * 1_000;
const NINE_US = Date.UTC(2026, 10, 20, 9) * 1_000;

/** Two windows of two minutes with one between them. */
const WINDOWS = [
  { days: 'daily', start: '09:00', stop: '09:02' },
  { days: 'daily', start: '09:03', stop: '09:05' },
] as const;

test('the next window is recorded while the work beside the first one still goes on, and what that tells is sent', async () => {
  const folder = temporaryFolder();
  const told = await webhook();
  const { addresses } = await startServing(SYNTHETIC);
  const { rest, socket } = addresses[0]!;
  const clock = systemClock({ scale: 30, startAtNs: BigInt(START_US) * 1_000n, sinceNs: process.hrtime.bigint() });
  const story: string[] = [];
  const sessions: RecordedSession[] = [];
  const nowUs = () => Number(clock.wallNs() / 1_000n);
  let hasSecond: () => void = () => undefined;
  const second = new Promise<void>((resolve) => {
    hasSecond = resolve;
  });
  let lateTell: RunningSession['tell'] | undefined;
  const work = new RecordingWork({
    config: recorderConfig()
      .session({ name: 'day-{date}', data: folder, zone: 'UTC', newday: '00:00', until: '09:06', schedule: [...WINDOWS] })
      .health({ listen: 'off', webhooks: [{ kind: 'json', url: 'ALERT_URL' }] })
      .binanceSpot((spot) => spot.settings({ endpoints: { rest, socket } }).symbol('BTCUSDT'))
      .build(),
    variables: { ALERT_URL: told.url },
    clock,
    isSealing: false,
    onSession: (session) => sessions.push(session),
    companions: [
      ({ plan: { session }, tell }) => {
        story.push(`${session} begins`);
        const isFirst = !session.endsWith('-2');
        if (!isFirst) hasSecond();
        return {
          async closed() {
            // The work on the first session waits for the second to begin; where that waits in turn, until it is too late.
            if (isFirst) await Promise.race([second, clock.sleep((NINE_US + 6 * MINUTE_US - nowUs()) / 1_000)]);
            tell({ key: `done/${session}`, severity: 'info', title: `work on ${session} is done`, message: 'all of it' });
            story.push(`${session} is done`);
            if (isFirst) lateTell = tell;
          },
          abandoned: () => Promise.reject(new Error(`${session} was abandoned`)),
        };
      },
    ],
  });
  await work.record();
  expect(story.slice(0, 3)).toEqual(['day-2026-11-20 begins', 'day-2026-11-20-2 begins', 'day-2026-11-20 is done']);
  expect(sessions).toMatchObject(['day-2026-11-20', 'day-2026-11-20-2'].map((session) => ({ session, reason: 'until' })));
  expect(sessions.map(({ session }) => isWhole(folder, session))).toEqual([true, true]);
  expect(told.titles).toEqual(
    expect.arrayContaining([
      'work on day-2026-11-20 is done',
      'Session day-2026-11-20 has ended',
      'work on day-2026-11-20-2 is done',
      'Session day-2026-11-20-2 has ended',
    ]),
  );

  // Nobody sends any more: the log has it, and says that nobody was told.
  lateTell?.({ key: 'late', severity: 'warning', title: 'too late', message: 'for a webhook' });
  const log = join(folder, 'logs', 'recorder.jsonl');
  await expect.poll(() => readFileSync(log, 'utf8')).toContain('not sent, the session was over: warning: too late. for a webhook');
});

/** The titles of what a webhook got. */
async function webhook() {
  const titles: string[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      titles.push((JSON.parse(Buffer.concat(parts).toString()) as { title: string }).title);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { titles, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}
