import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { JournalWriter } from '../../../storage/journal-writer.ts';
import type { SyncNews } from '../../../storage/questdb/frame-sync.ts';
import { createStatement, framesTable } from '../../../storage/questdb/frames-schema.ts';
import { openQuestTape } from '../../../storage/questdb/quest-tape.ts';
import { type QuestServer, questAbsence } from '../../fixtures/quest-server.ts';
import { sharedQuestServer } from '../../fixtures/shared-quest-server.ts';
import { checkSeedsAsync, type Random } from '../../seeds.ts';
import { aDataDir, appendAll, someRecords, writeSession } from '../journal-fixtures.ts';
import { MemoryDisk } from '../memory-disk.ts';
import { syncSession } from './sync-desk.ts';

const KILL_SEEDS = 20;
const RECORDS = 12_000;
const BATCH_ROWS = 250;

type Fault = 'kill' | 'suspend' | 'replace';

describe.skipIf(questAbsence !== undefined)('a copy to QuestDB', () => {
  const server = sharedQuestServer();

  const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  async function expectWhole(quest: QuestServer, table: string, tapeDigest: string, records: number): Promise<void> {
    expect(await quest.sql(`SELECT count(), max(seq) FROM ${table}`)).toEqual([[records, records - 1]]);
    expect(await (await openQuestTape(quest.address, 's', { table })).digest()).toBe(tapeDigest);
  }

  /** Does to the server, or the table, what a fault names, and mends it again. */
  async function doFault(quest: QuestServer, fault: Fault, table: string): Promise<void> {
    if (fault === 'kill') {
      await quest.kill();
      await quest.start();
    } else if (fault === 'suspend') {
      await quest.sql(`ALTER TABLE ${table} SUSPEND WAL WITH 24, 'too many open files'`);
      await pause(100);
      await quest.sql(`ALTER TABLE ${table} RESUME WAL`);
    } else {
      await quest.sql(`DROP TABLE ${table}`);
      await quest.sql(createStatement(framesTable(table)));
    }
  }

  /** Copies a session while faults come at random instants; each comes after a random number of acknowledged batches. */
  async function checkFaults(random: Random, faults: readonly Fault[], table: string): Promise<void> {
    const quest = await server();
    const dataDir = aDataDir();
    const closed = await writeSession(dataDir, 's', someRecords(RECORDS, random.seed));
    const waiting = faults.map((fault) => ({
      fault,
      atRecord: random.integer(0, RECORDS - 5 * BATCH_ROWS),
      delayMs: random.integer(0, 20),
    }));
    // One fault at a time: one that is due while another is under way comes right after it.
    let work = Promise.resolve();
    const onProgress = (records: number) => {
      const next = waiting[0];
      if (next === undefined || records < next.atRecord) return;
      waiting.shift();
      work = work.then(() => pause(next.delayMs)).then(() => doFault(quest, next.fault, table));
    };
    const result = await syncSession(quest, dataDir, 's', { table, batchRowsMax: BATCH_ROWS, onProgress });
    // A fault may still be under way when the last row is there; after a drop the copy is made again.
    await work;
    expect(result.isWhole).toBe(true);
    await syncSession(quest, dataDir, 's', { table });
    await expectWhole(quest, table, closed.tapeDigest, RECORDS);
    expect(waiting).toEqual([]);
  }

  test(`is whole, with nothing twice, after SIGKILL at random instants (${KILL_SEEDS} seeds, some with a table suspended or replaced)`, async () => {
    await checkSeedsAsync(KILL_SEEDS, async (random) => {
      const others: readonly (readonly Fault[])[] = [['kill'], ['kill', 'suspend'], ['replace', 'kill'], ['kill', 'kill']];
      await checkFaults(random, random.pick(others), `killed_${random.seed}`);
    });
  });

  test('is whole after its table was dropped and made again under its connection (20 seeds)', async () => {
    await checkSeedsAsync(20, (random) => checkFaults(random, ['replace'], `replaced_${random.seed}`));
  });

  test('is whole after its table was suspended and resumed (10 seeds)', async () => {
    await checkSeedsAsync(10, (random) => checkFaults(random, ['suspend', 'suspend'], `suspended_${random.seed}`));
  });

  test('notices that a table was replaced between two batches, which the server acknowledges and loses', async () => {
    const quest = await server();
    const dataDir = aDataDir();
    const writer = await JournalWriter.create(dataDir, 's');
    const records = someRecords(600, 9);
    appendAll(writer, records.slice(0, 300));
    await writer.flush();
    const news: SyncNews[] = [];
    let isReplaced = false;
    let acknowledged = 0;
    const copying = syncSession(quest, dataDir, 's', {
      table: 'swapped',
      onNews: (one) => news.push(one),
      onProgress: (count) => {
        acknowledged = count;
      },
    });
    while (acknowledged < 300) await pause(20);
    await doFault(quest, 'replace', 'swapped');
    isReplaced = true;
    appendAll(writer, records.slice(300));
    const closed = await writer.close();
    expect(await copying).toMatchObject({ records: 600, isWhole: true, troubles: expect.toSatisfy((count: number) => count >= 1) });
    expect(isReplaced).toBe(true);
    expect(news).toContainEqual({ kind: 'started', sequence: 0, isRewind: true });
    await expectWhole(quest, 'swapped', closed.tapeDigest, 600);
  });

  test('waits for a suspended table, saying how to resume it, and gives up after its patience', async () => {
    const quest = await server();
    const dataDir = aDataDir();
    const closed = await writeSession(dataDir, 's', someRecords(1_000, 4));
    await quest.sql(createStatement(framesTable('held')));
    await quest.sql("ALTER TABLE held SUSPEND WAL WITH 24, 'too many open files'");
    const copy = syncSession(quest, dataDir, 's', { table: 'held', patienceMs: 1_000 });
    await expect(copy).rejects.toMatchObject({
      code: 'QUESTDB_UNREACHABLE',
      message: expect.stringContaining('ALTER TABLE held RESUME WAL'),
    });
    await expect(openQuestTape(quest.address, 's', { table: 'held' })).rejects.toMatchObject({ code: 'QUESTDB_SUSPENDED' });
    await quest.sql('ALTER TABLE held RESUME WAL');
    await syncSession(quest, dataDir, 's', { table: 'held' });
    await expectWhole(quest, 'held', closed.tapeDigest, 1_000);
  });

  test('gives up after its patience where nobody answers, and goes on when somebody does', async () => {
    const quest = await server();
    const dataDir = aDataDir();
    const closed = await writeSession(dataDir, 's', someRecords(500, 5));
    await quest.kill();
    const news: SyncNews[] = [];
    const copy = syncSession(quest, dataDir, 's', { table: 'later', patienceMs: 600, onNews: (one) => news.push(one) });
    await expect(copy).rejects.toMatchObject({ code: 'QUESTDB_UNREACHABLE', exitCode: 1 });
    expect(news).toMatchObject([{ kind: 'trouble', trouble: 'unreachable', retryMs: 250 }]);
    await quest.start();
    await syncSession(quest, dataDir, 's', { table: 'later' });
    await expectWhole(quest, 'later', closed.tapeDigest, 500);
  });

  test('made up after the server was down for a whole recording is whole', async () => {
    const quest = await server();
    const dataDir = aDataDir();
    await quest.kill();
    const records = someRecords(5_000, 8);
    const writer = await JournalWriter.create(dataDir, 's');
    const troubles: SyncNews[] = [];
    const copying = syncSession(quest, dataDir, 's', { table: 'night', onNews: (one) => troubles.push(one) });
    for (let from = 0; from < records.length; from += 1_000) {
      appendAll(writer, records.slice(from, from + 1_000));
      await writer.flush();
    }
    const closed = await writer.close();
    while (troubles.length === 0) await pause(20);
    await quest.start();
    expect(await copying).toMatchObject({ records: 5_000, isWhole: true });
    await expectWhole(quest, 'night', closed.tapeDigest, 5_000);
  });

  test('whose cursor cannot be written says so and loses nothing', async () => {
    const quest = await server();
    const dataDir = aDataDir();
    const closed = await writeSession(dataDir, 's', someRecords(2_000, 2));
    const disk = new MemoryDisk();
    let writes = 0;
    disk.fail = (operation) => (operation === 'write' && ++writes > 3 ? 'ENOSPC' : undefined);
    const copy = syncSession(quest, dataDir, 's', { table: 'full_disk', batchRowsMax: 100, disk });
    await expect(copy).rejects.toMatchObject({ code: 'JOURNAL_DISK_FULL' });
    disk.fail = () => undefined;
    await syncSession(quest, dataDir, 's', { table: 'full_disk', disk });
    await expectWhole(quest, 'full_disk', closed.tapeDigest, 2_000);
  });

  test.each([
    ['torn', (text: string) => text.slice(0, 40)],
    ['ahead of the table', (text: string) => text.replace(/"nextSequence": \d+/, '"nextSequence": 99999')],
    ['of another table', (text: string) => text.replace(/"tableId": \d+/, '"tableId": 987654')],
    ['empty', () => ''],
  ])('with a cursor that is %s goes by what the table shows', async (what, damage) => {
    const quest = await server();
    const dataDir = aDataDir();
    const table = `cursor_${what.replaceAll(' ', '_')}`;
    const closed = await writeSession(dataDir, 's', someRecords(1_500, 3));
    const disk = new MemoryDisk();
    const stop = new AbortController();
    await syncSession(quest, dataDir, 's', { table, batchRowsMax: 100, disk, signal: stop.signal, onProgress: () => stop.abort() });
    const path = [...disk.files.keys()].find((name) => name.endsWith(`${table}.json`))!;
    disk.put(path, new TextEncoder().encode(damage(new TextDecoder().decode(disk.get(path)))));
    await syncSession(quest, dataDir, 's', { table, disk });
    await expectWhole(quest, table, closed.tapeDigest, 1_500);
  });

  test('stops at a line that the server refuses and names its record', async () => {
    const quest = await server();
    const refusing = createServer((request, response) => {
      // Everything goes to the real server, until the second batch: that one is refused as it refuses a line.
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', async () => {
        const body = Buffer.concat(chunks);
        if (body.includes('seq=120i')) {
          response.writeHead(400).end(JSON.stringify({ code: 'invalid', message: 'error in line 21: no', line: 21 }));
          return;
        }
        const { host, port } = quest.address.http;
        const init = request.method === 'POST' ? { method: 'POST', body } : {};
        const answer = await fetch(`http://${host}:${port}${request.url}`, init);
        response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
      });
    });
    await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void refusing.close());
    const dataDir = aDataDir();
    await writeSession(dataDir, 's', someRecords(500, 6));
    const { port } = refusing.address() as AddressInfo;
    const address = { http: { host: '127.0.0.1', port }, pg: quest.address.pg };
    const copy = syncSession(quest, dataDir, 's', { table: 'refused', batchRowsMax: 100, server: address });
    await expect(copy).rejects.toMatchObject({
      code: 'QUESTDB_REFUSED',
      message: expect.stringContaining('refuses record 120 of session s'),
    });
    await expect.poll(() => quest.sql('SELECT count() FROM refused')).toEqual([[100]]);
  });
});
