import { civilTime, KST_OFFSET_US } from '#domain';
import { recordCount, trIdOf, valueCount, valuesStart, valuesStop } from './data-frame.ts';

/** `documented`: the widths of the portal's pages, which older clients insist on. `current`: what the venue sends since 2026-09-14. */
export type WidthChoice = 'documented' | 'current';

interface Widths {
  readonly documented: number;
  readonly current: number;
  /** What a record gets for the values that the tape does not have, for the places from `documented` on. */
  readonly filling: readonly string[];
}

/** Stands for the market of the moment (`MARKET_CLS_CODE`): 1 before, 2 in, 3 after regular trading. */
const MARKET_CLASS = 'MARKET_CLS_CODE';
const NONE = '0';
const KRX = '1';
const REGULAR_FROM_MINUTE = 9 * 60;
const REGULAR_UNTIL_MINUTE = 15 * 60 + 30;

/** Only channels whose current width is confirmed, or announced by the notice of 2026-09-09. */
const WIDTHS: Readonly<Record<string, Widths>> = {
  H0STCNT0: { documented: 46, current: 47, filling: [MARKET_CLASS] },
  H0STASP0: { documented: 59, current: 63, filling: [NONE, NONE, NONE, MARKET_CLASS] },
  H0UNCNT0: { documented: 46, current: 47, filling: [MARKET_CLASS] },
  H0NXCNT0: { documented: 46, current: 47, filling: [MARKET_CLASS] },
  H0UNASP0: { documented: 65, current: 66, filling: [KRX] },
};

const ENCODER = new TextEncoder();

/**
 * The data frame `bytes[start, end)` with every record cut or filled to the width asked for; `undefined` where it has that width
 * already, the channel has only one, or its records cannot be told apart.
 */
export function fittedFrame(
  bytes: Uint8Array,
  start: number,
  end: number,
  choice: WidthChoice,
  receivedAtUs: number,
): Uint8Array | undefined {
  const trId = trIdOf(bytes, start, end);
  const values = valuesStart(bytes, start, end);
  if (values < 0 || !Object.hasOwn(WIDTHS, trId)) return undefined;
  const widths = WIDTHS[trId]!;
  const count = recordCount(bytes, values);
  const width = valueCount(bytes, values, end) / count;
  if (!Number.isSafeInteger(width) || width < widths.documented || width === widths[choice]) return undefined;
  const filling = fillingText(widths, width, widths[choice], receivedAtUs);
  const kept = Math.min(width, widths[choice]);
  const parts: Uint8Array[] = [bytes.subarray(start, values)];
  for (let at = values, left = count; left > 0; left--) {
    parts.push(bytes.subarray(at, valuesStop(bytes, at, end, kept)), ENCODER.encode(left > 1 ? `${filling}^` : filling));
    at = valuesStop(bytes, at, end, width) + 1;
  }
  return joined(parts);
}

/** What is put behind a record: a caret and a value for each place that is missing. */
function fillingText(widths: Widths, width: number, wanted: number, receivedAtUs: number): string {
  let text = '';
  for (let place = width; place < wanted; place++) {
    const value = widths.filling[place - widths.documented] ?? NONE;
    text += `^${value === MARKET_CLASS ? marketClass(receivedAtUs) : value}`;
  }
  return text;
}

function marketClass(receivedAtUs: number): string {
  const { hour, minute } = civilTime(receivedAtUs + KST_OFFSET_US);
  const minuteOfDay = hour * 60 + minute;
  if (minuteOfDay < REGULAR_FROM_MINUTE) return '1';
  return minuteOfDay < REGULAR_UNTIL_MINUTE ? '2' : '3';
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
