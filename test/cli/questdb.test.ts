import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordSyntheticSession } from '#replay';
import { JournalWriter } from '#storage';
import { runCli, runJson, sharedData } from '../acceptance/cli.ts';
import { type QuestServer, questAbsence } from '../fixtures/quest-server.ts';
import { sharedQuestServer } from '../fixtures/shared-quest-server.ts';
import { appendAll, someRecords } from '../storage/journal-fixtures.ts';
import { temporaryFolder } from './bars-session.ts';
import { CliProcess } from './cli-process.ts';

// `tapedeck questdb`, and the verbs that read from there, as processes beside a real server.

const START_US = Date.UTC(2026, 8, 10, 0, 0) * 1000; // 09:00 in Seoul, a Thursday
const MINUTE_US = 60_000_000;

interface ReplayJson {
  readonly runHash: string;
  readonly tapeDigests: readonly string[];
  readonly orders: number;
}

const spotFile = sharedData('binance/spot_btcusdt_20240808.txt.gz');
const kiwoomFile = sharedData('kiwoom/intraday.jsonl.gz');
const hasKiwoom = kiwoomFile !== undefined;
if (spotFile === undefined || !hasKiwoom)
  process.stderr.write('skipped: the recorded captures are not beside the project (../shared/data)\n');

