import { assertNever, type BookEvent, type MarketEvent } from '#domain';

/** A quote wider than this part of its middle says no price: the book before an opening. */
const SPREAD_MAX = 0.01;

/**
 * What an event says of the money: the price of its symbol, for an option's quote that of its underlying; NaN where it says none. `reading` is the name of
 * the number in a reading that is the price.
 */
export function moneyOfEvent(event: MarketEvent, reading: string): number {
  switch (event.kind) {
    case 'trade':
      return event.condition === 'off-book' ? Number.NaN : event.price;
    case 'quote':
      return middle(event.bidPrice, event.askPrice);
    case 'book':
      return middleOfBook(event);
    case 'bar':
      return event.close;
    case 'option-quote':
      return event.underlyingPrice;
    case 'reading':
      return event.values[event.names.indexOf(reading)] ?? Number.NaN;
    case 'auction':
    case 'status':
    case 'notice':
    case 'feed-lost':
    case 'feed-back':
      return Number.NaN;
    default:
      return assertNever(event);
  }
}

function middle(bid: number, ask: number): number {
  const price = (bid + ask) / 2;
  return bid > 0 && ask >= bid && ask - bid <= price * SPREAD_MAX ? price : Number.NaN;
}

function middleOfBook({ isSnapshot, levels }: BookEvent): number {
  if (!isSnapshot) return Number.NaN;
  let bid = Number.NaN;
  let ask = Number.NaN;
  for (let i = 0; i < levels.count; i++) {
    const price = levels.price[i]!;
    if (!(levels.size[i]! > 0)) continue;
    if (levels.side[i] === 1) bid = bid > price ? bid : price;
    else ask = ask < price ? ask : price;
  }
  return middle(bid, ask);
}
