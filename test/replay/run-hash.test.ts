import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { RunIdentity } from '#domain';
import { RunHash } from '../../replay/run-hash.ts';
import { checkSeeds } from '../seeds.ts';

const IDENTITY: RunIdentity = {
  strategy: { name: '이동평균', sourceHash: 'abc', parameters: { size: 1 } },
  settings: { candles: ['1m'] },
  tapeDigests: ['d1', 'd2'],
};
const HEAD =
  '{"settings":{"candles":["1m"]},"strategy":{"name":"이동평균","parameters":{"size":1},"sourceHash":"abc"},"tapeDigests":["d1","d2"]}\n';

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

test('the hash is that of the identity and every line, each ended by a line feed', () => {
  const hash = new RunHash(IDENTITY);
  expect(hash.hex()).toBe(sha256(HEAD));
  hash.add('{"a":1}');
  hash.add('');
  expect(hash.hex()).toBe(sha256(`${HEAD}{"a":1}\n\n`));
});

test('lines of any length and alphabet hash as the one text they make, however often the hash is asked for', () =>
  checkSeeds(10, (random) => {
    const hash = new RunHash(IDENTITY);
    let text = HEAD;
    for (let i = random.integer(1, 60); i > 0; i--) {
      const piece = random.pick(['a', '{"price":1}', '삼성', '😀', '\u2028', '\ud800']);
      // Around the size of the buffer and past it, and small ones in between.
      const line = piece.repeat(random.pick([0, 1, 7, 900, 5_000, 21_845, 21_846, 65_535, 65_536, 70_000]));
      hash.add(line);
      text += `${line}\n`;
      if (random.integer(0, 9) === 0) expect(hash.hex()).toBe(sha256(text));
    }
    expect(hash.hex()).toBe(sha256(text));
  }));
