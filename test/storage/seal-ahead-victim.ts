import { JournalWriter } from '../../storage/journal-writer.ts';
import { SessionSeal } from '../../storage/seal.ts';
import { append, someRecords } from './journal-fixtures.ts';

// A recorder of `seal-ahead.test.ts` that seals ahead and is killed when a record goes into its part.

const [dataDir, session, killedAt] = process.argv.slice(2) as [string, string, string];
const writer = await JournalWriter.create(dataDir, session, { segmentBytesMax: 4000 });
let closed = 0;
writer.tellClosedSegments((segments) => {
  closed = segments;
});
const seal = new SessionSeal(session, {
  dataDir,
  partRowsMax: 40,
  channelOf: (record) => {
    if (record.sequence === Number(killedAt)) process.kill(process.pid, 'SIGKILL');
    return `c${record.payloadLength % 3}`;
  },
});
for (const record of someRecords(300)) {
  const taken = closed;
  append(writer, record);
  await writer.flush();
  if (closed > taken) await seal.takeSegments(closed);
}
