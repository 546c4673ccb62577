import { Sender } from '@questdb/nodejs-client';
import { TapeRecord } from '#domain';
import { systemClock } from '#recorder';
import { JournalTape, JournalWriter, openQuestTape, type QuestAddress, recordSource, syncFrames } from '#storage';
import { channelLabel } from '#venues';

// One case of the bench of QuestDB in a process of its own; prints one JSON line.

export interface CaseOrder {
  readonly kind: 'sync' | 'client' | 'read' | 'append';
  readonly dataDir: string;
  readonly session: string;
  readonly table: string;
  readonly server: QuestAddress;
}

export interface CaseResult {
  readonly rows: number;
  readonly elapsedMs: number;
  readonly cpuMs: number;
  readonly peakRssMb: number;
  readonly digest?: string;
  /** Microseconds from an append to its place on disk, the median and the 99th of a hundred. */
  readonly latencyUs?: readonly [number, number];
}

const CLIENT_BATCH_ROWS = 10_000;
/** Rows that the published client is given: its rate does not depend on how many there are. */
const CLIENT_ROWS = 200_000;
const APPENDS = 60_000;
const APPENDS_PER_TICK = 100;
const TICK_MS = 10;

async function sync({ dataDir, session, table, server }: CaseOrder): Promise<number> {
  const { source } = await recordSource(dataDir, session, { follow: true });
  const clock = systemClock();
  return (await syncFrames({ dataDir, session, source, server, table, channelOf: channelLabel, clock, patienceMs: 60_000 })).records;
}

async function client({ dataDir, session, table, server }: CaseOrder): Promise<number> {
  const { host, port } = server.http;
  const sender = await Sender.fromConfig(`http::addr=${host}:${port};auto_flush=off;stdlib_http=on;protocol_version=2;`, {
    log: () => undefined,
  });
  const tape = await JournalTape.open(dataDir, session);
  const record = new TapeRecord();
  let last = -1n;
  let rows = 0;
  for await (const batch of tape.batches()) {
    while (rows < CLIENT_ROWS && batch.next(record)) {
      const { receivedAtNs } = record;
      last = receivedAtNs > last ? receivedAtNs : last + 1n;
      sender.table(table).symbol('session', session).symbol('venue', record.venue).symbol('connection', record.connection);
      sender.symbol('kind', record.kind).symbol('channel', channelLabel(record)).intColumn('seq', record.sequence);
      sender.timestampColumn('received', receivedAtNs, 'ns').timestampColumn('mono', record.monotonicNs, 'ns');
      const payload = record.payload();
      sender.stringColumn('payload', Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('latin1'));
      await sender.at(last, 'ns');
      rows += 1;
      if (rows % CLIENT_BATCH_ROWS === 0) await sender.flush();
    }
    if (rows === CLIENT_ROWS) break;
  }
  await sender.flush();
  return rows;
}

/** Steady appends as a recorder makes them; how long each tick's records took to be durable. */
async function append({ dataDir, session }: CaseOrder): Promise<{ readonly rows: number; readonly latencyUs: readonly [number, number] }> {
  const writer = await JournalWriter.create(dataDir, session);
  const clock = systemClock();
  const payload = new Uint8Array(250).fill(0x61);
  const latencies: number[] = [];
  const waiting: Promise<void>[] = [];
  for (let done = 0; done < APPENDS; done += APPENDS_PER_TICK) {
    const startedAtMs = performance.now();
    for (let i = 0; i < APPENDS_PER_TICK; i++)
      writer.append(clock.wallNs(), clock.monotonicNs(), 'bench', '1', 'frame-in', '', payload, 0, payload.length);
    waiting.push(writer.flush().then(() => void latencies.push(1000 * (performance.now() - startedAtMs))));
    await clock.sleep(TICK_MS);
  }
  await Promise.all(waiting);
  await writer.close();
  latencies.sort((a, b) => a - b);
  const at = (share: number) => Math.round(latencies[Math.floor(share * (latencies.length - 1))]!);
  return { rows: APPENDS, latencyUs: [at(0.5), at(0.99)] };
}

async function main(order: CaseOrder): Promise<void> {
  const startedAtMs = performance.now();
  const cpuBefore = process.cpuUsage();
  let found: Partial<CaseResult> & { readonly rows: number };
  if (order.kind === 'sync') found = { rows: await sync(order) };
  else if (order.kind === 'client') found = { rows: await client(order) };
  else if (order.kind === 'append') found = await append(order);
  else {
    const tape = await openQuestTape(order.server, order.session, { table: order.table });
    found = { digest: await tape.digest(), rows: tape.records };
  }
  const elapsedMs = performance.now() - startedAtMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  const peakRssMb = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(`${JSON.stringify({ ...found, elapsedMs, cpuMs: (user + system) / 1000, peakRssMb } satisfies CaseResult)}\n`);
}

await main(JSON.parse(process.argv[2]!) as CaseOrder);
