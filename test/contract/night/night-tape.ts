import type { RecordAppender } from '#domain';
import { ProducedTape } from '#replay';
import { encodeBooks, encodeStatuses, encodeTrades } from '../../../venues/kis/index.ts';
import { encodeTrades as encodeKiwoomTrades, encodeVolatility } from '../../../venues/kiwoom/index.ts';

const SECOND_MS = 1_000;
/** A halt of a stock at KIS and an interruption at Kiwoom begin this often, and last half as long. */
const HALT_EVERY_S = 1_800;

/**
 * What both venues say from one moment to another, every second something new, so that no two frames are the same: trades and books of a stock, of the future by
 * day and by night (whoever has subscribed which is sent which), halts and interruptions.
 */
export function nightTape(fromMs: number, toMs: number): ProducedTape {
  return new ProducedTape('night', async (appender) => {
    for (let atMs = fromMs, second = 0; atMs < toMs; atMs += SECOND_MS, second++) {
      for (const [venue, payloads] of [
        ['kis', kisFrames(atMs * 1_000, second)],
        ['kiwoom', kiwoomFrames(atMs * 1_000, second)],
      ] as const) {
        for (const [index, payload] of payloads.entries()) append(appender, venue, atMs + index * 100, payload);
      }
      if (second % 60 === 59) await appender.drain();
    }
    await appender.drain();
  });
}

function append(appender: RecordAppender, venue: string, atMs: number, payload: Uint8Array): void {
  appender.append(BigInt(atMs) * 1_000_000n, 0n, venue, 'tape', 'frame-in', '', payload, 0, payload.length);
}

function kisFrames(venueTimeUs: number, second: number): readonly Uint8Array[] {
  const trade = (symbol: string) => [
    { symbol, venueTimeUs, price: 1_000 + (second % 50), size: 1, side: 1 as const, cumulativeVolume: second + 1 },
  ];
  const book = (symbol: string) => [
    { symbol, venueTimeUs, bids: [{ price: 1_000, size: 1 + second, orders: 1 }], asks: [{ price: 1_001, size: 2, orders: 1 }] },
  ];
  const halt = haltAt(second);
  const statuses = [{ symbol: '005930', phase: '112', isHalted: halt === 'begins', reason: 'VI', isInterrupted: false }];
  return [
    encodeTrades('H0STCNT0', trade('005930')),
    encodeBooks('H0STASP0', book('005930')),
    encodeTrades('H0IFCNT0', trade('A01612')),
    encodeBooks('H0IFASP0', book('A01612')),
    encodeTrades('H0MFCNT0', trade('A01612')),
    encodeBooks('H0MFASP0', book('A01612')),
    ...(halt === undefined ? [] : [encodeStatuses('H0STMKO0', statuses)]),
  ];
}

function kiwoomFrames(venueTimeUs: number, second: number): readonly Uint8Array[] {
  const trade = (symbol: string) => ({ symbol, venueTimeUs, price: 70_000 + (second % 50), size: 1, side: 1 as const });
  const halt = haltAt(second);
  const interruption = { symbol: '000660', kind: 1 as const, direction: 1 as const, price: 250_000, triggeredAtUs: venueTimeUs };
  const over = { ...interruption, triggeredAtUs: venueTimeUs - (HALT_EVERY_S / 2) * 1_000_000, releasedAtUs: venueTimeUs };
  return [
    ...['005930', '000660'].map((symbol) =>
      encodeKiwoomTrades([{ ...trade(symbol), cumulativeVolume: second + 1, previousClose: 69_000 }]),
    ),
    ...(halt === undefined ? [] : [encodeVolatility([halt === 'begins' ? interruption : over])]),
  ];
}

function haltAt(second: number): 'begins' | 'ends' | undefined {
  if (second % HALT_EVERY_S === HALT_EVERY_S / 4) return 'begins';
  return second % HALT_EVERY_S === (HALT_EVERY_S * 3) / 4 ? 'ends' : undefined;
}
