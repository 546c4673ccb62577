import { KST_OFFSET_US, nearestTimeOfDay } from '#domain';
import { timeOfDayUs } from './record-fields.ts';
import type { RowContext, RowSayer } from './row.ts';
import type { RowLayout } from './row-layout.ts';

/** `CNTG_YN` of a fill; 1 is an order, an amendment, a cancellation or a refusal. */
const FILLED = '2';
const SYMBOL_BYTES_MAX = 20;
const VISIBLE = /^[\x21-\x7e]+$/;

/**
 * Says one decrypted notice with every field's text as printed: prices keep their leading zeros and implied decimals. Our own orders
 * are rare, so this may make strings.
 */
export class NoticeRow implements RowSayer {
  readonly #context: RowContext;

  constructor(context: RowContext) {
    this.#context = context;
  }

  say(bytes: Uint8Array, layout: RowLayout, suffix: string, receivedAtUs: number): string {
    const { sink, fields, symbols } = this.#context;
    const symbol = fields.text(bytes, layout.symbol);
    if (!VISIBLE.test(symbol) || symbol.length > SYMBOL_BYTES_MAX)
      return `STCK_SHRN_ISCD: expected a symbol, found "${symbol.slice(0, 40)}"`;
    const time = fields.text(bytes, layout.time);
    const sinceMidnightUs = timeOfDayUs(bytes, fields.starts[layout.time]!, fields.stops[layout.time]!);
    if (time !== '' && Number.isNaN(sinceMidnightUs)) return `STCK_CNTG_HOUR: expected HHMMSS, found "${time.slice(0, 40)}"`;
    const venueTimeUs = time === '' ? Number.NaN : nearestTimeOfDay(sinceMidnightUs, receivedAtUs, KST_OFFSET_US);
    const isFill = fields.text(bytes, layout.fields.indexOf('CNTG_YN')) === FILLED;
    sink.noticeBegin(isFill ? 'fill' : 'order', symbols.named(symbol + suffix), venueTimeUs);
    layout.fields.forEach((name, column) => {
      sink.noticeField(name, fields.text(bytes, column));
    });
    sink.noticeEnd();
    return '';
  }
}
