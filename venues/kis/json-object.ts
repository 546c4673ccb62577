/** Any JSON object, before it is known what it holds. */
export type JsonObject = { readonly [key: string]: unknown };

/** Broken UTF-8 reads as U+FFFD: the venue sends some around the auctions. */
const DECODER = new TextDecoder('utf-8');
const EMPTY: JsonObject = {};

/** The object that the text is; `undefined` for any other text. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined; // not JSON: the caller says what that means
  }
}

/** The object that the bytes are; `undefined` for any others. */
export function parseObjectBytes(bytes: Uint8Array): JsonObject | undefined {
  return parseObject(textOfBytes(bytes));
}

/** The bytes as text, whatever they are. */
export function textOfBytes(bytes: Uint8Array): string {
  return DECODER.decode(bytes);
}

/** The member, if it is a text; empty otherwise. */
export function textMember(object: JsonObject, name: string): string {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  return typeof value === 'string' ? value : '';
}

/** The member, if it is an object; an empty one otherwise. */
export function objectMember(object: JsonObject, name: string): JsonObject {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  return isObject(value) ? value : EMPTY;
}

/** The objects of the member, if it is a list; none otherwise. */
export function rowsMember(object: JsonObject, name: string): readonly JsonObject[] {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
