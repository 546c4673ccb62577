import type { Subscription } from '../protocol.ts';

/** The name of a subscription's stream: `btcusdt@depth@100ms`. */
export function streamName({ symbol, channel }: Subscription): string {
  return `${symbol.toLowerCase()}@${channel}`;
}
