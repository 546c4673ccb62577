import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { isoNanoseconds } from '#domain';
import { type Capture, readFrames } from './captures.ts';

/** Its dates have seven digits after the second and 28 characters in all. */
const DATE_LENGTH = 28;

/** A capture as a plain file in the layout of tardis-dev: a date, a space, the frame, a line feed. */
export async function writeTardisText(capture: Capture, file: string): Promise<void> {
  const { count, bytes, starts, ends, receivedAtNs } = readFrames(capture);
  const out = createWriteStream(file);
  for (let i = 0; i < count; i++) {
    const line = Buffer.concat([Buffer.from(`${dateOf(receivedAtNs[i]!)} `), bytes.subarray(starts[i], ends[i]), Buffer.from('\n')]);
    if (!out.write(line)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}

function dateOf(nanoseconds: bigint): string {
  const [seconds = '', fraction = ''] = isoNanoseconds(nanoseconds).replace('Z', '').split('.');
  const date = `${seconds}.${fraction.padEnd(9, '0').slice(0, 7)}Z`;
  if (date.length !== DATE_LENGTH) throw new Error(`"${date}" has ${date.length} characters, expected ${DATE_LENGTH}`);
  return date;
}
