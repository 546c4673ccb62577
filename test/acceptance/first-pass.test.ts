import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli, runJson, sharedData } from './cli.ts';

// The whole first pass over real captures, through the built command line, beside figures computed independently of this project.

interface MinuteCandle {
  readonly o: string;
  readonly h: string;
  readonly l: string;
  readonly c: string;
  readonly v: string;
  readonly qv: string;
  readonly n: number;
  readonly buy: string;
}

interface ExpectedMarket {
  readonly lines: number;
  readonly streams: Readonly<Record<string, number>>;
  readonly trade_minute_candles_by_T: Readonly<Record<string, MinuteCandle>>;
}

interface InspectJson {
  readonly records: number;
  readonly tapeDigest: string;
  readonly frames: { readonly in: number; readonly out: number };
  readonly channels: readonly {
    readonly venue: string;
    readonly channel: string;
    readonly symbol?: string;
    readonly frames: number;
    readonly events: number;
  }[];
  readonly events: Readonly<Record<string, number>>;
  readonly decodeFailures: number;
  readonly lateTrades: number;
  readonly gaps: readonly unknown[];
  readonly drift: readonly unknown[];
  readonly volumeAudit: readonly {
    readonly symbol: string;
    readonly venueTotal: number;
    readonly seen: number;
    readonly missing: number;
  }[];
}

interface ReplayJson {
  readonly run: string;
  readonly runHash: string;
  readonly tapeDigests: readonly string[];
  readonly frames: number;
  readonly fills: number;
  readonly netPnl: Readonly<Record<string, number>>;
}

const expectedFile = sharedData('binance/expected.json');
const kiwoomFile = sharedData('kiwoom/intraday.jsonl.gz');
if (expectedFile === undefined) process.stderr.write('skipped: the recorded captures are not beside the project (../shared/data)\n');

const HEADER = 'venue,symbol,interval,open_time,open,high,low,close,volume,value,trades,buy_volume,flags,close_time,sequence,row';
const MARKETS = [
  { market: 'spot', venue: 'binance-spot', key: 'spot_btcusdt', files: ['spot_btcusdt_20240808.txt.gz', 'spot_btcusdt_20240809.txt.gz'] },
  { market: 'usdm', venue: 'binance-usdm', key: 'usdm_btcusdt', files: ['usdm_btcusdt_20240808.txt.gz'] },
] as const;

