import { civilTime, formatMoney, type RunCurrency } from '#domain';

/** 1234567 as `1,234,567`; NaN as `n/a`. */
export function count(value: number): string {
  return Number.isFinite(value) ? grouped(String(value)) : 'n/a';
}

/** Minor units as money with its currency and sign: `+12.5 USDT`. */
export function money(minor: number, currency: string): string {
  if (!Number.isFinite(minor)) return 'n/a';
  const rounded = Math.round(minor);
  return `${rounded > 0 ? '+' : ''}${grouped(formatMoney(rounded, currency))} ${currency}`;
}

/** As `money`, without a sign for what is only ever a cost. */
export function amount(minor: number, currency: string): string {
  return Number.isFinite(minor) ? `${grouped(formatMoney(Math.round(minor), currency))} ${currency}` : 'n/a';
}

export function percent(share: number): string {
  return Number.isFinite(share) ? `${(share * 100).toFixed(2)} %` : 'n/a';
}

export function ratio(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '∞ (no losers)';
  return Number.isFinite(value) ? value.toFixed(2) : 'n/a';
}

/** 3725000000 µs as `1 h 2 min 5 s`. */
export function duration(durationUs: number): string {
  if (!Number.isFinite(durationUs)) return 'n/a';
  const seconds = durationUs / 1_000_000;
  // What would be printed as 60.0 s is a minute.
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.max(60, Math.floor(seconds));
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ] as const;
  const first = parts.findIndex(([value]) => value > 0);
  return parts
    .slice(first, first + 3)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ');
}

/** 1536 as `1.5 KiB`. */
export function byteSize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${bytes} B` : `${value.toFixed(1)} ${units[unit]}`;
}

/** `2024-08-08 23:54:13` UTC. */
export function instant(timeUs: number): string {
  if (!Number.isFinite(timeUs)) return 'n/a';
  const c = civilTime(timeUs);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${c.year}-${two(c.month)}-${two(c.day)} ${two(c.hour)}:${two(c.minute)}:${two(c.second)}`;
}

/** A line of block characters from a curve; empty for fewer than two points. */
export function sparkline(equity: RunCurrency['equity'], width: number): string {
  if (equity.length < 2) return '';
  const marks = '▁▂▃▄▅▆▇█';
  const values = Array.from({ length: Math.min(width, equity.length) }, (_, i, size = Math.min(width, equity.length)) => {
    return equity[Math.round((i * (equity.length - 1)) / Math.max(1, size - 1))]!.equityMinor;
  });
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  if (low === high) return marks[0]!.repeat(values.length);
  return values.map((value) => marks[Math.min(7, Math.floor((8 * (value - low)) / (high - low)))]).join('');
}

function grouped(text: string): string {
  const [whole = '', fraction] = text.split('.');
  const groups = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return fraction === undefined ? groups : `${groups}.${fraction}`;
}
