import { expect, test } from 'vitest';
import { parseIsoNanoseconds } from '#domain';
import { VENUES } from '#venues';
import { inspectTape } from '../../replay/inspect.ts';
import { tapeFindings } from '../../report/tape-findings.ts';
import { hasCaptures, jsonLines, nsLines } from '../engine/recorded-frames.ts';
import { aRecord, MemoryTape } from '../fixtures/memory-tape.ts';

// The figures are those that the people who made the captures, and a script without this project, say of them.

test.skipIf(!hasCaptures())('the hole in the recorded Kiwoom trades is the first thing the report says', async () => {
  const lines = [...jsonLines('kiwoom/intraday.jsonl.gz')];
  const records = lines.map(({ t, dir, text }) => ({
    ...aRecord({ venue: 'kiwoom', kind: dir === 'in' ? 'frame-in' : 'frame-out', payload: text }),
    receivedAtNs: parseIsoNanoseconds(t)!,
  }));
  const report = await inspectTape(new MemoryTape(records), { venues: VENUES });
  expect(report.volumeAudit).toMatchObject([{ symbol: '005930', missing: 4_267 }]);
  expect(tapeFindings(report)[0]!.text).toContain('kiwoom 005930: 4,267 of ');
  const [venue] = report.venues;
  const inbound = lines.filter(({ dir }) => dir === 'in');
  expect(venue).toMatchObject({
    rows: lines.length,
    frames: inbound.length,
    bytes: inbound.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0),
    firstFrameNs: String(parseIsoNanoseconds(inbound[0]!.t)),
    lastFrameNs: String(parseIsoNanoseconds(inbound.at(-1)!.t)),
  });
  expect(venue!.channels.find(({ channel }) => channel === '0B')).toMatchObject({ frames: 70 });
});

test.skipIf(!hasCaptures())('the recorded Binance clock was behind, and by how much the frames themselves say', async () => {
  const lines = [...nsLines('binance/spot_btcusdt_20240808.txt.gz')].filter(({ frame: { data } }) => data?.e === 'trade');
  const records = lines.map(({ receivedAtUs, frame }) =>
    aRecord({ venue: 'binance-spot', atUs: receivedAtUs, payload: JSON.stringify(frame) }),
  );
  const offsets = lines.map(({ receivedAtUs, frame }) => receivedAtUs - Number(frame.data!.T) * 1_000);
  const last = offsets.slice(-256).sort((a, b) => a - b);
  const report = await inspectTape(new MemoryTape(records), { venues: VENUES });
  const clock = { samples: offsets.length, minUs: offsets.reduce((a, b) => Math.min(a, b)), medianUs: (last[127]! + last[128]!) / 2 };
  expect(report.venues[0]!.clock).toEqual(clock);
  expect(report.venues[0]!.channels[0]!.delay).toEqual({ counts: [offsets.length, ...new Array(12).fill(0)], sumSeconds: 0 });
  expect(tapeFindings(report).map(({ text }) => text)).toContain(
    `binance-spot: our clock is behind the venue's by ${(-clock.minUs / 1e6).toFixed(3)} s or more (시각 차)`,
  );
});