describe.skipIf(questAbsence !== undefined)('tapedeck questdb', () => {
  const server = sharedQuestServer();
  const removals: (() => void)[] = [];
  const data = temporaryFolder((remove) => removals.push(remove));
  let quest: QuestServer;

  beforeAll(async () => {
    quest = await server();
    const kis = await JournalWriter.create(data, 'kis');
    await recordSyntheticSession({ seed: 3, venues: ['kis'], startUs: START_US, durationUs: 5 * MINUTE_US }, kis);
    await kis.close();
    const spot = sharedData('binance/spot_btcusdt_20240808.txt.gz');
    if (spot !== undefined)
      runJson(['import', spot, '--format', 'ns-lines', '--venue', 'binance-spot', '--session', 'spot', '--data', data]);
    if (kiwoomFile !== undefined)
      runJson(['import', kiwoomFile, '--format', 'jsonl', '--venue', 'kiwoom', '--session', 'kw', '--data', data]);
  });
  afterAll(() => {
    for (const remove of removals) remove();
  });

  /** Where the server is, as a person would set it. */
  const variables = () => ({
    TAPEDECK_QUESTDB_HTTP: `127.0.0.1:${quest.address.http.port}`,
    TAPEDECK_QUESTDB_PG: `127.0.0.1:${quest.address.pg.port}`,
  });
  const run = (words: readonly string[]) => CliProcess.start([...words, '--data', data], variables()).end();

  async function json<T>(words: readonly string[], wantedCode = 0): Promise<T> {
    const { code, stdout, stderr } = await run([...words, '--json']);
    expect(code, stderr).toBe(wantedCode);
    return JSON.parse(stdout) as T;
  }

  test('sync copies all sessions of the folder, says so, and has nothing to do the second time', async () => {
    const { code, stdout, stderr } = await run(['questdb', 'sync']);
    expect([code, stderr]).toEqual([0, 'made table frames\n']);
    expect(stdout).toMatch(/^kis: [\d,]+ records in table frames, none missing \([\d,]+ rows sent\)$/m);
    const again = await json<{ session: string; rowsSent: number }[]>(['questdb', 'sync', 'kis']);
    expect(again).toMatchObject([{ session: 'kis', rowsSent: 0, isWhole: true }]);
  });

  test.each([
    ['KIS', 'kis', 'sma-cross', true],
    ['Kiwoom', 'kw', 'sma-cross', hasKiwoom],
    ['Binance', 'spot', 'book-imbalance', spotFile !== undefined],
  ])(
    'a %s tape has the same digest and gives the same run hash from QuestDB and from the journal',
    async (_, session, strategy, isHere) => {
      if (!isHere) return void process.stderr.write(`skipped: the recorded frames of ${session} are not beside the project\n`);
      const replay = (store: string) => json<ReplayJson>(['replay', session, '--strategy', strategy, '--interval', '10s', '--from', store]);
      const [journal, copy] = [await replay('journal'), await replay('questdb')];
      expect(copy.tapeDigests).toEqual(journal.tapeDigests);
      expect(copy.runHash).toBe(journal.runHash);
      const inspect = (store: string) => json(['inspect', session, '--from', store]);
      expect(await inspect('questdb')).toEqual(await inspect('journal'));
      const exported = (store: string) => run(['export', session, '--table', 'trades', '--from', store]);
      expect(await exported('questdb')).toEqual(await exported('journal'));
    },
  );

  test('a session can be read where there is only QuestDB', async () => {
    const here = await json<{ tapeDigest: string }>(['inspect', 'kis']);
    const empty = temporaryFolder((remove) => removals.push(remove));
    const elsewhere = CliProcess.start(['inspect', 'kis', '--from', 'questdb', '--json', '--data', empty], variables());
    const { code, stdout } = await elsewhere.end();
    expect([code, (JSON.parse(stdout) as { tapeDigest: string }).tapeDigest]).toEqual([0, here.tapeDigest]);
  });

  test('sync --follow copies what is being recorded, takes up a session that begins, and ends with 0 when it is stopped', async () => {
    const folder = temporaryFolder((remove) => removals.push(remove));
    const words = ['questdb', 'sync', '--follow', '--table', 'followed', '--data', folder];
    const copying = CliProcess.start(words, variables());
    const rows = async (session: string) =>
      (await quest.sql(`SELECT count() FROM followed WHERE session = '${session}'`).catch(() => []))[0]?.[0];
    for (const session of ['one', 'two']) {
      const writer = await JournalWriter.create(folder, session);
      appendAll(writer, someRecords(1_500, 1));
      await writer.flush();
      await copying.until(`1,500 rows of ${session}`, async () => (await rows(session)) === 1_500);
      appendAll(writer, someRecords(500, 2));
      if (session === 'one') await writer.close();
      else await writer.flush();
      await copying.until(`2,000 rows of ${session}`, async () => (await rows(session)) === 2_000);
      if (session === 'two') await writer.abandon();
    }
    await copying.until('the end of one', () => copying.stdout.includes('one: 2,000 records in table followed, none missing'));
    const { code, stdout } = await copying.kill('SIGTERM');
    expect([code, stdout]).toEqual([0, expect.stringContaining('two: 2,000 records in table followed so far, stopped')]);
  });

  test.skipIf(!hasKiwoom)('derive writes a table of each kind, the rows that export writes', async () => {
    const [derived] = await json<{ session: string; rows: Record<string, number> }[]>(['questdb', 'derive', 'kw', '--interval', '10s']);
    expect(Object.keys(derived!.rows)).toContain('books');
    expect(Object.keys(derived!.rows)).not.toContain('notices');
    for (const table of ['trades', 'candles']) {
      const { stdout } = await run(['export', 'kw', '--table', table, '--interval', '10s']);
      expect(derived!.rows[table], table).toBe(stdout.trimEnd().split('\n').length - 1);
    }
    expect(derived!.rows.trades).toBe(87);
    expect(await quest.sql('SELECT count() FROM trades')).toEqual([[87]]);
    const unknown = await run(['questdb', 'derive', 'kw', '--tables', 'trade']);
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('[TABLE_UNKNOWN]') });
    const changed = await run(['questdb', 'derive', 'kw', '--tables', 'candles', '--interval', '1m']);
    expect(changed).toMatchObject({ code: 3, stderr: expect.stringContaining('[QUESTDB_DERIVED_STALE]') });
  });

  test('doctor finds nothing wrong with what was copied, warns of what is unsafe, and ends with 3 when rows are missing', async () => {
    type Doctor = { findings: { level: string; what: string }[]; sessions: { session: string; rows: number; missing: unknown[] }[] };
    const well = await json<Doctor>(['questdb', 'doctor']);
    expect(well.findings.filter(({ level }) => level === 'problem')).toEqual([]);
    const warnings = well.findings.map(({ what }) => what).join('\n');
    for (const warned of ['password that everybody knows', 'no password', 'power cut']) expect(warnings).toContain(warned);
    expect(well.sessions.find(({ session }) => session === 'kis')?.missing).toEqual([]);

    const records = someRecords(90, 4).map((record, i) => ({
      ...record,
      receivedAtNs: BigInt(Math.floor(i / 30)) * 86_400_000_000_000n + BigInt(i),
    }));
    const folder = temporaryFolder((remove) => removals.push(remove));
    const writer = await JournalWriter.create(folder, 'torn');
    appendAll(writer, records);
    await writer.close();
    const words = (verb: string) => ['questdb', verb, '--table', 'torn', '--data', folder];
    expect((await CliProcess.start(words('sync'), variables()).end()).code).toBe(0);
    await quest.sql("ALTER TABLE torn DROP PARTITION LIST '1970-01-02'");
    const { code, stdout } = await CliProcess.start(words('doctor'), variables()).end();
    expect([code, stdout]).toEqual([3, expect.stringContaining('session torn has holes, the first at record 30')]);
    expect(stdout).toMatch(/^torn +60 +90 +30–59$/m);

    await quest.sql("ALTER TABLE torn SUSPEND WAL WITH 24, 'too many open files'");
    const suspended = await CliProcess.start(words('doctor'), variables()).end();
    expect(suspended.stdout).toContain('ALTER TABLE torn RESUME WAL');
  });

  test('a server that is not there, an address that is none, and a session that is none are told with their codes', async () => {
    const nowhere = ['--http', '127.0.0.1:1', '--pg', '127.0.0.1:1', '--data', data];
    expect(runCli(['questdb', 'doctor', ...nowhere])).toMatchObject({ code: 1, stderr: expect.stringContaining('[QUESTDB_UNREACHABLE]') });
    const impatient = runCli(['questdb', 'sync', 'kis', '--patience', '0', ...nowhere]);
    expect(impatient).toMatchObject({ code: 1, stderr: expect.stringContaining('[QUESTDB_UNREACHABLE]') });
    expect(runCli(['questdb', 'sync', '--http', 'http://a:b@host:9000', '--data', data])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('[QUESTDB_ADDRESS_INVALID]'),
    });
    expect(await run(['questdb', 'sync', 'kiss'])).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean "kis"') });
    const unknown = await run(['replay', 'nobody', '--strategy', 'sma-cross', '--from', 'questdb']);
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('[QUESTDB_SESSION_UNKNOWN]') });
  });

  test('a session that cannot be copied does not keep the others from it, and is told by the exit code', async () => {
    const folder = temporaryFolder((remove) => removals.push(remove));
    for (const session of ['a', 'b', 'c']) {
      const writer = await JournalWriter.create(folder, session);
      const records = someRecords(50, 5);
      // A time that the server cannot hold.
      appendAll(writer, session === 'b' ? [{ ...records[0]!, receivedAtNs: (1n << 63n) - 1n }] : records);
      await writer.close();
    }
    const { code, stdout, stderr } = await CliProcess.start(['questdb', 'sync', '--table', 'mixed', '--data', folder], variables()).end();
    expect([code, stderr]).toEqual([1, expect.stringContaining('[QUESTDB_TIME_RANGE]; other sessions go on')]);
    expect(stdout).toMatch(/^a: 50 records .*\nc: 50 records /);
  });

  test('a copy of a session that the journal does not confirm is not replayed', async () => {
    const folder = temporaryFolder((remove) => removals.push(remove));
    const write = async (seed: number, count: number) => {
      const writer = await JournalWriter.create(folder, 'changed');
      appendAll(writer, someRecords(count, seed));
      await writer.close();
    };
    await write(1, 100);
    const words = ['--data', folder];
    expect((await CliProcess.start(['questdb', 'sync', ...words], variables()).end()).code).toBe(0);
    for (const [count, code] of [
      [100, 'QUESTDB_CORRUPT'],
      [101, 'QUESTDB_INCOMPLETE'],
    ] as const) {
      rmSync(`${folder}/sessions/changed`, { recursive: true });
      await write(2, count);
      const read = await CliProcess.start(['inspect', 'changed', '--from', 'questdb', ...words], variables()).end();
      expect(read).toMatchObject({ code: 3, stderr: expect.stringContaining(`[${code}]`) });
    }
  });
});
