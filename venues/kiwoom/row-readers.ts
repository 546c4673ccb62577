import { BookRow } from './book-row.ts';
import { ConditionRow } from './condition-row.ts';
import { OrderRow } from './order-row.ts';
import { PhaseRow } from './phase-row.ts';
import { QuoteRow } from './quote-row.ts';
import type { RowContext, RowReader } from './row-reader.ts';
import { TradeRow } from './trade-row.ts';
import { VolatilityRow } from './volatility-row.ts';

/** One reader for each decoded type, by type. */
export function createRowReaders(context: RowContext): ReadonlyMap<string, RowReader> {
  const readers: readonly RowReader[] = [
    new TradeRow(context),
    new BookRow(context),
    new QuoteRow(context),
    new VolatilityRow(context),
    new PhaseRow(context),
    new ConditionRow(context),
    new OrderRow(context),
  ];
  return new Map(readers.map((reader) => [reader.type, reader]));
}
