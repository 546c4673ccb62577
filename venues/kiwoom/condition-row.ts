import { CONDITION } from './fids.ts';
import { quoted } from './field-text.ts';
import type { RowCells } from './row-cells.ts';
import { RowFields } from './row-fields.ts';
import { NO_SYMBOL, type RowContext, type RowReader } from './row-reader.ts';

const INSERTED = 'I';
const DELETED = 'D';

/** Says one `02` row: a reading of the instrument whose `inserted` is 1 when it entered the result of the condition and 0 when it left. */
export class ConditionRow implements RowReader {
  readonly type = CONDITION.type;
  readonly #context: RowContext;
  readonly #fields = new RowFields(CONDITION);
  readonly #change = this.#fields.column(843);

  constructor(context: RowContext) {
    this.#context = context;
  }

  say(bytes: Uint8Array, rows: RowCells, row: number, receivedAtUs: number): void {
    const { sink, symbols } = this.#context;
    const problem = this.#fields.read(bytes, rows, row);
    if (problem !== '') {
      sink.decodeFailure(CONDITION.type, problem);
      return;
    }
    const change = this.#fields.textAt(bytes, rows, row, this.#change);
    if (change !== INSERTED && change !== DELETED) {
      sink.decodeFailure(CONDITION.type, `FID 843: expected I or D, found ${quoted(change)}`);
      return;
    }
    const symbol = symbols.ofItemOrCode(bytes, rows, row);
    if (symbol === NO_SYMBOL) {
      sink.decodeFailure(CONDITION.type, 'neither item nor FID 9001 names the instrument');
      return;
    }
    this.#fields.sayDrift(sink, rows, row);
    sink.readingBegin(symbol, this.#fields.venueTimeUs(receivedAtUs), CONDITION.type);
    sink.readingValue('inserted', change === INSERTED ? 1 : 0);
    this.#fields.sayNumbers(sink);
    sink.readingEnd();
  }
}
