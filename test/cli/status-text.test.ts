import { expect, test } from 'vitest';
import { diskForecast } from '../../cli/disk-forecast.ts';
import { statusText } from '../../cli/status-text.ts';
import { tapeHealth } from '../../replay/inspect.ts';
import { aRecord, MemoryTape } from '../fixtures/memory-tape.ts';
import { frame, SCRIPTED_VENUES } from '../fixtures/scripted-venue.ts';

const GIB = 1024 ** 3;
const HOUR_NS = 3_600_000_000_000n;

test('the disk is full when the pace of the journal has used what is free', () => {
  const growth = { freeBytes: 20 * GIB, journalBytes: 5 * GIB, firstNs: 0n, lastNs: 2n * HOUR_NS, nowNs: 3n * HOUR_NS, isWritten: true };
  expect(diskForecast(growth)).toEqual({ freeBytes: 20 * GIB, bytesPerHour: 2.5 * GIB, fullAtNs: 11n * HOUR_NS });
});

test('a journal that nobody writes, is too young, or would last for years is not forecast', () => {
  const growth = { freeBytes: GIB, journalBytes: 1, firstNs: 0n, lastNs: HOUR_NS, nowNs: HOUR_NS, isWritten: true };
  expect(diskForecast({ ...growth, isWritten: false })).toMatchObject({ bytesPerHour: undefined, fullAtNs: undefined });
  expect(diskForecast({ ...growth, lastNs: 59_000_000_000n })).toMatchObject({ bytesPerHour: undefined });
  expect(diskForecast({ ...growth, firstNs: undefined })).toMatchObject({ bytesPerHour: undefined });
  expect(diskForecast(growth)).toMatchObject({ bytesPerHour: 1, fullAtNs: undefined });
});

const TAPE = new MemoryTape(
  [
    aRecord({ kind: 'connected', atUs: 1e6 }),
    aRecord({ payload: frame({ say: 'trade', price: 1, at: 1_950_000 }), atUs: 2e6 }),
    aRecord({ kind: 'gap', meta: '{"fromNs":"2000000000","reason":"silent for 31 s","toNs":"34500000000"}', atUs: 34.5e6 }),
    aRecord({ kind: 'disconnected', meta: '{"reason":"closed with code 1006"}', atUs: 40e6 }),
  ],
  { session: 'night' },
);

test('a session is told in a line a venue, its gaps from and to, its disk, and who records it', async () => {
  const health = await tapeHealth(TAPE, { venues: SCRIPTED_VENUES });
  const disk = { freeBytes: 20 * GIB, bytesPerHour: 2.5 * GIB, fullAtNs: 11n * HOUR_NS };
  const status = { session: 'night', state: 'open', writer: 4711, nowNs: 42_000_000_000n, ageSeconds: 2, health, disk } as const;
  expect(statusText(status).replace(/ {2,}/g, ' | ').split('\n')).toEqual([
    'session night: recorded by process 4711, last record 2.0 s ago',
    'venue | first frame | last frame | rows | bytes | gaps | reconnects | up | late | clock',
    `test | 1970-01-01T00:00:02Z | 1970-01-01T00:00:02Z | 4 | ${frame({ say: 'trade', price: 1, at: 1_950_000 }).length} B | 2 | 0 | 0 of 1 | 0 | +0.050 s`,
    ' | gap test 1: 1970-01-01T00:00:02Z to 1970-01-01T00:00:34Z (32.5 s), silent for 31 s',
    ' | gap test 1: since 1970-01-01T00:00:40Z, NOT OVER, closed with code 1006',
    'disk: 20.0 GiB left; the journal grows by 2.5 GiB an hour: full at 1970-01-01T11:00:00Z',
  ]);
});

test('what needs a person comes first: nobody records it, damage, a low disk, a stopped connection, frames not kept', async () => {
  const health = await tapeHealth(TAPE, { venues: SCRIPTED_VENUES });
  const [venue] = health.venues;
  const bad = {
    ...health,
    damage: 'record 7 is bad',
    isDiskLow: true,
    restarts: 2,
    venues: [
      { ...venue!, dropped: [{ reason: 'shed', frames: 1_200 }], connections: [{ ...venue!.connections[0]!, stopped: 'R10001: kicked' }] },
    ],
  };
  const disk = { freeBytes: GIB, bytesPerHour: undefined, fullAtNs: undefined };
  const text = statusText({ session: 's', state: 'open', writer: undefined, nowNs: 0n, ageSeconds: 7_200, health: bad, disk });
  expect(text.split('\n').slice(0, 5)).toEqual([
    'session s: open, but NOBODY RECORDS it, started again 2 times, last record 2 h ago',
    '! the tape cannot be read any further: record 7 is bad',
    '! the disk is low: frames of the least important channels are not kept',
    '! test 1 stopped for good: R10001: kicked',
    '! test: 1,200 frames not kept: shed',
  ]);
  expect(text.split('\n').at(-1)).toBe('disk: 1.0 GiB left');
});
