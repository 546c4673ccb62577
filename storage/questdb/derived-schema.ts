import { assert, assertNever } from '#domain';
import type { TableColumn, TableValue } from '../table-types.ts';
import type { QuestColumn, QuestTable } from './frames-schema.ts';

/** A derived table as its rows are handed over. */
export interface DerivedShape {
  readonly name: string;
  readonly columns: readonly TableColumn[];
}

/** What is used of the client's `Sender`, named here so that nothing but the writer loads it. */
export interface RowSender {
  table(name: string): RowSender;
  symbol(name: string, value: unknown): RowSender;
  stringColumn(name: string, value: string): RowSender;
  booleanColumn(name: string, value: boolean): RowSender;
  floatColumn(name: string, value: number): RowSender;
  intColumn(name: string, value: number): RowSender;
  arrayColumn(name: string, value: unknown[]): RowSender;
  timestampColumn(name: string, value: bigint, unit: 'ns'): RowSender;
  at(timestamp: bigint, unit: 'ns'): Promise<void>;
}

/** Texts with few values: a column of numbers to the server, quick to filter by. All others are VARCHAR. */
const SYMBOLS: ReadonlySet<string> = new Set([
  ...['venue', 'symbol', 'connection', 'channel', 'side', 'condition', 'kind', 'rule', 'interval', 'status', 'notice', 'name'],
]);
/** Lists that are rows of one matrix, as functions of books want them: prices, sizes, numbers of orders. */
const MATRICES: Readonly<Record<string, readonly string[]>> = {
  bids: ['bid_prices', 'bid_sizes', 'bid_orders'],
  asks: ['ask_prices', 'ask_sizes', 'ask_orders'],
};
/** The record of a row, and its place among those the record made: with session and time the key. */
const PLACE_NAMES: Readonly<Record<string, string>> = { sequence: 'seq', row: 'part' };

/** One column of a row on its way: where its value is, and what writes it. */
interface CellRule {
  readonly column: QuestColumn;
  /** Writes nothing for null and NaN: absent is null. */
  write(sender: RowSender, values: readonly TableValue[]): void;
}

/** How rows of one derived table become lines of the client. */
export class DerivedLayout {
  readonly table: QuestTable;
  readonly #rules: readonly CellRule[];

  constructor({ name, columns }: DerivedShape, prefix: string) {
    const rules = cellRules(columns);
    // The protocol wants symbols before all others.
    this.#rules = [...rules.filter(({ column }) => column.type === 'SYMBOL'), ...rules.filter(({ column }) => column.type !== 'SYMBOL')];
    this.table = {
      name: `${prefix}${name}`,
      columns: [
        { name: 'ts', type: 'TIMESTAMP_NS', isKey: true },
        { name: 'session', type: 'SYMBOL', isKey: true },
        ...rules.map(({ column }) => column),
      ],
    };
  }

  async write(sender: RowSender, session: string, values: readonly TableValue[], tapeTimeNs: bigint): Promise<void> {
    sender.table(this.table.name).symbol('session', session);
    for (const rule of this.#rules) rule.write(sender, values);
    await sender.at(tapeTimeNs, 'ns');
  }
}

function cellRules(columns: readonly TableColumn[]): readonly CellRule[] {
  const placeOf = new Map(columns.map(({ name }, place) => [name, place]));
  const matrices = Object.entries(MATRICES).filter(([, lists]) => lists.every((list) => placeOf.has(list)));
  const inMatrices = new Set(matrices.flatMap(([, lists]) => lists));
  return [
    ...columns.flatMap((column, place) => (inMatrices.has(column.name) ? [] : [cellRule(column, place)])),
    ...matrices.map(([name, lists]) =>
      matrixRule(
        name,
        lists.map((list) => placeOf.get(list)!),
      ),
    ),
  ];
}

function cellRule({ name: given, type }: TableColumn, place: number): CellRule {
  const name = PLACE_NAMES[given] ?? given;
  const rule = (questType: string, write: (sender: RowSender, value: NonNullable<TableValue>) => void): CellRule => ({
    column: { name, type: questType, ...(given in PLACE_NAMES ? { isKey: true } : {}) },
    write: (sender, values) => {
      const value = values[place];
      if (value !== null && value !== undefined && !Number.isNaN(value)) write(sender, value);
    },
  });
  switch (type) {
    case 'string':
      if (SYMBOLS.has(name)) return rule('SYMBOL', (sender, value) => sender.symbol(name, String(value)));
      return rule('VARCHAR', (sender, value) => sender.stringColumn(name, String(value)));
    case 'boolean':
      return rule('BOOLEAN', (sender, value) => sender.booleanColumn(name, value === true));
    case 'float64':
    case 'decimal-text':
      return rule('DOUBLE', (sender, value) => sender.floatColumn(name, Number(value)));
    case 'int64':
      return rule('LONG', (sender, value) => sender.intColumn(name, safeInteger(value, name)));
    case 'timestamp-ms':
    case 'timestamp-us':
    case 'timestamp-ns':
      return rule('TIMESTAMP_NS', (sender, value) => sender.timestampColumn(name, BigInt(value as bigint), 'ns'));
    case 'float64-list':
      return rule('DOUBLE[]', (sender, value) => sender.arrayColumn(name, [...(value as readonly number[])]));
    default:
      return assertNever(type);
  }
}

/** Lists of one length; one that is null (no numbers of orders) is as many nulls. */
function matrixRule(name: string, places: readonly number[]): CellRule {
  return {
    column: { name, type: 'DOUBLE[][]' },
    write: (sender, values) => {
      const lists = places.map((place) => values[place] as readonly number[] | null);
      const length = lists.find((list) => list !== null)?.length ?? 0;
      sender.arrayColumn(
        name,
        lists.map((list) => (list === null ? new Array<number>(length).fill(Number.NaN) : [...list])),
      );
    },
  };
}

/** The client carries whole numbers as doubles: one that is none is a bug, not a rounding. */
function safeInteger(value: TableValue, name: string): number {
  const number = Number(value);
  assert(Number.isSafeInteger(number), `column ${name} holds whole numbers below 2^53, not ${String(value)}`);
  return number;
}
