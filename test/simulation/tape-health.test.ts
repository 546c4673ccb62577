import { expect, test } from 'vitest';
import { inspectTape } from '../../replay/inspect.ts';
import { tapeFindings } from '../../report/tape-findings.ts';
import { MemoryTape } from '../fixtures/memory-tape.ts';
import type { ScriptedSocket } from '../fixtures/scripted-socket.ts';
import { planned, recorderBench } from '../recorder/record/recorder-bench.ts';
import { WORD_VENUE } from '../recorder/record/word-protocol.ts';

/** The venue accepts every connection and every subscription. */
function playVenue(socket: ScriptedSocket): void {
  socket.onSend = (text) => {
    if (text.startsWith('sub')) socket.say('ok');
  };
  queueMicrotask(() => socket.accept());
}

const venues = new Map([[WORD_VENUE.id, WORD_VENUE]]);

test('what the recorder did in a bad hour is what its tape says of it', async () => {
  let status = 200;
  const bench = recorderBench({
    subscriptions: [planned('A|1', 0), planned('B|1', 3)],
    pollTargets: ['X'],
    answer: () => ({ status, body: '{"rows":[]}' }),
    play: playVenue,
  });
  const { clock, sockets, journal, recording } = bench;
  await clock.advance(0);
  sockets.last().say('data A|1');
  // It goes silent: cut after 30 s, connected again.
  sockets.last().answersClose = false;
  await clock.advance(40_000);
  sockets.last().say('data A|1');
  // The disk cannot follow for a moment.
  journal.waitingBytes = 1_100_000;
  for (let i = 0; i < 5; i++) sockets.last().say('data B|1');
  journal.waitingBytes = 0;
  // Polls fail for a while, and the venue closes the socket.
  status = 500;
  sockets.last().end(1006, '');
  await clock.advance(20_000);
  sockets.last().say('data A|1');
  status = 200;
  await clock.advance(70_000);
  await recording.stop();
  const report = await inspectTape(new MemoryTape(journal.kept, { session: 'bench' }), { venues });
  const [venue] = report.venues;
  const socket = report.connections.find(({ connection }) => connection === 'ws-1')!;
  expect(socket.connects).toBe(journal.of('connected').filter(({ connection }) => connection === 'ws-1').length);
  const losses = journal.kept.filter(
    ({ kind, connection, meta }) => kind === 'disconnected' && connection === 'ws-1' && !meta.includes('expected'),
  );
  const reasons = losses.map(({ meta }) => String((JSON.parse(meta) as { reason: string }).reason).replace(/\d+ s\b/, '… s'));
  expect(new Set(reasons)).toEqual(
    new Set(['channel B silent for … s while its market is open', 'closed with code 1006', 'silent for … s']),
  );
  expect(socket.reconnects.flatMap(({ reason, count }) => new Array(count).fill(reason)).sort()).toEqual([...reasons].sort());
  const frames = [...journal.of('frame-in'), ...journal.of('http-response')];
  expect(venue).toMatchObject({
    frames: frames.length,
    bytes: frames.reduce((sum, { payload }) => sum + payload.length, 0),
    rows: journal.kept.filter(({ venue: name }) => name === 'word').length,
    dropped: [{ reason: 'shed', frames: 5 }],
  });
  const answers = journal.metas('http-response');
  const good = answers.filter((meta) => meta.status === 200).length;
  expect(venue!.rest).toMatchObject([
    {
      type: 'board',
      results: [
        { result: 'ok', count: good },
        { result: 'http-500', count: answers.length - good },
      ],
    },
  ]);
  expect(answers.length - good).toBeGreaterThanOrEqual(3);
  expect(report.gapTotal).toBe(journal.of('gap').length);
  expect(report.isClosed).toBe(true);
  const told = tapeFindings(report).map(({ text }) => text.replace(/\d[\d,.:-]*/g, '#'));
  expect(told.filter((text) => /gaps|not kept|board/.test(text))).toHaveLength(3);
});

test('a quiet good hour has nothing to tell', async () => {
  const { clock, sockets, journal, recording } = recorderBench({
    pollTargets: ['X'],
    answer: () => ({ status: 200, body: '{"rows":[]}' }),
    play: playVenue,
  });
  await clock.advance(0);
  for (let second = 0; second < 3_000; second += 10) {
    await clock.advance(10_000);
    sockets.last().say('data A|1');
  }
  await recording.stop();
  const report = await inspectTape(new MemoryTape(journal.kept), { venues });
  expect(tapeFindings(report)).toEqual([]);
  expect(report.venues[0]!.reconnects).toBe(0);
});
