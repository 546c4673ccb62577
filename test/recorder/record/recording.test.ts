import { describe, expect, test } from 'vitest';
import type { MemoryJournal } from '../../fixtures/memory-journal.ts';
import type { ScriptedSocket } from '../../fixtures/scripted-socket.ts';
import { planned, recorderBench, START_MS, sub } from './recorder-bench.ts';

const KST_9_00_FRIDAY = Date.UTC(2026, 10, 20, 0, 0);

/** Answers every request as soon as it was sent. */
function obligingVenue(socket: ScriptedSocket): void {
  setImmediate(() => socket.accept());
  socket.onSend = (text) => {
    const answer = text.startsWith('sub') ? 'ok' : text.startsWith('unsub') ? 'gone' : 'beaten';
    setImmediate(() => {
      if (!socket.isOver) socket.say(answer);
    });
  };
}

/** When a text was first sent, as a clock in Seoul shows it. */
function kstOf(journal: MemoryJournal, text: string): string {
  const record = journal.of('frame-out').find(({ payload }) => new TextDecoder().decode(payload) === text)!;
  return new Date(Number(record.receivedAtNs / 1_000_000n) + 9 * 3_600_000).toISOString().slice(11, 16);
}

describe('a connection', () => {
  test('subscribes at the pace of the venue, a batch at a time, and waits for each answer', async () => {
    const { clock, sockets, journal } = recorderBench({ subscriptions: ['A|1', 'A|2', 'A|3'].map((key) => planned(key)) });
    await clock.advance(0);
    const socket = sockets.last();
    expect(socket.url).toBe('ws://socket/words');
    socket.accept();
    expect(socket.sent).toEqual(['sub A|1,A|2']);
    await clock.advance(50);
    socket.say('ok');
    expect(socket.sent).toHaveLength(1);
    await clock.advance(50);
    expect(socket.sent).toEqual(['sub A|1,A|2', 'sub A|3']);
    expect(journal.texts('frame-out')).toEqual(['sub A|1,A|2', 'sub A|3']);
  });

  test('journals a frame before it reacts to it', async () => {
    const { clock, sockets, journal } = recorderBench();
    await clock.advance(0);
    sockets.last().accept();
    sockets.last().say('ping 7');
    const kinds = journal.kept.map(({ kind, payload }) => `${kind} ${new TextDecoder().decode(payload)}`.trim());
    expect(kinds).toEqual(['session-open', 'connected', 'frame-out sub A|1', 'frame-in ping 7', 'frame-out pong 7']);
    expect(sockets.last().sent).toContain('pong 7');
  });

  test('that brings a frame when the journal takes no more ends the recording with the reason, and throws at no socket', async () => {
    const { clock, sockets, journal, recording } = recorderBench();
    const ended = recording.finished.catch((error: unknown) => error);
    await clock.advance(0);
    sockets.last().accept();
    sockets.last().say('ok');
    const kept = journal.records;
    journal.failure = new Error('the disk is full');
    sockets.last().say('data A|1');
    await clock.advance(2_000);
    expect(await ended).toBe(journal.failure);
    expect({ records: journal.records, isAbandoned: journal.isAbandoned }).toEqual({ records: kept, isAbandoned: true });
  });

  test('asks for everything again after a loss, and the hole is a record from the last frame to the reconnect', async () => {
    const { clock, sockets, journal, recording } = recorderBench({ subscriptions: [planned('A|1'), planned('B|1', 1)] });
    await clock.advance(0);
    sockets.last().accept();
    sockets.last().say('ok');
    sockets.last().say('data A|1');
    await clock.advance(1_500);
    sockets.last().end(1006, 'reset by peer');
    expect(recording.status().venues[0]!.connections[0]).toMatchObject({ state: 'waiting', subscriptions: { wanted: 2, acknowledged: 0 } });
    await clock.advance(2_000);
    expect(sockets.sockets).toHaveLength(2);
    sockets.last().accept();
    expect(sockets.last().sent).toEqual(['sub A|1,B|1']);
    expect(journal.metas('disconnected')).toEqual([{ code: 1006, reason: 'reset by peer (code 1006)' }]);
    const [gap] = journal.metas('gap');
    expect(gap).toEqual({ fromNs: '1000000000000', toNs: String(journal.of('gap')[0]!.receivedAtNs), reason: 'reset by peer (code 1006)' });
    expect(journal.of('gap')[0]!.sequence + 1).toBe(journal.of('connected')[1]!.sequence);
  });

  test('restores what was added at run time, and not what was released', async () => {
    const { clock, sockets, recording, journal } = recorderBench();
    await clock.advance(0);
    sockets.last().accept();
    sockets.last().say('ok');
    expect(recording.subscribe('word', sub('B', '9'), 1)).toBe(true);
    expect(recording.subscribe('word', sub('B', '9'), 1)).toBe(false);
    await clock.advance(1_000);
    sockets.last().say('ok');
    expect(sockets.last().sent).toEqual(['sub A|1', 'sub B|9']);
    expect(recording.release('word', sub('B', '9'))).toBe(true);
    await clock.advance(1_000);
    expect(sockets.last().sent.at(-1)).toBe('unsub B|9');
    sockets.last().say('gone');
    sockets.last().end(1006, '');
    await clock.advance(3_000);
    sockets.last().accept();
    expect(sockets.last().sent).toEqual(['sub A|1']);
    expect(journal.metas('note').map(({ event, subject }) => `${String(event)} ${String(subject)}`)).toEqual([
      'subscription-wanted B|9',
      'subscription-released B|9',
    ]);
  });

  test('says how far the venue has followed, by channel', async () => {
    const { clock, sockets, recording } = recorderBench({ subscriptions: [planned('A|1'), planned('A|2'), planned('B|1')] });
    await clock.advance(0);
    sockets.last().accept();
    sockets.last().say('ok');
    sockets.last().say('data A|1');
    expect(recording.status().venues[0]!.connections[0]!.channels).toEqual([
      { channel: 'A', wanted: 2, acknowledged: 2, seen: 1, refused: 0 },
      { channel: 'B', wanted: 1, acknowledged: 0, seen: 0, refused: 0 },
    ]);
  });

  test('refuses by name what has no slot', async () => {
    const { clock, recording, journal } = recorderBench({ subscriptions: Array.from({ length: 10 }, (_, i) => planned(`A|${i}`)) });
    await clock.advance(0);
    expect(recording.subscribe('word', sub('B', '9'), 1)).toBe(false);
    expect(journal.metas('note')).toEqual([{ event: 'subscription-without-slot', subject: 'B|9' }]);
  });

  test('a dead socket is found by its silence, whatever the operating system says of it', async () => {
    const { clock, sockets, journal } = recorderBench();
    await clock.advance(0);
    const first = sockets.last();
    first.accept();
    first.say('ok');
    first.answersClose = false;
    await clock.advance(29_000);
    expect(first.isOver).toBe(false);
    expect(first.sent.filter((text) => text === 'beat').length).toBeGreaterThanOrEqual(2);
    await clock.advance(4_000);
    expect(first.isOver).toBe(true);
    expect(journal.metas('disconnected')[0]).toMatchObject({ reason: 'silent for 31 s' });
    expect(sockets.sockets.length).toBe(2);
  });

  test('a protocol ping is a sign of life', async () => {
    const { clock, sockets } = recorderBench();
    await clock.advance(0);
    sockets.last().accept();
    sockets.last().say('ok');
    for (let i = 0; i < 12; i++) {
      await clock.advance(9_000);
      sockets.last().ping();
    }
    expect(sockets.sockets).toHaveLength(1);
  });

  test('a request that is not answered breaks the connection', async () => {
    const { clock, sockets, journal } = recorderBench();
    await clock.advance(0);
    sockets.last().accept();
    await clock.advance(7_000);
    expect(journal.metas('disconnected')[0]).toMatchObject({ reason: 'subscribe was not answered in 5 s (A|1)' });
  });

  test('a refused subscription is told, and asked again only where the venue allows it', async () => {
    const { clock, sockets, journal, news } = recorderBench({ subscriptions: [planned('A|1'), planned('A|2'), planned('A|3')] });
    await clock.advance(0);
    sockets.last().accept();
    sockets.last().say('no 8993 bad-key');
    await clock.advance(200);
    sockets.last().say('no 105110 too-many 3000');
    await clock.advance(2_000);
    expect(sockets.last().sent).toEqual(['sub A|1,A|2', 'sub A|3']);
    await clock.advance(2_000);
    expect(sockets.last().sent).toEqual(['sub A|1,A|2', 'sub A|3', 'sub A|3']);
    expect(news.filter(({ kind }) => kind === 'refused')).toMatchObject([
      { key: 'A|1', isFinal: true },
      { key: 'A|2', isFinal: true },
      { key: 'A|3', isFinal: false },
    ]);
    expect(journal.metas('note').filter(({ event }) => event === 'subscription-refused')).toHaveLength(3);
  });

  test('backs off as long as the venue asks, and never in a storm', async () => {
    const { clock, sockets } = recorderBench();
    for (let minutes = 0; minutes < 60; minutes++) {
      await clock.advance(30_000);
      const socket = sockets.last();
      if (!socket.isOver) {
        socket.accept();
        socket.say('busy');
      }
      await clock.advance(30_000);
    }
    expect(sockets.sockets.length).toBeGreaterThan(10);
    // Twenty as fast as the venue lets it, and then one in three minutes.
    expect(sockets.sockets.length).toBeLessThanOrEqual(41);
  });

  test('a key kicked by another session stops instead of fighting, and ends the recording when nothing is left', async () => {
    const { clock, sockets, journal, recording } = recorderBench();
    await clock.advance(0);
    sockets.last().accept();
    sockets.last().say('ok');
    sockets.last().say('kicked');
    await clock.advance(2_000);
    expect(sockets.sockets).toHaveLength(1);
    await expect(recording.finished).rejects.toThrow('R10001 another session');
    expect(journal.isAbandoned).toBe(true);
    expect(journal.metas('note').map(({ event }) => event)).toEqual(['connection-stopped', 'recording-failed']);
  });

  test('a handshake that is refused for a wrong key ends it with the reason, but not one that had worked', async () => {
    const fresh = recorderBench();
    await fresh.clock.advance(0);
    fresh.sockets.last().end(1006, 'Unexpected server response: 403');
    await fresh.clock.advance(2_000);
    await expect(fresh.recording.finished).rejects.toThrow('HTTP_403 wrong key');
    expect(fresh.journal.metas('note')[1]).toEqual({
      event: 'connection-stopped',
      subject: 'ws-1',
      code: 'HTTP_403',
      message: 'wrong key',
    });
    const worked = recorderBench();
    await worked.clock.advance(0);
    worked.sockets.last().accept();
    worked.sockets.last().say('ok');
    worked.sockets.last().end(1006, '');
    await worked.clock.advance(3_000);
    worked.sockets.last().end(1006, 'Unexpected server response: 403');
    await worked.clock.advance(10_000);
    expect(worked.sockets.sockets.length).toBe(3);
  });

  test('one frame may mean several things', async () => {
    const { clock, sockets, recording } = recorderBench({ subscriptions: [planned('A|1'), planned('A|2')] });
    await clock.advance(0);
    sockets.last().accept();
    sockets.last().say('both A|1 A|2');
    const { subscriptions } = recording.status().venues[0]!.connections[0]!;
    expect(subscriptions).toEqual({ wanted: 2, acknowledged: 1, seen: 0, refused: 1 });
  });

  test('is renewed before the venue cuts it', async () => {
    const { clock, sockets, journal } = recorderBench();
    await clock.advance(0);
    sockets.last().accept();
    sockets.last().say('ok');
    for (let i = 0; i < 400; i++) {
      await clock.advance(10_000);
      if (!sockets.last().isOver) sockets.last().say('data A|1');
    }
    expect(journal.metas('disconnected')[0]).toMatchObject({ code: 1000, reason: 'renewed before the venue cuts it' });
    expect(sockets.sockets[1]).toBeDefined();
  });

  test('a session that throws loses no frame', async () => {
    const { clock, sockets, journal, news } = recorderBench();
    await clock.advance(0);
    sockets.last().accept();
    sockets.last().say('throw');
    sockets.last().say('data A|1');
    expect(journal.texts('frame-in')).toEqual(['throw', 'data A|1']);
    expect(news.some((item) => item.kind === 'note' && item.message.includes('bug'))).toBe(true);
  });
});

