import { plainDecimal, SECOND_US } from '#domain';
import type { FieldEntry } from './channel-table.ts';
import { type NamedNumbers, namedText, realFrame, rowText, timeOfDayText } from './encode-row.ts';
import { CONDITION, PHASE, VOLATILITY } from './fids.ts';

/** A volatility interruption (VI) that began, or that is over. */
export interface KiwoomVolatility {
  /** As in `KiwoomTrade`. */
  readonly symbol: string;
  readonly instrumentName?: string;
  /** 1 static, 2 dynamic, 3 both. */
  readonly kind: 1 | 2 | 3;
  /** 1 up, -1 down. */
  readonly direction: 1 | -1;
  /** The price of the trade that triggered it. */
  readonly price: number;
  /** Microseconds since the epoch, whole seconds. */
  readonly triggeredAtUs: number;
  /** Left out while it lasts. */
  readonly releasedAtUs?: number;
  /** Any other numbers of the row by their names in a reading; one that is left out is printed as 0. */
  readonly readings?: NamedNumbers;
}

/** A phase of the whole market that begins. */
export interface KiwoomPhase {
  /** Microseconds since the epoch, whole seconds. */
  readonly venueTimeUs: number;
  /** FID 215: `3` opens the regular session of KRX, `P` to `W` are NXT's. */
  readonly code: string;
  /** Time left to the phase, microseconds; 0 when left out. */
  readonly leftUs?: number;
}

/** An instrument that entered the result of a condition search, or left it. */
export interface KiwoomConditionChange {
  readonly symbol: string;
  readonly venueTimeUs: number;
  readonly condition: number;
  readonly isInserted: boolean;
  /** FID 907; 2 when left out, as in the documentation. */
  readonly sideCode?: number;
}

const KIND_NAMES = { 1: '정적', 2: '동적', 3: '동적+정적' } as const;
/** A time of day that is none. */
const NO_TIME = '000000';
const SUFFIX = /_(?:AL|NX)$/;

/** A REAL frame with one `1h` row for each. */
export function encodeVolatility(interruptions: readonly KiwoomVolatility[]): Uint8Array {
  return realFrame(interruptions.map((one) => rowText(VOLATILITY, one.symbol, (entry) => volatilityText(one, entry))));
}

/** A REAL frame with one `0s` row for each. */
export function encodePhases(phases: readonly KiwoomPhase[]): Uint8Array {
  return realFrame(phases.map((phase) => rowText(PHASE, '', ({ fid }) => phaseText(phase, fid))));
}

/** A REAL frame with one `02` row for each. */
export function encodeConditionChanges(changes: readonly KiwoomConditionChange[]): Uint8Array {
  return realFrame(changes.map((change) => rowText(CONDITION, change.symbol, ({ fid }) => conditionText(change, fid))));
}

function volatilityText(one: KiwoomVolatility, entry: FieldEntry): string {
  switch (entry.fid) {
    case 9001:
      return one.symbol.replace(SUFFIX, '');
    case 302:
      return one.instrumentName ?? '';
    case 9068:
      return String(one.kind);
    case 9069:
      return one.direction === 1 ? '1' : '2';
    case 1221:
      return plainDecimal(one.price);
    case 1223:
      return timeOfDayText(one.triggeredAtUs);
    case 1224:
      return one.releasedAtUs === undefined ? NO_TIME : timeOfDayText(one.releasedAtUs);
    case 1225:
      return KIND_NAMES[one.kind];
    case 1279:
      return `${one.direction === 1 ? '+' : '-'}${KIND_NAMES[one.kind]}`;
    default:
      return namedText(entry, one.readings, '0');
  }
}

function phaseText(phase: KiwoomPhase, fid: number): string {
  if (fid === 215) return phase.code;
  return fid === 20 ? timeOfDayText(phase.venueTimeUs) : spanText(phase.leftUs ?? 0);
}

function conditionText(change: KiwoomConditionChange, fid: number): string {
  if (fid === 841) return String(change.condition);
  if (fid === 9001) return change.symbol.replace(SUFFIX, '');
  if (fid === 843) return change.isInserted ? 'I' : 'D';
  return fid === 20 ? timeOfDayText(change.venueTimeUs) : String(change.sideCode ?? 2);
}

/** `HHMMSS` of a span below a day. */
function spanText(spanUs: number): string {
  const seconds = Math.floor(spanUs / SECOND_US);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join('');
}
