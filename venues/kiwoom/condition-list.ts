import { isReply, type Reply } from './reply.ts';

const LISTED_MAX = 10;

/**
 * Why a search cannot be had, by the list of the account's searches (`[[seq, name], …]`); `undefined` when the list has it, or when the
 * list is of a form we do not know.
 */
export function missingCondition(list: Reply, seq: string): string | undefined {
  const { data = null } = list;
  if (data !== null && !Array.isArray(data)) return undefined;
  const rows = (data ?? []).map(conditionOf);
  if (rows.some((row) => row === undefined || row.seq === Number(seq))) return undefined;
  const known = rows.slice(0, LISTED_MAX).map((row) => `${row!.seq} ${row!.name}`);
  const has = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}${rows.length > LISTED_MAX ? ', …' : ''}`;
  return `the account has no condition search ${seq}; ${has} (they are made in the venue's HTS)`;
}

/** Numbers come blank padded (`2 `). */
function conditionOf(row: unknown): { readonly seq: number; readonly name: string } | undefined {
  const [seq, name] = Array.isArray(row) ? row : isReply(row) ? [row.seq, row.name] : [];
  if (typeof seq !== 'string' || !/^ *\d+ *$/.test(seq)) return undefined;
  return { seq: Number(seq), name: typeof name === 'string' ? name : '' };
}
