export { assert, assertNever } from './assert.ts';
export type { AuditEntry, AuditEntryKind, StepAudit } from './audit.ts';
export type { BookView } from './book.ts';
export {
  dayNumber,
  isMarket,
  isSubscriptionWindow,
  isTradingDay,
  KNOWN_CLOSED_DAYS,
  KNOWN_HOLIDAYS,
  type MarketHolidays,
  type MarketPhase,
  marketHolidays,
  marketPhase,
  nextChangeUs,
} from './calendar.ts';
export { type Candle, type CandleFlag, type CandleInterval, formatCandleInterval, parseCandleInterval } from './candle.ts';
export { canonicalJson, type JsonValue } from './canonical-json.ts';
export type { Clock, StopSignal } from './clock.ts';
export { DECIMALS_MAX, decimalsOf, exactDecimal, formatUnits, parseDecimal, plainDecimal, powerOfTen, unitsOf } from './decimal.ts';
export {
  type AuctionEvent,
  type BarEvent,
  type BookEvent,
  type BookLevels,
  type BookRule,
  type BookTotals,
  type FeedEvent,
  MARKET_EVENT_KINDS,
  type MarketEvent,
  type MarketEventKind,
  type NoticeEvent,
  type NoticeKind,
  type OptionQuoteEvent,
  type QuoteEvent,
  type ReadingEvent,
  type Side,
  type StatusEvent,
  type StatusKind,
  type TradeCondition,
  type TradeEvent,
} from './event.ts';
export { BOOK_LEVELS_MAX, type EventListener, EventRegister } from './event-register.ts';
export type { EventSink } from './event-sink.ts';
export { type ExitCode, integrityError, TapedeckError, usageError } from './failure.ts';
export {
  type ChannelHealth,
  CLOCK_OFFSET_SAMPLES,
  type ClockOffset,
  type ConnectionHealth,
  DELAY_BOUNDS_SECONDS,
  type DelayHistogram,
  HEALTH_GAPS_MAX,
  type HealthGap,
  type RestHealth,
  type TapeHealth,
  type VenueHealth,
  type VolumeHealth,
} from './health.ts';
export type { Instrument, InstrumentKind } from './instrument.ts';
export { KRX_CLOSED_DAYS, KRX_HOLIDAYS_KNOWN_UNTIL, KRX_LATE_DAYS, KRX_NIGHT_CLOSED_DAYS } from './krx-holidays.ts';
export { type LateDay, MARKETS, type Market, type MarketPhaseName } from './market-hours.ts';
export { bookAmount, formatMoney, type MinorUnits, type MoneyRounding, majorUnits, minorDecimals, rescale } from './money.ts';
export type { Fill, Order, OrderIntent, OrderKind, OrderSide, OrderState, Position } from './order.ts';
export {
  isInbound,
  isOutbound,
  RECORD_KINDS,
  type RecordAppender,
  type RecordBatch,
  type RecordBody,
  type RecordKind,
  type Tape,
  TapeRecord,
} from './record.ts';
export {
  type RunCounts,
  type RunCurrency,
  type RunIdentity,
  type RunLosses,
  type RunStrategy,
  type RunSummary,
  type RunSymbol,
  type RunTrade,
  TRADES_KEPT_MAX,
} from './run.ts';
export type { Desk, ParameterSpec, Parameters, ParameterValue, Strategy, StrategyDefinition } from './strategy.ts';
export { type SymbolId, type SymbolName, SymbolReader, SymbolTable } from './symbols.ts';
export type {
  CandleAuditReport,
  CandleAuditRow,
  CandleDifference,
  CandleValues,
  ChannelRow,
  ConnectionRow,
  DriftRow,
  FailureRow,
  GapRow,
  InspectReport,
  NoteRow,
  TapeVerification,
  VenueRow,
  VolumeAuditReportRow,
} from './tape-report.ts';
export {
  type CivilTime,
  civilTime,
  DAY_US,
  daysFromCivil,
  formatDuration,
  HOUR_US,
  isoMicroseconds,
  isoMilliseconds,
  isoNanoseconds,
  KST_OFFSET_US,
  MILLISECOND_US,
  MINUTE_US,
  microsecondsFromCivil,
  microsecondsOf,
  nearestTimeOfDay,
  parseDuration,
  parseIsoNanoseconds,
  parseZoneOffset,
  SECOND_US,
  utcDate,
} from './time.ts';
