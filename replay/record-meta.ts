/** The members of a record's meta. */
export type RecordMeta = Readonly<Record<string, unknown>>;

export const NO_META: RecordMeta = {};

/** The members of a record's meta; a meta that is no JSON object says so under `reason`. */
export function parseMeta(meta: string): RecordMeta {
  if (meta === '') return NO_META;
  try {
    const value: unknown = JSON.parse(meta);
    return typeof value === 'object' && value !== null ? (value as RecordMeta) : NO_META;
  } catch {
    return { reason: `meta is no JSON: ${meta}` };
  }
}

/** A member as text; `fallback` for one that is absent or holds others. */
export function textOr(value: unknown, fallback: string): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : fallback;
}
