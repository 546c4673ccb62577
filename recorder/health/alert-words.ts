import { civilTime } from '#domain';

/** `42 s`, `32 min`, `3.5 h`, `2.1 d`: a span as a person says it. */
export function spanText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  if (ms < 2 * 3_600_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 48 * 3_600_000) return `${tenths(ms / 3_600_000)} h`;
  return `${tenths(ms / 86_400_000)} d`;
}

/** `09:12:03` in the zone. */
export function clockText(timeUs: number, zoneOffsetUs: number): string {
  const { hour, minute, second } = civilTime(timeUs + zoneOffsetUs);
  return [hour, minute, second].map((part) => String(part).padStart(2, '0')).join(':');
}

/** `0.4 %`. */
export function shareText(share: number): string {
  const percent = share * 100;
  return `${percent >= 10 ? Math.round(percent) : Math.round(percent * 100) / 100} %`;
}

/** `12.3 GiB`. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${Math.round(bytes)} B` : `${tenths(value)} ${units[unit]}`;
}

/** The first few by name, and how many more there are. */
export function listText(names: readonly string[], shownMax = 5): string {
  const more = names.length - shownMax;
  return more <= 0 ? names.join(', ') : `${names.slice(0, shownMax).join(', ')} and ${more} more`;
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
