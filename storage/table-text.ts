import { isoMilliseconds, isoNanoseconds, microsecondsOf, plainDecimal } from '#domain';
import type { TableTarget } from './table-target.ts';
import type { TableColumn, TableType, TableValue, TableWriter } from './table-types.ts';

/** Text is gathered up to this before it goes to the target. */
const CHUNK_CHARACTERS = 64 * 1024;

/** RFC 4180 with line feeds and a header; numbers as the shortest exact decimal, times as ISO 8601 in UTC. */
export function csvTableWriter(columns: readonly TableColumn[], target: TableTarget): TableWriter {
  const writer = new TextTableWriter(target, (values) =>
    columns.map((column, index) => csvCell(values[index] ?? null, column.type)).join(','),
  );
  writer.line(columns.map((column) => quoted(column.name)).join(','));
  return writer;
}

/** One JSON object a line; exact decimals and times are strings. */
export function jsonLinesTableWriter(columns: readonly TableColumn[], target: TableTarget): TableWriter {
  return new TextTableWriter(target, (values) => {
    const members = columns.map((column, index) => `${JSON.stringify(column.name)}:${jsonCell(values[index] ?? null, column.type)}`);
    return `{${members.join(',')}}`;
  });
}

class TextTableWriter implements TableWriter {
  readonly #target: TableTarget;
  readonly #format: (values: readonly TableValue[]) => string;
  #pending = '';

  constructor(target: TableTarget, format: (values: readonly TableValue[]) => string) {
    this.#target = target;
    this.#format = format;
  }

  line(text: string): void {
    this.#pending += `${text}\n`;
    if (this.#pending.length >= CHUNK_CHARACTERS) this.#flush();
  }

  writeRow(values: readonly TableValue[]): void {
    this.line(this.#format(values));
  }

  async drain(): Promise<void> {
    this.#flush();
    await this.#target.drain();
  }

  async close(): Promise<void> {
    this.#flush();
    await this.#target.close();
  }

  #flush(): void {
    if (this.#pending !== '') this.#target.write(this.#pending);
    this.#pending = '';
  }
}

function csvCell(value: TableValue, type: TableType): string {
  return quoted(cellText(value, type));
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function jsonCell(value: TableValue, type: TableType): string {
  if (value === null || (typeof value === 'number' && !Number.isFinite(value))) return 'null';
  if (type === 'float64' || type === 'int64' || type === 'boolean' || type === 'float64-list') return cellText(value, type);
  return JSON.stringify(cellText(value, type));
}

function cellText(value: TableValue, type: TableType): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? plainDecimal(value) : '';
  if (typeof value === 'object')
    return `[${value.map((element) => (Number.isFinite(element) ? plainDecimal(element) : 'null')).join(',')}]`;
  switch (type) {
    case 'timestamp-ms':
      return isoMilliseconds(microsecondsOf(value as bigint));
    case 'timestamp-us':
    case 'timestamp-ns':
      return isoNanoseconds(value as bigint);
    default:
      return String(value);
  }
}
