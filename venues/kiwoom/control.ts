import type { EventSink } from '#domain';

const RETURN_CODE = /^ *-?\d{1,12} *$/;

const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Says what a control frame (bytes that are the valid JSON text of an object) means. Acknowledged logins and registrations and PING say nothing;
 * a refusal and every SYSTEM notice is drift, so that it is counted and named in the report. They are rare: `JSON.parse` will do.
 */
export function sayControl(sink: EventSink, bytes: Uint8Array): void {
  const frame: { readonly [key: string]: unknown } = JSON.parse(DECODER.decode(bytes));
  const { trnm } = frame;
  if (trnm === undefined) {
    // A REST body in an imported file: known to be Kiwoom's, not read yet.
    sink.undecoded('');
  } else if (typeof trnm !== 'string') {
    sink.decodeFailure('', 'trnm: expected a text');
  } else {
    sayFrame(sink, trnm, frame);
  }
}

function sayFrame(sink: EventSink, trnm: string, frame: { readonly [key: string]: unknown }): void {
  switch (trnm) {
    case 'PING':
      return;
    case 'SYSTEM':
      saySystem(sink, frame);
      return;
    default:
      sayReply(sink, trnm, frame);
  }
}

function saySystem(sink: EventSink, frame: { readonly [key: string]: unknown }): void {
  if (typeof frame.code === 'string') sink.drift('SYSTEM', `code ${frame.code}: ${textOf(frame.message)}`);
  else sink.decodeFailure('SYSTEM', 'code: expected a text');
}

function sayReply(sink: EventSink, trnm: string, frame: { readonly [key: string]: unknown }): void {
  const isDecoded = trnm === 'LOGIN' || trnm === 'REG' || trnm === 'REMOVE';
  const code = returnCode(frame.return_code);
  if (Number.isNaN(code)) {
    if (isDecoded) sink.decodeFailure(trnm, 'return_code: expected a whole number');
    else sink.undecoded(trnm);
  } else if (code !== 0) {
    sink.drift(trnm, `return_code ${code}: ${textOf(frame.return_msg)}`);
  } else if (!isDecoded) {
    sink.undecoded(trnm);
  }
}

/** A number, or its digits as a text; NaN for anything else. */
function returnCode(value: unknown): number {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : Number.NaN;
  return typeof value === 'string' && RETURN_CODE.test(value) ? Number(value) : Number.NaN;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
