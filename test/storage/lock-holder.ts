import { TapedeckError } from '#domain';
import { JournalWriter } from '../../storage/journal-writer.ts';

// A second writer of `session-lock.test.ts`: takes the session by `create` or `reopen`, says so, and holds it until it is killed or its input ends.

const [how, dataDir, session] = process.argv.slice(2) as ['create' | 'reopen', string, string];
try {
  const writer = await JournalWriter[how](dataDir, session);
  writer.append(1n, 1n, 'v', 'c', 'frame-in', '', new Uint8Array(3), 0, 3);
  await writer.flush();
  process.stdout.write('writing\n');
  for await (const _ of process.stdin);
  await writer.abandon();
} catch (error) {
  if (!(error instanceof TapedeckError)) throw error;
  process.stdout.write(`${error.code}: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