describe('grants and logins', () => {
  const answer = () => ({ status: 200, body: 'T0K3N' });

  test('a token is had first, the login waits for its reply, and neither reaches the tape', async () => {
    const { clock, sockets, journal } = recorderBench({ hasLogin: true, answer });
    await clock.advance(0);
    sockets.last().accept();
    expect(sockets.last().sent).toEqual(['login T0K3N']);
    await clock.advance(1_000);
    expect(sockets.last().sent).toEqual(['login T0K3N']);
    sockets.last().say('welcome');
    expect(sockets.last().sent).toEqual(['login T0K3N', 'sub A|1']);
    const all = journal.kept.map(({ payload, meta }) => new TextDecoder().decode(payload) + meta).join('\n');
    expect(all).not.toContain('hidden');
    expect(journal.metas('http-request')[0]).toMatchObject({ endpoint: 'token', redacted: [[14, 20]] });
    expect(journal.texts('frame-out')[0]).toBe('login *****');
    expect(journal.metas('frame-out')[0]).toEqual({ redacted: [[6, 11]] });
  });

  test('a kept token is used until ten minutes before its end, and a new one replaces it', async () => {
    const kept = { kind: 'grant' as const, value: 'OLD', expiresAtMs: START_MS + 610_000, issuedAtMs: START_MS - 80_000_000 };
    const { clock, sockets, calls, grants, recording } = recorderBench({ hasLogin: true, answer, kept });
    await clock.advance(0);
    sockets.last().accept();
    expect(sockets.last().sent).toEqual(['login OLD']);
    expect(calls).toHaveLength(0);
    sockets.last().say('welcome');
    await clock.advance(11_000);
    sockets.last().end(1006, '');
    await clock.advance(5_000);
    sockets.last().accept();
    expect(sockets.last().sent).toEqual(['login T0K3N']);
    expect(grants.get('token')?.value).toBe('T0K3N');
    // When it expires can be watched, the token itself cannot.
    expect(recording.status().venues[0]!.grants).toEqual([{ key: 'k', grant: 'token', expiresAtMs: grants.get('token')!.expiresAtMs }]);
  });

  test('a refused login drops the token, tries a new one, and stops with the reason when that fails too', async () => {
    const { clock, sockets, calls, recording } = recorderBench({ hasLogin: true, answer });
    await clock.advance(0);
    for (let i = 0; i < 3; i++) {
      sockets.last().accept();
      sockets.last().say('stranger');
      await clock.advance(70_000);
    }
    expect(calls.length).toBe(3);
    await expect(recording.finished).rejects.toThrow('login refused 3 times: unknown token');
  });

  test('a token that may not be issued yet is waited for, not hammered', async () => {
    const { clock, calls } = recorderBench({ hasLogin: true, answer: () => ({ status: 403, body: '' }) });
    await clock.advance(3_600_000);
    expect(calls.length).toBeGreaterThan(5);
    expect(calls.length).toBeLessThanOrEqual(60);
  });

  test('a wrong key ends the recording with the words of the venue', async () => {
    const { clock, recording } = recorderBench({ hasLogin: true, answer: () => ({ status: 401, body: 'no such key' }) });
    await clock.advance(3_000);
    await expect(recording.finished).rejects.toThrow('no such key');
  });
});

