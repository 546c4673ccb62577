import type { EventSink, TapeRecord } from '#domain';
import { isAccepted, isReply, parseReply } from './reply.ts';
import type { RowSymbols } from './row-reader.ts';
import { isStockInformation, sayStockInformation } from './stock-information.ts';

/** Token calls: their answers are the recorder's business, only a refusal is worth a word. */
const TOKEN_CALLS: ReadonlySet<string> = new Set(['au10001', 'au10002']);

/** Reads REST bodies by the call that the record's `meta` names (`{"apiId":"ka10099", …}`); a body without one is undecoded. */
export class RestReader {
  readonly #sink: EventSink;
  readonly #symbols: RowSymbols;
  // Polls repeat the same meta for hours.
  #lastMeta = '';
  #lastApiId = '';

  constructor(sink: EventSink, symbols: RowSymbols) {
    this.#sink = sink;
    this.#symbols = symbols;
  }

  say(record: TapeRecord): void {
    const apiId = this.#apiIdOf(record.meta);
    if (apiId === '') {
      this.#sink.undecoded('');
      return;
    }
    const isDecoded = isStockInformation(apiId);
    const reply = parseReply(record.payload());
    if (reply === undefined) {
      if (isDecoded) this.#sink.decodeFailure(apiId, 'the body is no JSON object');
      else this.#sink.undecoded(apiId);
      return;
    }
    const isKnown = isDecoded || TOKEN_CALLS.has(apiId);
    if (isAccepted(this.#sink, apiId, reply, isKnown) && isDecoded) sayStockInformation(this.#sink, this.#symbols, apiId, reply);
  }

  #apiIdOf(meta: string): string {
    if (meta !== this.#lastMeta) {
      this.#lastMeta = meta;
      this.#lastApiId = apiIdOf(meta);
    }
    return this.#lastApiId;
  }
}

function apiIdOf(meta: string): string {
  try {
    const value: unknown = JSON.parse(meta);
    return isReply(value) && typeof value.apiId === 'string' ? value.apiId : '';
  } catch {
    return ''; // an empty meta, or none of ours
  }
}
