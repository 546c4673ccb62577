import { type TapedeckError, usageError } from '#domain';
import { type Disk, nodeDisk } from './journal-disk.ts';
import { isSessionName, parquetRoot, sessionsDir } from './session-paths.ts';

const NEAR_NAMES_MAX = 5;
const SEALED_FOLDER = /^session=(.+)$/;

/** Names of all sessions that have a journal or a sealed copy, in code unit order. */
export async function sessionNames(dataDir: string, disk: Disk = nodeDisk): Promise<string[]> {
  const names = new Set(await disk.list(sessionsDir(dataDir)));
  for (const folder of await disk.list(parquetRoot(dataDir))) {
    const sealed = SEALED_FOLDER.exec(folder)?.[1];
    if (sealed !== undefined) names.add(sealed);
  }
  return [...names].filter(isSessionName).sort();
}

/** `SESSION_UNKNOWN` (exit code 2), naming the sessions whose names are nearest. */
export async function unknownSession(dataDir: string, session: string, disk: Disk = nodeDisk): Promise<TapedeckError> {
  const names = await sessionNames(dataDir, disk);
  if (names.includes(session)) {
    return usageError(
      'SESSION_UNKNOWN',
      `session "${session}" has no journal in ${dataDir}, only a sealed copy; read it with --from parquet`,
    );
  }
  const near = nearest(session, names);
  const hint =
    near.length > 0 ? `did you mean ${near.map((name) => `"${name}"`).join(', ')}?` : 'there are no sessions yet; record or import one';
  return usageError('SESSION_UNKNOWN', `there is no session "${session}" in ${dataDir}: ${hint}`);
}

/** The names with the fewest edits from `wanted`, nearest first, ties in the order given. */
export function nearest(wanted: string, names: readonly string[]): string[] {
  return names
    .map((name, place) => ({ name, place, edits: editDistance(wanted.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits || a.place - b.place)
    .slice(0, NEAR_NAMES_MAX)
    .map((entry) => entry.name);
}

/** Levenshtein distance: insertions, deletions and replacements of single characters. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, previous[j]! + 1, row[j - 1]! + 1));
    }
    previous = row;
  }
  return previous[b.length]!;
}