describe('REST polls', () => {
  test('request and answer are two records that name each other', async () => {
    const { clock, journal } = recorderBench({ pollTargets: ['X'], answer: () => ({ status: 200, body: '{"rows":[]}' }) });
    await clock.advance(100);
    expect(journal.metas('http-request')).toEqual([{ endpoint: 'board', method: 'GET', path: '/board', requestId: 1, symbol: 'X' }]);
    expect(journal.metas('http-response')).toEqual([
      { endpoint: 'board', method: 'GET', path: '/board', requestId: 1, symbol: 'X', status: 200 },
    ]);
    expect(journal.texts('http-response')).toEqual(['{"rows":[]}']);
  });

  test('every target is asked at its interval, spread over it', async () => {
    const { clock, calls } = recorderBench({ pollTargets: ['X', 'Y'], answer: () => ({ status: 200, body: '' }) });
    await clock.advance(10_500);
    expect(calls.filter(({ url }) => url.endsWith('target=X'))).toHaveLength(6);
    expect(calls.filter(({ url }) => url.endsWith('target=Y'))).toHaveLength(5);
  });

  test('three failures in a row are a loss on the tape, and the next answer ends it with its hole', async () => {
    let status = 200;
    const { clock, journal, recording } = recorderBench({ pollTargets: ['X'], answer: () => ({ status, body: '' }) });
    await clock.advance(4_500);
    status = 500;
    await clock.advance(12_000);
    expect(journal.metas('disconnected')).toEqual([{ code: 0, reason: '3 polls in a row failed: HTTP_500: ' }]);
    status = 200;
    await clock.advance(60_000);
    expect(journal.metas('gap')).toMatchObject([{ fromNs: '1004000000000', reason: '3 polls in a row failed: HTTP_500: ' }]);
    expect(recording.status().venues[0]!.pollers[0]).toMatchObject({ poller: 'rest-board' });
    expect(journal.of('connected').filter(({ connection }) => connection === 'rest-board')).toHaveLength(2);
  });

  test('an answer that the venue refused is told by a note that names its request', async () => {
    const { clock, journal } = recorderBench({ pollTargets: ['X'], answer: () => ({ status: 429, body: '' }) });
    await clock.advance(100);
    const [{ requestId }] = journal.metas('http-response') as [{ requestId: number }];
    expect(journal.metas('note')).toEqual([{ event: 'request-refused', requestId, subject: 'board', code: 'HTTP_429' }]);
  });

  test('a call that is never answered ends after its time and is told', async () => {
    const { clock, journal } = recorderBench({ pollTargets: ['X'] });
    await clock.advance(6_000);
    expect(journal.metas('note')[0]).toMatchObject({ event: 'request-failed', reason: 'no answer in 5 s' });
  });
});

