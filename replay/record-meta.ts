/** The members of a record's meta; a meta that is no JSON object says so under `reason`. */
export function parseMeta(meta: string): Readonly<Record<string, unknown>> {
  if (meta === '') return {};
  try {
    const value: unknown = JSON.parse(meta);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return { reason: `meta is no JSON: ${meta}` };
  }
}

/** A member as text; `fallback` for one that is absent or holds others. */
export function textOr(value: unknown, fallback: string): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : fallback;
}
