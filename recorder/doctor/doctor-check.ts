/** One thing that was looked at. */
export interface DoctorCheck {
  readonly name: string;
  /** `failed` a recording would suffer · `warning` worth a look · `ok`. */
  readonly state: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  /** What to do; only where it is not ok. */
  readonly advice?: string;
}

export function ok(name: string, detail: string): DoctorCheck {
  return { name, state: 'ok', detail };
}

export function warning(name: string, detail: string, advice: string): DoctorCheck {
  return { name, state: 'warning', detail, advice };
}

export function failed(name: string, detail: string, advice: string): DoctorCheck {
  return { name, state: 'failed', detail, advice };
}

/** 1536 as `1.5 KiB`. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let [value, unit] = [bytes, 0];
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return unit === 0 ? `${bytes} B` : `${value.toFixed(1)} ${units[unit]}`;
}

/** What an error says, with what it was caused by: "fetch failed" alone helps nobody. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== '' ? `${error.message} (${error.cause.message})` : error.message;
}
