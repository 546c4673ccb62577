import { describe, expect, test } from 'vitest';
import { questAbsence } from '../../fixtures/quest-server.ts';
import { sharedQuestServer } from '../../fixtures/shared-quest-server.ts';

describe.skipIf(questAbsence !== undefined)('a statement', () => {
  const server = sharedQuestServer();

  test('over a table that is not there may be tried again; one that the server does not understand is an error', async () => {
    const quest = await server();
    for (const statement of ['SELECT count() FROM nothing', 'SHOW COLUMNS FROM nothing'])
      await expect(quest.sql(statement), statement).rejects.toMatchObject({ name: 'QuestTrouble', trouble: 'replaced' });
    await quest.sql('CREATE TABLE dropped (ts TIMESTAMP) TIMESTAMP(ts) PARTITION BY DAY WAL');
    await quest.sql('DROP TABLE dropped');
    await expect(quest.sql('SELECT count() FROM dropped')).rejects.toMatchObject({ trouble: 'replaced' });
    await expect(quest.sql('SELECT no_such(1)')).rejects.toMatchObject({ code: 'QUESTDB_SQL', exitCode: 1 });
    await expect(quest.sql('SELECT 1 FROM FROM')).rejects.toMatchObject({ code: 'QUESTDB_SQL' });
  });
});