describe('instruments of the day', () => {
  test('are asked for before anything connects', async () => {
    const { clock, sockets, journal } = recorderBench({ hasMasters: true, answer: () => ({ status: 200, body: '[]' }) });
    await clock.advance(0);
    expect(journal.metas('http-response')).toMatchObject([{ endpoint: 'list', status: 200 }]);
    expect(sockets.sockets).toHaveLength(1);
  });

  test('that do not come cost no market data, and are asked for again', async () => {
    let status = 0;
    const { clock, sockets, calls, journal, news } = recorderBench({
      hasMasters: true,
      answer: () => (status === 0 ? undefined : { status, body: '[]' }),
    });
    await clock.advance(4_000);
    expect(sockets.sockets).toHaveLength(0);
    await clock.advance(1_500);
    expect(sockets.sockets).toHaveLength(1);
    expect(news.some(({ kind }) => kind === 'rest-failed')).toBe(true);
    status = 200;
    await clock.advance(8 * 60_000);
    expect(calls).toHaveLength(2);
    expect(journal.of('http-response')).toHaveLength(1);
  });
});

describe('a recording', () => {
  test('closes everything cleanly and says why it ended', async () => {
    const { clock, sockets, journal, recording } = recorderBench();
    await clock.advance(0);
    sockets.last().accept();
    const result = recording.stop();
    await clock.advance(10);
    expect(await result).toMatchObject({ reason: 'asked', frames: 0 });
    expect(sockets.last().closed).toMatchObject({ code: 1000 });
    expect(journal.kept.map(({ kind }) => kind).slice(-2)).toEqual(['disconnected', 'session-close']);
    expect(journal.isClosed).toBe(true);
    expect(clock.timerCount).toBe(0);
  });

  test('ends by itself at its time', async () => {
    const { clock, sockets, recording } = recorderBench({ more: { untilNs: 1_005_000_000_000n } });
    await clock.advance(0);
    sockets.last().accept();
    await clock.advance(6_000);
    expect(await recording.finished).toMatchObject({ reason: 'until' });
  });

  test('ticks once a second, whatever the market does', async () => {
    const { clock, journal } = recorderBench();
    await clock.advance(10_000);
    expect(journal.of('tick').map(({ receivedAtNs }) => Number(receivedAtNs / 1_000_000_000n))).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((seconds) => 1_000 + seconds),
    );
  });

  test('a start without acknowledgements or data while the market is open fails loudly', async () => {
    const { clock, sockets, recording, journal } = recorderBench({ startupTimeoutMs: 15_000 });
    await clock.advance(0);
    sockets.last().accept();
    sockets.last().say('ok');
    for (let i = 0; i < 16; i++) {
      await clock.advance(1_000);
      if (!sockets.last().isOver) sockets.last().ping();
    }
    await expect(recording.finished).rejects.toThrow('acknowledged, and not one frame of A|1 while the market is open');
    expect(journal.isAbandoned).toBe(true);
  });

  test('a channel that is silent while its market is open is connected again, and a quiet symbol beside a busy one is not', async () => {
    const { clock, sockets, journal, news } = recorderBench({ subscriptions: [planned('A|1'), planned('A|2'), planned('B|1')] });
    await clock.advance(0);
    sockets.last().accept();
    sockets.last().say('ok');
    await clock.advance(200);
    sockets.last().say('ok');
    for (let i = 0; i < 24; i++) {
      await clock.advance(1_000);
      if (i < 10) sockets.last().say('data B|1');
      sockets.last().say('data A|1');
    }
    expect(sockets.sockets).toHaveLength(1);
    for (let i = 0; i < 12; i++) {
      await clock.advance(1_000);
      if (!sockets.last().isOver) sockets.last().say('data A|1');
    }
    expect(news.filter(({ kind }) => kind === 'silent')).toMatchObject([{ channel: 'B' }]);
    expect(journal.metas('disconnected')[0]?.reason).toMatch(/^channel B silent for 2\d s while its market is open$/);
  });

  test('day and night subscriptions change over in one process, and none is held while its market is closed', async () => {
    const { clock, journal } = recorderBench({
      subscriptions: [planned('D|1', 0, 'krx-derivatives'), planned('N|1', 0, 'krx-night')],
      startMs: KST_9_00_FRIDAY,
      play: obligingVenue,
    });
    await clock.advance(9 * 3_600_000);
    const sent = journal.texts('frame-out').filter((text) => text !== 'beat');
    // The connection is renewed every hour by this venue's rule: the day's channel is asked for again each time.
    expect([...new Set(sent)]).toEqual(['sub D|1', 'unsub D|1', 'sub N|1']);
    expect(sent.filter((text) => text.startsWith('unsub'))).toHaveLength(1);
    expect(journal.metas('disconnected').map(({ reason }) => reason)).toContain('nothing is wanted of it now');
    expect(kstOf(journal, 'unsub D|1')).toBe('15:50');
    expect(kstOf(journal, 'sub N|1')).toBe('17:45');
  });

  test('a restart goes on in the same session and tells the hole since the last record', async () => {
    const { clock, sockets, journal } = recorderBench({ reopenedAfterNs: 5_000_000_000n, startMs: 60_000 });
    await clock.advance(0);
    sockets.last().accept();
    expect(journal.metas('note')[0]).toEqual({ event: 'recorder-restarted', subject: 'bench', since: '5000000000' });
    expect(journal.metas('gap')[0]).toEqual({ fromNs: '5000000000', toNs: '60000000000', reason: 'the recorder was not running' });
    expect(journal.of('session-open')).toHaveLength(0);
  });

  test('frames are shed by priority only when the disk cannot follow, and the tape says how many', async () => {
    const { clock, sockets, journal, recording } = recorderBench({
      subscriptions: [planned('A|1', 0), planned('B|1', 3)],
      waitingBytesMax: 1_000,
    });
    await clock.advance(0);
    sockets.last().accept();
    sockets.last().say('ok');
    journal.waitingBytes = 1_100;
    for (let i = 0; i < 5; i++) sockets.last().say('data B|1');
    sockets.last().say('data A|1');
    await clock.advance(1_000);
    expect(journal.texts('frame-in')).toEqual(['ok', 'data A|1']);
    expect(journal.metas('gap')).toMatchObject([{ reason: 'shed', channel: 'B', frames: 5, bytes: 40 }]);
    expect(recording.status().framesShed).toBe(5);
  });

  test('a disk that runs low is told, the least important channel is shed, and it comes back with room', async () => {
    let free = 500;
    const { clock, sockets, journal, news } = recorderBench({
      subscriptions: [planned('A|1', 0), planned('B|1', 3)],
      freeBytes: () => free,
    });
    await clock.advance(0);
    sockets.last().accept();
    sockets.last().say('ok');
    await clock.advance(1_500);
    sockets.last().say('data A|1');
    sockets.last().say('data B|1');
    free = 5_000;
    await clock.advance(10_000);
    sockets.last().say('data B|1');
    expect(journal.texts('frame-in')).toEqual(['ok', 'data A|1', 'data B|1']);
    expect(journal.metas('gap')).toMatchObject([{ reason: 'shed', channel: 'B', frames: 1 }]);
    expect(journal.metas('note').map(({ event }) => event)).toEqual(['disk-low', 'disk-back']);
    expect(news.filter(({ kind }) => kind === 'note')).toHaveLength(2);
  });

  test('channels of an ordinary configuration are shed in their order, never all at once, and answers of the protocol never', async () => {
    const { clock, sockets, journal } = recorderBench({
      subscriptions: [planned('A|1', 1_600), planned('B|1', 1_601)],
      freeBytes: () => 500,
    });
    await clock.advance(0);
    sockets.last().accept();
    await clock.advance(1_500);
    sockets.last().say('data A|1');
    sockets.last().say('data B|1');
    sockets.last().say('ok');
    expect(journal.texts('frame-in')).toEqual(['data A|1', 'ok']);
  });

  test('a journal that fails in the middle of a frame ends the recording with its reason, and every connection with it', async () => {
    const { clock, sockets, journal, recording } = recorderBench();
    await clock.advance(0);
    sockets.last().accept();
    sockets.last().say('ok');
    const full = Object.assign(new Error('the disk is full'), { code: 'JOURNAL_DISK_FULL' });
    journal.append = () => {
      throw full;
    };
    const before = journal.kept.length;
    sockets.last().say('data A|1');
    await clock.advance(20_000);
    await expect(recording.finished).rejects.toBe(full);
    expect(journal.kept.length).toBe(before);
    expect(journal.isAbandoned).toBe(true);
    expect(recording.status().venues[0]!.connections.map(({ state }) => state)).toEqual(['stopped']);
  });
});

test('a plan with many polls is no leak: nothing is warned of while they wait', async () => {
  const warnings: string[] = [];
  const onWarning = ({ name, message }: Error) => warnings.push(`${name}: ${message}`);
  process.on('warning', onWarning);
  const pollTargets = Array.from({ length: 40 }, (_, i) => `T${i}`);
  const { clock, sockets, calls } = recorderBench({ pollTargets });
  await clock.advance(0);
  sockets.last().accept();
  sockets.last().say('ok');
  await clock.advance(20_000);
  // Warnings are said a turn later.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', onWarning);
  expect(calls.length).toBeGreaterThan(40);
  expect(warnings).toEqual([]);
});
