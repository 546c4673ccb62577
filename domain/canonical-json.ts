/** What canonical JSON can hold; `bigint` is not among them: write it as a decimal string. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue | undefined };

/**
 * One text for one value: keys sorted by UTF-16 code unit, no spaces, numbers in the shortest form ECMAScript prints,
 * `undefined` members left out (the scheme of RFC 8785). Hashes and record `meta` are made of it.
 */
export function canonicalJson(value: JsonValue): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Error(`bug: canonical JSON has no ${value}`);
    return JSON.stringify(value);
  }
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(',')}}`;
}

function isArray(value: readonly JsonValue[] | { readonly [key: string]: JsonValue | undefined }): value is readonly JsonValue[] {
  return Array.isArray(value);
}
