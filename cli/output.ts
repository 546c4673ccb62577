/** Where results go; everything else (progress, warnings) goes to stderr. */
export interface Output {
  /** One JSON document, keys in the order given; NaN is null. */
  json(value: unknown): void;
  text(text: string): void;
}

export const standardOutput: Output = {
  json: (value) => process.stdout.write(`${JSON.stringify(value, null, 2)}\n`),
  text: (text) => process.stdout.write(text.endsWith('\n') ? text : `${text}\n`),
};

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

/** 1536 as `1.5 KiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${bytes} B` : `${value.toFixed(1)} ${units[unit]}`;
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
