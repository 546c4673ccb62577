import { assert, formatDuration, MILLISECOND_US } from '#domain';
import type { LatencyModel } from './model.ts';

export const ORDER_LATENCY_DEFAULT_US = 10 * MILLISECOND_US;

/**
 * - An order reaches the venue a fixed time after the engine time at which it was submitted, a cancel likewise.
 * - Market data already carries its own delay: it is used at the time it was received.
 * - Nothing queues up on the way, and nothing is lost.
 */
export function fixedLatency(orderUs: number, cancelUs: number): LatencyModel {
  assert(orderUs >= 0 && cancelUs >= 0, `latencies are not negative: ${orderUs}, ${cancelUs}`);
  return {
    name: 'fixed',
    assumptions: [
      `an order reaches the venue ${formatDuration(orderUs)} after it was submitted, a cancel after ${formatDuration(cancelUs)}`,
      'market data is used at the time it was received, with the delay it already had',
      'messages of ours do not queue up and are not lost',
    ],
    orderLatencyUs: () => orderUs,
    cancelLatencyUs: () => cancelUs,
  };
}
