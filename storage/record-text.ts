/** A session has a few connections; a cache past this limit is emptied. */
const NAMES_MAX = 1024;
const NO_BYTES = new Uint8Array(0);
// The byte order mark is part of the text: a decoder that eats it would change the record.
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });
const ENCODER = new TextEncoder();

/** UTF-8 of the texts of records: the same few names and metas come again and again, and are encoded once. */
export class TextBytes {
  readonly #names = new Map<string, Uint8Array>();
  #lastMeta = '';
  #lastMetaBytes = NO_BYTES;

  name(text: string): Uint8Array {
    return this.#names.get(text) ?? this.#encodeName(text);
  }

  meta(text: string): Uint8Array {
    if (text === '') return NO_BYTES;
    if (text !== this.#lastMeta) {
      this.#lastMeta = text;
      this.#lastMetaBytes = ENCODER.encode(text);
    }
    return this.#lastMetaBytes;
  }

  #encodeName(text: string): Uint8Array {
    const bytes = ENCODER.encode(text);
    if (this.#names.size >= NAMES_MAX) this.#names.clear();
    this.#names.set(text, bytes);
    return bytes;
  }
}

interface KnownText {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** Strings of the texts of records: one seen before is found by its bytes, and no string is made. */
export class TextReader {
  readonly #knownMax: number;
  readonly #known: KnownText[] = [];
  #last: KnownText = { bytes: NO_BYTES, text: '' };

  /** Remembers at most `knownMax` texts: many for names, one for metas, which seldom come again later. */
  constructor(knownMax = NAMES_MAX) {
    this.#knownMax = knownMax;
  }

  read(bytes: Uint8Array, start: number, end: number): string {
    const last = this.#last;
    return sameBytes(last.bytes, bytes, start, end) ? last.text : this.#find(bytes, start, end);
  }

  #find(bytes: Uint8Array, start: number, end: number): string {
    for (const entry of this.#known) {
      if (sameBytes(entry.bytes, bytes, start, end)) {
        this.#last = entry;
        return entry.text;
      }
    }
    const entry = { bytes: bytes.slice(start, end), text: DECODER.decode(bytes.subarray(start, end)) };
    if (this.#known.length >= this.#knownMax) this.#known.length = 0;
    this.#known.push(entry);
    this.#last = entry;
    return entry.text;
  }
}

function sameBytes(known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let i = 0; i < known.length; i++) {
    if (known[i] !== bytes[start + i]) return false;
  }
  return true;
}
