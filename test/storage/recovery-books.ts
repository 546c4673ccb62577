import type { JournalCut } from '../../storage/journal-recovery.ts';
import { segmentNumber } from '../../storage/session-paths.ts';

/**
 * Books of one recovery: every byte that was in a segment before is in it still, or in a file set aside that a cut names; nothing
 * else was cut. Throws where they do not balance.
 */
export function checkCuts(
  before: ReadonlyMap<string, Uint8Array>,
  after: ReadonlyMap<string, Uint8Array>,
  cuts: readonly JournalCut[],
): void {
  for (const [name, bytes] of before) {
    if (name.includes('.torn-') && !name.endsWith('.tmp') && !isKept(after.get(name), bytes))
      throw new Error(`${name} was set aside, and is gone`);
    if (segmentNumber(name) === undefined) continue;
    const cut = cuts.find((candidate) => candidate.file === name);
    const offset = cut?.offset ?? bytes.length;
    const kept = after.get(name) ?? new Uint8Array(0);
    if (Buffer.compare(kept.subarray(0, offset), bytes.subarray(0, offset)) !== 0) throw new Error(`${name} lost bytes that no cut names`);
    if (cut === undefined) continue;
    if (cut.bytes !== bytes.length - offset)
      throw new Error(`a cut names ${cut.bytes} bytes of ${name}, ${bytes.length - offset} were cut`);
    if (!hasAside(after, `${name}.torn-${offset}`, bytes.subarray(offset))) throw new Error(`bytes cut from ${name} were not kept`);
  }
  for (const cut of cuts) if (!before.has(cut.file)) throw new Error(`a cut names ${cut.file}, which was not there`);
}

function isKept(found: Uint8Array | undefined, bytes: Uint8Array): boolean {
  return found !== undefined && Buffer.compare(found, bytes) === 0;
}

/** One of `name`, `name.2`, … holds exactly these bytes. */
function hasAside(files: ReadonlyMap<string, Uint8Array>, name: string, bytes: Uint8Array): boolean {
  return [...files].some(([path, found]) => path.startsWith(name) && Buffer.compare(found, bytes) === 0);
}
