import { assert } from '#domain';

/**
 * The text of the number that member `name` has in a JSON object, as it was written: `JSON.parse` rounds above 2^53, and
 * nanoseconds are above it. `source` is valid JSON, an object, and the member is a number; the last one counts when a name repeats.
 */
export function topLevelNumber(source: string, name: string): string {
  let found = '';
  let at = skipSpace(source, source.indexOf('{') + 1);
  while (source[at] === '"') {
    const keyEnd = stringEnd(source, at);
    const key: unknown = JSON.parse(source.slice(at, keyEnd));
    const valueStart = skipSpace(source, skipSpace(source, keyEnd) + 1);
    const end = valueEnd(source, valueStart);
    if (key === name) found = source.slice(valueStart, end).trimEnd();
    at = source[end] === ',' ? skipSpace(source, end + 1) : end;
  }
  assert(found !== '', `a JSON object was said to have a number "${name}"`);
  return found;
}

/** The index of the comma or brace that follows the value at `start`. */
function valueEnd(source: string, start: number): number {
  let depth = 0;
  let at = start;
  for (;;) {
    const character = source[at];
    assert(character !== undefined, 'valid JSON closes every bracket');
    if (character === '"') {
      at = stringEnd(source, at);
      continue;
    }
    if (depth === 0 && (character === ',' || character === '}')) return at;
    if (character === '{' || character === '[') depth += 1;
    if (character === '}' || character === ']') depth -= 1;
    at += 1;
  }
}

/** The index after the closing quote of the string that opens at `start`. */
function stringEnd(source: string, start: number): number {
  let at = start + 1;
  while (source[at] !== '"') at += source[at] === '\\' ? 2 : 1;
  return at + 1;
}

function skipSpace(source: string, start: number): number {
  let at = start;
  while (source[at] === ' ' || source[at] === '\t' || source[at] === '\n' || source[at] === '\r') at += 1;
  return at;
}
