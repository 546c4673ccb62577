import type { StatusKind, SymbolId } from '#domain';
import { type RowContext, type RowSayer, sayReading } from './row.ts';
import { ABSENT, type RowLayout } from './row-layout.ts';

/** Not in an interruption: the documented letter, and what other codes of the venue use for no. */
const NOT_INTERRUPTED: ReadonlySet<string> = new Set(['N', '0']);

/** What a symbol was told to be, so that its end can be told. */
interface Restrictions {
  isHalted: boolean;
  isInterrupted: boolean;
}

/** One state of a record: undefined where the record does not say. */
interface Said {
  readonly status: StatusKind;
  readonly isRestricted: boolean | undefined;
  readonly code: string;
}

/**
 * Says one record of a stock's market operation: the phase by the venue's code (which may be one that nobody documented), a halt and a
 * volatility interruption while they last and when they end, and a reading with the other codes. The channel sends no time. Every
 * record repeats every state, so an end is said only after its beginning was; ends come first, because another restriction may last.
 */
export class StatusRow implements RowSayer {
  readonly #context: RowContext;
  readonly #restrictions = new Map<SymbolId, Restrictions>();

  constructor(context: RowContext) {
    this.#context = context;
  }

  say(bytes: Uint8Array, layout: RowLayout, suffix: string): string {
    const { sink, fields, symbols } = this.#context;
    const { values, starts, stops } = fields;
    const symbol = symbols.read(bytes, starts[layout.symbol]!, stops[layout.symbol]!, suffix);
    const phase = fields.text(bytes, columnOf(layout, 'MKOP_CLS_CODE'));
    if (phase !== '') sink.status(symbol, Number.NaN, 'phase', false, phase, Number.NaN);
    const halted = values[layout.halted]!;
    const halt: Said = {
      status: 'halt',
      isRestricted: Number.isNaN(halted) ? undefined : halted === 1,
      code: fields.text(bytes, columnOf(layout, 'TR_SUSP_REAS_CNTT')),
    };
    this.#sayRestrictions(symbol, halt, this.#interruption(bytes, layout));
    sayReading(this.#context, layout, symbol, Number.NaN, false);
    return '';
  }

  /** On when either the interruption of the day or that of the after-hours market is. */
  #interruption(bytes: Uint8Array, layout: RowLayout): Said {
    const { fields } = this.#context;
    const status = 'volatility-interruption';
    const day = fields.text(bytes, columnOf(layout, 'VI_CLS_CODE'));
    const afterHours = fields.text(bytes, columnOf(layout, 'OVTM_VI_CLS_CODE'));
    if (isInterrupted(day)) return { status, isRestricted: true, code: day };
    if (isInterrupted(afterHours)) return { status, isRestricted: true, code: afterHours };
    return { status, isRestricted: day === '' && afterHours === '' ? undefined : false, code: day };
  }

  #sayRestrictions(symbol: SymbolId, halt: Said, interruption: Said): void {
    const before = this.#restrictions.get(symbol) ?? { isHalted: false, isInterrupted: false };
    const after = {
      isHalted: halt.isRestricted ?? before.isHalted,
      isInterrupted: interruption.isRestricted ?? before.isInterrupted,
    };
    if (before.isHalted && !after.isHalted) this.#say(symbol, halt, false);
    if (before.isInterrupted && !after.isInterrupted) this.#say(symbol, interruption, false);
    if (after.isHalted) this.#say(symbol, halt, true);
    if (after.isInterrupted) this.#say(symbol, interruption, true);
    if (after.isHalted || after.isInterrupted) this.#restrictions.set(symbol, after);
    else this.#restrictions.delete(symbol);
  }

  #say(symbol: SymbolId, { status, code }: Said, isRestricted: boolean): void {
    this.#context.sink.status(symbol, Number.NaN, status, isRestricted, code, Number.NaN);
  }
}

function isInterrupted(code: string): boolean {
  return code !== '' && !NOT_INTERRUPTED.has(code);
}

function columnOf(layout: RowLayout, name: string): number {
  const column = layout.fields.indexOf(name);
  return column < 0 ? ABSENT : column;
}