describe.skipIf(expectedFile === undefined).each(MARKETS)('the $market capture', ({ venue, key, files }) => {
  const data = mkdtempSync(join(tmpdir(), 'tapedeck-acceptance-'));
  const expected = (JSON.parse(readFileSync(expectedFile!, 'utf8')) as Record<string, ExpectedMarket>)[key]!;
  const inputs = files.map((file) => sharedData(`binance/${file}`)!);
  const strategy = ['--strategy', 'book-imbalance', '--data', data];
  let digest = '';

  beforeAll(() => {
    const imported = runJson<{ tapeDigest: string; frames: { in: number; out: number }; notes: number; firstReceivedAtNs: string }>([
      'import',
      ...inputs,
      '--format',
      'ns-lines',
      '--venue',
      venue,
      '--session',
      's',
      '--data',
      data,
    ]);
    digest = imported.tapeDigest;
    expect(imported.frames).toEqual({ in: expected.lines, out: 0 });
    expect(imported.notes).toBe(0);
    // The digits of the file: a nanosecond stamp does not fit a double.
    expect(readFileSync(expectedFile!, 'utf8')).toContain(`"first_receive_ns": ${imported.firstReceivedAtNs}`);
  });

  afterAll(() => rmSync(data, { recursive: true, force: true }));

  test('inspect counts what was counted independently', () => {
    const report = runJson<InspectJson>(['inspect', 's', '--data', data]);
    const frames = Object.fromEntries(report.channels.map((row) => [row.channel, row.frames]));
    expect(report.frames.in).toBe(expected.lines);
    expect(frames).toEqual({
      depth: expected.streams.depth,
      bookTicker: expected.streams.bookTicker,
      trade: expected.streams.trade,
      depthSnapshot: expected.streams['rest snapshot'],
    });
    expect(report.events.trade).toBe(expected.streams.trade);
    expect(report.events.quote).toBe(expected.streams.bookTicker);
    expect(report.events.book).toBe(expected.streams.depth! + expected.streams['rest snapshot']!);
    expect(report.decodeFailures).toBe(0);
    expect(report.gaps).toEqual([]);
    expect(report.drift).toEqual([]);
  });

  test('an existing session name is a usage error and changes nothing', () => {
    const again = runCli(['import', inputs[0]!, '--format', 'ns-lines', '--venue', venue, '--session', 's', '--data', data]);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('SESSION_EXISTS');
    expect(runJson<InspectJson>(['inspect', 's', '--data', data]).tapeDigest).toBe(digest);
  });

  test('minute candles equal the independent ones in every field, as exact decimals', () => {
    const { stdout, code } = runCli(['export', 's', '--table', 'candles', '--interval', '1m', '--format', 'csv', '--data', data]);
    expect(code).toBe(0);
    const [header, ...rows] = stdout.trimEnd().split('\n');
    expect(header).toBe(HEADER);
    const wanted = Object.entries(expected.trade_minute_candles_by_T).map(([openMs, candle]) =>
      [
        venue,
        'BTCUSDT',
        '1m',
        new Date(Number(openMs)).toISOString(),
        ...[candle.o, candle.h, candle.l, candle.c, candle.v, candle.qv, String(candle.n), candle.buy].map(shortest),
      ].join(','),
    );
    expect(rows.map((row) => row.split(',').slice(0, 12).join(','))).toEqual(wanted);
  });

  test('the run hash is the same twice, from journal, from Parquet, and after the journal is gone', () => {
    const first = runJson<ReplayJson>(['replay', 's', ...strategy]);
    expect(first.tapeDigests).toEqual([digest]);
    expect(first.frames).toBe(expected.lines);
    expect(first.fills).toBeGreaterThan(0);
    expect(runJson<ReplayJson>(['replay', 's', ...strategy]).runHash).toBe(first.runHash);

    const sealed = runJson<{ tapeDigest: string; rows: number; parts: number }>(['seal', 's', '--data', data]);
    expect(sealed.tapeDigest).toBe(digest);
    expect(runJson(['seal', 's', '--data', data])).toEqual(sealed);
    const verified = runJson<{ ok: boolean; tapeDigest: string; problems: unknown[] }>(['verify', 's', '--data', data]);
    expect(verified).toMatchObject({ ok: true, tapeDigest: digest, problems: [] });
    expect(runJson<ReplayJson>(['replay', 's', ...strategy, '--from', 'parquet']).runHash).toBe(first.runHash);

    renameSync(join(data, 'sessions'), join(data, 'sessions-away'));
    expect(runJson<ReplayJson>(['replay', 's', ...strategy]).runHash).toBe(first.runHash);
    expect(runJson(['verify', 's', '--data', data])).toMatchObject({ ok: true, tapeDigest: digest });
    expect(runJson<InspectJson>(['inspect', 's', '--data', data]).tapeDigest).toBe(digest);
    renameSync(join(data, 'sessions-away'), join(data, 'sessions'));
  });

  test('the run hash differs when a parameter, a model, a risk limit or the lateness differs', () => {
    const hash = (...args: string[]): string => runJson<ReplayJson>(['replay', 's', ...strategy, ...args]).runHash;
    const hashes = [
      hash(),
      hash('--set', 'levels=6'),
      hash('--set', 'entry=0.61'),
      hash('--risk', 'stopLoss.percent=1'),
      hash('--risk', 'stopLoss.percent=1.1'),
      hash('--model', 'latency.orderUs=11000'),
      hash('--lateness', '3s'),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});

describe.skipIf(kiwoomFile === undefined)('the Kiwoom capture', () => {
  const data = mkdtempSync(join(tmpdir(), 'tapedeck-acceptance-'));

  beforeAll(() => {
    const args = ['import', kiwoomFile!, '--format', 'jsonl', '--venue', 'kiwoom', '--session', 'kw', '--data', data];
    expect(runJson<{ frames: unknown }>(args).frames).toEqual({ in: 77, out: 2 });
  });

  afterAll(() => rmSync(data, { recursive: true, force: true }));

  test('every row of a batched frame comes out, and the volume audit names what the tape misses', () => {
    const report = runJson<InspectJson>(['inspect', 'kw', '--data', data]);
    const trades = report.channels.find((row) => row.channel === '0B')!;
    expect(trades.frames).toBe(70);
    expect(report.events.trade).toBe(87);
    expect(report.events.notice).toBe(2);
    expect(report.decodeFailures).toBe(0);
    expect(report.volumeAudit).toHaveLength(1);
    expect(report.volumeAudit[0]).toMatchObject({ symbol: '005930', venueTotal: 9103, seen: 4836, missing: 4267 });
    expect(report.gaps).toEqual([]);
  });

  test('minute candles by venue time wait for late rows, and without lateness the two late rows are counted as late', () => {
    const candles = (...args: string[]): string[][] => {
      const { stdout } = runCli(['export', 'kw', '--table', 'candles', '--interval', '1m', '--format', 'csv', '--data', data, ...args]);
      return stdout
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((row) => row.split(','));
    };
    const fields = (row: string[]): string[] => row.slice(4, 11);
    expect(candles().map(fields)).toEqual([
      ['257750', '258000', '257750', '258000', '1065', '274541500', '48'],
      ['257750', '258000', '257750', '258000', '3771', '972725500', '39'],
    ]);
    expect(candles('--lateness', '0').map((row) => row[8])).toEqual(['1059', '3771']);
    expect(runJson<InspectJson>(['inspect', 'kw', '--data', data, '--lateness', '0']).lateTrades).toBe(2);
    expect(runJson<InspectJson>(['inspect', 'kw', '--data', data]).lateTrades).toBe(0);
  });

  test('one payload byte that reaches a decision changes the run hash', () => {
    const text = runCli(['export', 'kw', '--table', 'trades', '--format', 'csv', '--data', data]).stdout;
    expect(text.split('\n')[0]).toBe(
      'venue,symbol,received_at,venue_time,sequence,row,price,size,side,trade_id,cumulative_volume,condition',
    );
    const changed = join(data, 'changed.jsonl');
    writeFileSync(changed, gunzip(kiwoomFile!).replace('\\"15\\":\\"-19\\"', '\\"15\\":\\"-18\\"'));
    runJson(['import', changed, '--format', 'jsonl', '--venue', 'kiwoom', '--session', 'changed', '--data', data]);
    const hash = (session: string): string => runJson<ReplayJson>(['replay', session, '--strategy', 'sma-cross', '--data', data]).runHash;
    expect(hash('changed')).not.toBe(hash('kw'));
  });
});

/** The shortest decimal text of a decimal: `12.43238000` is `12.43238`. */
function shortest(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function gunzip(file: string): string {
  return gunzipSync(readFileSync(file)).toString();
}
