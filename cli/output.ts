export { byteSize as formatBytes } from '#report';

/** Where results go; everything else (progress, warnings) goes to stderr. */
export interface Output {
  /** One JSON document, keys in the order given; NaN is null, a bigint its decimal text. */
  json(value: unknown): void;
  /** One JSON document on one line, for those that follow. */
  jsonLine(value: unknown): void;
  text(text: string): void;
}

export const standardOutput: Output = {
  json: (value) => process.stdout.write(`${JSON.stringify(value, plain, 2)}\n`),
  jsonLine: (value) => process.stdout.write(`${JSON.stringify(value, plain)}\n`),
  text: (text) => process.stdout.write(text.endsWith('\n') ? text : `${text}\n`),
};

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

export function warn(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Rows as aligned columns; numbers to the right. */
export function columns(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [header, ...rows.map((row) => row.map((cell) => (typeof cell === 'number' ? formatCount(cell) : cell)))];
  const widths = header.map((_, column) => Math.max(...cells.map((row) => displayWidth(row[column] ?? ''))));
  const isRight = header.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'));
  return cells
    .map((row) =>
      row
        .map((cell, column) => padCell(cell, widths[column]!, isRight[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** 1234567 as `1,234,567`. */
export function formatCount(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

function padCell(cell: string, width: number, isRight: boolean): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(cell)));
  return isRight ? space + cell : cell + space;
}

/** Hangul and other wide characters take two columns of a terminal. */
function displayWidth(text: string): number {
  let width = 0;
  for (const character of text)
    width +=
      (character.codePointAt(0) ?? 0) >= 0x1100 &&
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60]/u.test(character)
        ? 2
        : 1;
  return width;
}
