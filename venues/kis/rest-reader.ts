import type { EventSink, TapeRecord } from '#domain';
import type { DriftNotes } from '../drift-notes.ts';
import { BarBodies, isBarRequest } from './bar-body.ts';
import { BoardBodies, isBoard } from './board-body.ts';
import { type JsonObject, parseObjectBytes, textMember } from './json-object.ts';
import { KnownInstruments } from './known-instruments.ts';
import { isMaster, sayMaster } from './master-body.ts';
import { isQuote, sayQuote } from './quote-body.ts';
import { type RestQuestion, readQuestion } from './rest-request.ts';
import type { RestContext } from './rest-row.ts';
import type { VenueSymbols } from './venue-symbols.ts';

/** Calls for keys and tokens: their answers are the recorder's business. */
const GRANTS: ReadonlySet<string> = new Set(['token', 'approval', 'revoke']);

/**
 * Reads REST bodies by the request that the record's meta names. A body of a request that is not decoded, or without a meta, is undecoded; a
 * refusal is drift, so that it is counted and named in the report.
 */
export class RestReader {
  readonly #context: RestContext;
  readonly #bars: BarBodies;
  readonly #boards: BoardBodies;
  #lastMeta = '';
  #lastQuestion = readQuestion('');

  constructor(sink: EventSink, drifts: DriftNotes, symbols: VenueSymbols) {
    this.#context = { sink, drifts, symbols, instruments: new KnownInstruments(sink, symbols) };
    this.#bars = new BarBodies(this.#context);
    this.#boards = new BoardBodies(this.#context);
  }

  say(record: TapeRecord): void {
    const question = this.#questionOf(record.meta);
    const { endpoint, trId, status } = question;
    if (GRANTS.has(endpoint)) return;
    if (isMaster(endpoint)) {
      if (status < 300) sayMaster(this.#context, endpoint, record.payload());
      else this.#context.drifts.note(endpoint, `HTTP status ${status}`);
      return;
    }
    const isDecoded = isBarRequest(trId) || isBoard(trId) || isQuote(trId);
    if (!isDecoded) {
      this.#context.sink.undecoded(trId === '' ? endpoint : trId);
      return;
    }
    const body = parseObjectBytes(record.payload());
    if (this.#isRefused(question, body)) return;
    if (body === undefined) this.#context.sink.decodeFailure(trId, 'the body is no JSON object');
    else this.#sayBody(question, body, record.receivedAtUs);
  }

  #sayBody(question: RestQuestion, body: JsonObject, receivedAtUs: number): void {
    const { trId, symbol } = question;
    if (isBoard(trId)) this.#boards.say(trId, body);
    else if (symbol === '') this.#context.sink.decodeFailure(trId, 'the meta of the record names no symbol');
    else if (isBarRequest(trId)) this.#bars.say(question, body, receivedAtUs);
    else sayQuote(this.#context, question, body, receivedAtUs);
  }

  /** `rt_cd` is 0 for an answer; the gateway says `error_code` instead. */
  #isRefused({ trId, status }: RestQuestion, body: JsonObject | undefined): boolean {
    const result = body === undefined ? '' : textMember(body, 'rt_cd');
    const error = body === undefined ? '' : textMember(body, 'error_code');
    if (status < 300 && error === '' && (result === '' || result === '0')) return false;
    const code = error || (body === undefined ? '' : textMember(body, 'msg_cd')) || `HTTP status ${status}`;
    const message = body === undefined ? '' : (textMember(body, 'error_description') || textMember(body, 'msg1')).trim();
    this.#context.drifts.note(trId, message === '' ? code : `${code}: ${message}`);
    return true;
  }

  #questionOf(meta: string): RestQuestion {
    if (meta !== this.#lastMeta) {
      this.#lastMeta = meta;
      this.#lastQuestion = readQuestion(meta);
    }
    return this.#lastQuestion;
  }
}
