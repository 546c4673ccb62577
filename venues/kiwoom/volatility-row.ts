import { KST_OFFSET_US, nearestTimeOfDay } from '#domain';
import { VOLATILITY } from './fids.ts';
import { quoted } from './field-text.ts';
import type { RowCells } from './row-cells.ts';
import { RowFields } from './row-fields.ts';
import { NO_SYMBOL, type RowContext, type RowReader } from './row-reader.ts';

/**
 * Says one `1h` row: a status, and a reading with every number. The row is sent again with FID 1224 filled when the
 * interruption is over; while it lasts, FID 1224 is `000000`. The venue sends each row for `005930` and for `005930_AL`: two
 * instruments, two events.
 */
export class VolatilityRow implements RowReader {
  readonly type = VOLATILITY.type;
  readonly #context: RowContext;
  readonly #fields = new RowFields(VOLATILITY);
  readonly #kind = this.#fields.column(9068);
  readonly #price = this.#fields.column(1221);
  readonly #triggered = this.#fields.column(1223);
  readonly #released = this.#fields.column(1224);

  constructor(context: RowContext) {
    this.#context = context;
  }

  say(bytes: Uint8Array, rows: RowCells, row: number, receivedAtUs: number): void {
    const { sink, symbols } = this.#context;
    const problem = this.#fields.read(bytes, rows, row);
    if (problem !== '') {
      sink.decodeFailure(VOLATILITY.type, problem);
      return;
    }
    const isReleased = this.#fields.values[this.#released]! > 0;
    const timeColumn = isReleased ? this.#released : this.#triggered;
    const timeOfDayUs = this.#fields.timeOfDayAt(bytes, rows, row, timeColumn);
    if (Number.isNaN(timeOfDayUs)) {
      const found = quoted(this.#fields.textAt(bytes, rows, row, timeColumn));
      sink.decodeFailure(VOLATILITY.type, `FID ${isReleased ? 1224 : 1223}: expected HHMMSS, found ${found}`);
      return;
    }
    const symbol = symbols.ofItemOrCode(bytes, rows, row);
    if (symbol === NO_SYMBOL) {
      sink.decodeFailure(VOLATILITY.type, 'neither item nor FID 9001 names the instrument');
      return;
    }
    this.#fields.sayDrift(sink, rows, row);
    const venueTimeUs = nearestTimeOfDay(timeOfDayUs, receivedAtUs, KST_OFFSET_US);
    const code = this.#fields.textAt(bytes, rows, row, this.#kind);
    sink.status(symbol, venueTimeUs, 'volatility-interruption', !isReleased, code, this.#fields.values[this.#price]!);
    this.#fields.sayReading(sink, symbol, venueTimeUs);
  }
}
