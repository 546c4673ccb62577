import type { EventSink } from '#domain';

/**
 * Adds up what it is told: the least a reader of events can do. Two decoders that say the same in the same order have the same sum to the
 * last bit, so it proves too that both did the same work. What is absent (NaN) adds nothing.
 */
export class SummingSink implements EventSink {
  sum = 0;
  events = 0;
  /** Failures, undecoded frames and drift: a bench frame must bring none. */
  bad = 0;

  trade(symbol: number, timeUs: number, price: number, size: number, side: number, id: number | string, volume: number): void {
    this.events += 1;
    this.sum += symbol + present(timeUs) + price * size * (side + 2) + (typeof id === 'number' ? id : 0) + present(volume);
  }

  quote(symbol: number, timeUs: number, bidPrice: number, bidSize: number, askPrice: number, askSize: number, updateId: number): void {
    this.events += 1;
    this.sum += symbol + present(timeUs) + present(bidPrice) + 2 * present(askPrice);
    this.sum += 3 * present(bidSize) + 4 * present(askSize) + present(updateId);
  }

  bookBegin(
    symbol: number,
    timeUs: number,
    _isSnapshot: boolean,
    _rule: string,
    firstId: number,
    lastId: number,
    previousId: number,
  ): void {
    this.events += 1;
    this.sum += symbol + present(timeUs) + present(firstId) + 2 * present(lastId) + 3 * present(previousId);
  }

  bookLevel(side: number, price: number, size: number, orders: number, change: number): void {
    this.sum += side * price + 2 * size + 3 * present(orders) + 4 * present(change);
  }

  bookTotals(bidSize: number, askSize: number, bidOrders: number, askOrders: number, bidSizeChange: number, askSizeChange: number): void {
    this.sum += bidSize - 2 * askSize + present(bidOrders) - 2 * present(askOrders) + present(bidSizeChange) - 2 * present(askSizeChange);
  }

  bar(
    symbol: number,
    intervalUs: number,
    openTimeUs: number,
    open: number,
    high: number,
    low: number,
    close: number,
    volume: number,
    value: number,
    trades: number,
    isFinal: boolean,
  ): void {
    this.events += 1;
    this.sum += symbol + intervalUs + openTimeUs + open + 2 * high + 3 * low + 4 * close;
    this.sum += present(volume) + present(value) + present(trades) + (isFinal ? 1 : 0);
  }

  optionQuote(
    symbol: number,
    timeUs: number,
    impliedVolatility: number,
    bidImpliedVolatility: number,
    askImpliedVolatility: number,
    delta: number,
    gamma: number,
    theta: number,
    vega: number,
    rho: number,
    markPrice: number,
    underlyingPrice: number,
    openInterest: number,
    bidPrice: number,
    bidSize: number,
    askPrice: number,
    askSize: number,
  ): void {
    this.events += 1;
    this.sum +=
      symbol + present(timeUs) + present(impliedVolatility) + 2 * present(bidImpliedVolatility) + 3 * present(askImpliedVolatility);
    this.sum += present(delta) + 2 * present(gamma) + 3 * present(theta) + 4 * present(vega) + 5 * present(rho);
    this.sum += present(markPrice) + 2 * present(underlyingPrice) + 3 * present(openInterest);
    this.sum += present(bidPrice) + 2 * present(bidSize) + 3 * present(askPrice) + 4 * present(askSize);
  }

  auction(symbol: number, timeUs: number, price: number, size: number): void {
    this.events += 1;
    this.sum += symbol + present(timeUs) + price * size;
  }

  status(symbol: number, timeUs: number, _status: string, isRestricted: boolean, code: string, price: number): void {
    this.events += 1;
    this.sum += symbol + present(timeUs) + (isRestricted ? 1 : 0) + code.length + present(price);
  }

  readingBegin(symbol: number, timeUs: number): void {
    this.events += 1;
    this.sum += symbol + present(timeUs);
  }

  readingValue(_name: string, value: number): void {
    this.sum += present(value);
  }

  decodeFailure(): void {
    this.bad += 1;
  }

  undecoded(): void {
    this.bad += 1;
  }

  drift(): void {
    this.bad += 1;
  }

  bookEnd(): void {}
  readingEnd(): void {}
  noticeBegin(): void {}
  noticeField(): void {}
  noticeEnd(): void {}
  instrument(): void {}
  feedLost(): void {}
  feedBack(): void {}
}

function present(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}
