import { PHASE } from './fids.ts';
import type { RowCells } from './row-cells.ts';
import { RowFields } from './row-fields.ts';
import type { RowContext, RowReader } from './row-reader.ts';

/** Symbol of a status that is about the whole market. */
const WHOLE_MARKET = -1;

/**
 * Says one `0s` row: the phase of the whole market by the venue's code, which may be one that nobody documented. A phase is
 * never a restriction: which instruments trade in it depends on their exchange. FID 214, the time left, has no place in an event.
 */
export class PhaseRow implements RowReader {
  readonly type = PHASE.type;
  readonly #context: RowContext;
  readonly #fields = new RowFields(PHASE);
  readonly #code = this.#fields.column(215);

  constructor(context: RowContext) {
    this.#context = context;
  }

  say(bytes: Uint8Array, rows: RowCells, row: number, receivedAtUs: number): void {
    const { sink } = this.#context;
    const problem = this.#fields.read(bytes, rows, row);
    const code = problem === '' ? this.#fields.textAt(bytes, rows, row, this.#code) : '';
    if (code === '') {
      sink.decodeFailure(PHASE.type, problem === '' ? 'FID 215: expected a code' : problem);
      return;
    }
    this.#fields.sayDrift(sink, rows, row);
    sink.status(WHOLE_MARKET, this.#fields.venueTimeUs(receivedAtUs), 'phase', false, code, Number.NaN);
  }
}
