import { JournalTape } from '../../storage/journal-tape.ts';
import { sealTape } from '../../storage/seal.ts';

// A seal of `seal.test.ts` that is killed at a record.

const [dataDir, session, killedAt] = process.argv.slice(2) as [string, string, string];
await sealTape(await JournalTape.open(dataDir, session), {
  dataDir,
  partRowsMax: 100,
  channelOf: (record) => {
    if (record.sequence === Number(killedAt)) process.kill(process.pid, 'SIGKILL');
    return '';
  },
});
