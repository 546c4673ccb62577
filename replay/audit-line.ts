import {
  type AuditEntry,
  assert,
  assertNever,
  type Candle,
  type Fill,
  type Order,
  type OrderIntent,
  type StepAudit,
  type SymbolId,
  type SymbolTable,
} from '#domain';

/**
 * One audit as one line of canonical JSON: what `runs/<id>/audits.jsonl` holds and what the run hash is made of.
 * Symbols are written as `venue:symbol`, absent numbers as `null`, so that a line can be read without its tape.
 *
 * The members are written out in canonical order instead of being sorted: a run with many fills spent a tenth of its time on that.
 */
export function auditLine(audit: StepAudit, symbols: SymbolTable): string {
  let entries = '';
  for (const entry of audit.entries) entries += entries === '' ? auditEntryText(entry, symbols) : `,${auditEntryText(entry, symbols)}`;
  const { event, sequence, tape, timeUs } = audit;
  return `{"entries":[${entries}],"event":${number(event)},"sequence":${number(sequence)},"tape":${number(tape)},"timeUs":${number(timeUs)}}`;
}

/** One entry of an audit, as its line has it. */
export function auditEntryText(entry: AuditEntry, symbols: SymbolTable): string {
  switch (entry.kind) {
    case 'candle':
      return `{"candle":${candleText(entry.candle, symbols)},"kind":"candle"}`;
    case 'late-trade': {
      const { interval, price, size, symbol, venueTimeUs } = entry;
      return `{"interval":${text(interval)},"kind":"late-trade","price":${known(price)},"size":${known(size)},"symbol":${name(symbol, symbols)},"venueTimeUs":${known(venueTimeUs)}}`;
    }
    case 'intent':
      return `{"intent":${intentText(entry.intent, symbols)},"kind":"intent","origin":${text(entry.origin)}}`;
    case 'refusal':
      return `{"intent":${intentText(entry.intent, symbols)},"kind":"refusal","reason":${text(entry.reason)},"rule":${text(entry.rule)}}`;
    case 'order':
      return `{"kind":"order","order":${orderText(entry.order, symbols)}}`;
    case 'cancel':
    case 'rejection':
      return `{"kind":"${entry.kind}","orderId":${number(entry.orderId)},"reason":${text(entry.reason)}}`;
    case 'fill':
      return `{"fill":${fillText(entry.fill, symbols)},"kind":"fill"}`;
    case 'rule':
      return `{"kind":"rule","reason":${text(entry.reason)},"rule":${text(entry.rule)},"symbol":${name(entry.symbol, symbols)}}`;
    case 'book':
      return `{"kind":"book","reason":${text(entry.reason)},"state":"${entry.state}","symbol":${name(entry.symbol, symbols)}}`;
    case 'status': {
      const { code, isRestricted, status, symbol } = entry;
      return `{"code":${text(code)},"isRestricted":${isRestricted},"kind":"status","status":${text(status)},"symbol":${name(symbol, symbols)}}`;
    }
    case 'feed': {
      const { connection, reason, state, venue } = entry;
      return `{"connection":${text(connection)},"kind":"feed","reason":${text(reason)},"state":"${state}","venue":${text(venue)}}`;
    }
    case 'subscription':
      return `{"action":"${entry.action}","kind":"subscription","symbol":${text(entry.symbol)},"venue":${text(entry.venue)}}`;
    case 'timer':
      return `{"kind":"timer","name":${text(entry.name)}}`;
    default:
      return assertNever(entry);
  }
}

function candleText(candle: Candle, symbols: SymbolTable): string {
  const { close, closeTimeUs, exact, flags, high, interval, low, open, openTimeUs, symbol, trades } = candle;
  const flagTexts = flags.length === 0 ? '' : `"${flags.join('","')}"`;
  return (
    `{"buyVolume":"${exact.buyVolume}","close":${known(close)},"closeTimeUs":${number(closeTimeUs)},"flags":[${flagTexts}],` +
    `"high":${known(high)},"interval":${text(interval)},"low":${known(low)},"open":${known(open)},"openTimeUs":${number(openTimeUs)},` +
    `"symbol":${name(symbol, symbols)},"trades":${known(trades)},"value":"${exact.value}","volume":"${exact.volume}"}`
  );
}

function fillText(fill: Fill, symbols: SymbolTable): string {
  const { currency, feeMinor, liquidity, midPrice, orderId, price, side, size, symbol, timeUs } = fill;
  return (
    `{"currency":${text(currency)},"feeMinor":${number(feeMinor)},"liquidity":"${liquidity}","midPrice":${known(midPrice)},` +
    `"orderId":${number(orderId)},"price":${number(price)},"side":"${side}","size":${number(size)},` +
    `"symbol":${name(symbol, symbols)},"timeUs":${number(timeUs)}}`
  );
}

/** An order holds its intent's members too; canonical order mixes them. */
function orderText(order: Order, symbols: SymbolTable): string {
  const { filledSize, id, kind, origin, side, size, state, submittedAtSequence, submittedAtUs, symbol } = order;
  return (
    `{"filledSize":${number(filledSize)},"id":${number(id)}${limitPriceText(order)},"origin":${text(origin)}${reduceOnlyText(order)},` +
    `"side":"${side}","size":${known(size)},"state":"${state}"${stopPriceText(order)},"submittedAtSequence":${number(submittedAtSequence)},` +
    `"submittedAtUs":${number(submittedAtUs)},"symbol":${name(symbol, symbols)}${tagText(order)},"type":"${kind}"}`
  );
}

function intentText(intent: OrderIntent, symbols: SymbolTable): string {
  const { kind, side, size, symbol } = intent;
  const optional = `${limitPriceText(intent)}${reduceOnlyText(intent)}`;
  // The first member has no comma in front, and it may be one of the optional ones.
  const start = optional === '' ? '' : `${optional.slice(1)},`;
  return `{${start}"side":"${side}","size":${known(size)}${stopPriceText(intent)},"symbol":${name(symbol, symbols)}${tagText(intent)},"type":"${kind}"}`;
}

function limitPriceText({ limitPrice }: OrderIntent): string {
  return limitPrice === undefined ? '' : `,"limitPrice":${known(limitPrice)}`;
}

function reduceOnlyText({ reduceOnly }: OrderIntent): string {
  return reduceOnly === undefined ? '' : `,"reduceOnly":${reduceOnly}`;
}

function stopPriceText({ stopPrice }: OrderIntent): string {
  return stopPrice === undefined ? '' : `,"stopPrice":${known(stopPrice)}`;
}

function tagText({ tag }: OrderIntent): string {
  return tag === undefined ? '' : `,"tag":${text(tag)}`;
}

/** `venue:symbol`; `*` stands for a whole market (symbol id -1). */
export function symbolText(id: SymbolId, symbols: SymbolTable): string {
  if (id < 0) return '*';
  const { venue, symbol } = symbols.name(id);
  return `${venue}:${symbol}`;
}

function name(id: SymbolId, symbols: SymbolTable): string {
  return text(symbolText(id, symbols));
}

function text(value: string): string {
  return JSON.stringify(value);
}

/** A number that is always there. */
function number(value: number): string {
  assert(Number.isFinite(value), `an audit has no ${value} here`);
  return String(value);
}

/** A number that may be absent. */
function known(value: number): string {
  return Number.isFinite(value) ? String(value) : 'null';
}
