import { createReadStream } from 'node:fs';

/**
 * The lines of a UTF-8 file, without their ends; of its first `bytes` where that is told. A last line without an end counts.
 * Not `readline`: it also breaks lines at U+2028, which JSON texts may hold.
 */
export async function* readTextLines(path: string, bytes = Number.POSITIVE_INFINITY): AsyncGenerator<string> {
  if (bytes === 0) return;
  let rest = '';
  for await (const chunk of createReadStream(path, { encoding: 'utf8', end: bytes - 1 })) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
