import type { TapeRecord } from '#domain';
import { CONDITION_TYPE, EXCHANGE_SUFFIX } from './channel-rules.ts';
import { FrameRows } from './frame-rows.ts';
import type { ServedConditions } from './server-conditions.ts';

/** The rows of the record that is served now, looked at once for all connections. */
export class ServedRows {
  readonly #frame = new FrameRows();
  readonly #conditions: ServedConditions;
  readonly #isKrxOnly: boolean;
  #bytes: Uint8Array | undefined;
  #start = -1;
  #end = -1;
  #sequence = -1;
  readonly types: string[] = [];
  /** What a registration for the row would name (see `FrameRows.symbol`). */
  readonly symbols: string[] = [];
  /** Rows of the record; 0 when it is no REAL frame. Those that this host does not have are left out. */
  count = 0;

  constructor(conditions: ServedConditions, isKrxOnly: boolean) {
    this.#conditions = conditions;
    this.#isKrxOnly = isKrxOnly;
  }

  read(record: TapeRecord): void {
    const { bytes, start, end, sequence } = record;
    if (bytes === this.#bytes && start === this.#start && end === this.#end && sequence === this.#sequence) return;
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#sequence = sequence;
    this.#look(bytes, start, end);
  }

  #look(bytes: Uint8Array, start: number, end: number): void {
    const rows = this.#frame.read(bytes, start, end);
    this.count = 0;
    for (let row = 0; row < rows; row++) {
      const type = this.#frame.type(row);
      const symbol = this.#frame.symbol(row, type);
      if (type === CONDITION_TYPE) this.#noteCondition(row, symbol);
      if (this.#isKrxOnly && EXCHANGE_SUFFIX.test(symbol)) continue;
      this.types[this.count] = type;
      this.symbols[this.count] = symbol;
      this.count += 1;
    }
  }

  #noteCondition(row: number, seq: string): void {
    const { code, change } = this.#frame.conditionChange(row);
    if (code !== '') this.#conditions.note(seq, code, change);
  }
}
