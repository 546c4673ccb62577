import { assertNever } from '#domain';

/** What the recorder and the server must know about a channel of the websocket; its fields are another table (the layouts). */
export interface ChannelRule {
  readonly channel: string;
  /** What the calendar calls the market whose hours it keeps. */
  readonly market: 'krx-stock' | 'krx-derivatives' | 'krx-night' | 'nxt' | 'always';
  /** Which host has it: market data of derivatives is real only, the mock host has its own names of the notices. */
  readonly host: 'both' | 'real' | 'mock';
  /** What `tr_key` is. `hts-id`: the owner's login; these channels are encrypted. */
  readonly key: 'stock' | 'derivative' | 'hts-id' | 'text';
  /**
   * Longest silence of the whole channel in an open market that is no alarm, minutes. Our judgement, not the venue's: an alarm costs
   * a connect, and the slot may stay locked, so that one thinly traded symbol and the ten minutes of an auction must fit in.
   */
  readonly silenceMaxMinutes: number;
}

type ChannelRow = readonly [channel: string, silenceMaxMinutes: number, host?: ChannelRule['host']];

/** Speaks when something happens, and some days nothing does: a week is more than any session. */
const SELDOM = 7 * 24 * 60;

/** One line a channel, by market and key. The night channels and all derivatives are on the real host only. */
const GROUPS: readonly (readonly [market: ChannelRule['market'], key: ChannelRule['key'], rows: readonly ChannelRow[]])[] = [
  [
    'krx-stock',
    'stock',
    [
      ['H0STCNT0', 30, 'both'],
      ['H0STASP0', 10, 'both'],
      ['H0STANC0', SELDOM],
      ['H0STMKO0', SELDOM],
      ['H0STPGM0', 30],
      ['H0STMBC0', 30],
      ['H0STNAV0', 30],
      // Single-price trading after hours ended on 2026-09-13; the channels stay for what may still be sent there.
      ['H0STOUP0', SELDOM],
      ['H0STOAC0', SELDOM],
      ['H0STOAA0', SELDOM],
      ['H0EWCNT0', 60],
      ['H0EWASP0', 30],
      ['H0EWANC0', SELDOM],
    ],
  ],
  [
    'nxt',
    'stock',
    [
      // Unified KRX and NXT: they begin with NXT's pre-market and end with its after-market.
      ['H0UNCNT0', 30],
      ['H0UNASP0', 10],
      ['H0UNANC0', SELDOM],
      ['H0UNMKO0', SELDOM],
      ['H0UNPGM0', 30],
      ['H0UNMBC0', 30],
      ['H0NXCNT0', 60],
      ['H0NXASP0', 30],
      ['H0NXANC0', SELDOM],
      ['H0NXMKO0', SELDOM],
      ['H0NXPGM0', 60],
      ['H0NXMBC0', 60],
    ],
  ],
  [
    'krx-stock',
    'text',
    [
      ['H0UPCNT0', 15],
      ['H0UPANC0', SELDOM],
      ['H0UPPGM0', 30],
      ['H0BJCNT0', SELDOM],
      ['H0BJASP0', 60],
      ['H0BICNT0', 60],
    ],
  ],
  [
    'krx-derivatives',
    'derivative',
    [
      ['H0IFCNT0', 10],
      ['H0IFASP0', 5],
      ['H0IOCNT0', 60],
      ['H0IOASP0', 15],
      ['H0ZFCNT0', 60],
      ['H0ZFASP0', 15],
      ['H0ZFANC0', SELDOM],
      ['H0ZOCNT0', SELDOM],
      ['H0ZOASP0', 60],
      ['H0ZOANC0', SELDOM],
      ['H0CFCNT0', 60],
      ['H0CFASP0', 15],
    ],
  ],
  [
    'krx-night',
    'derivative',
    [
      ['H0MFCNT0', 60],
      ['H0MFASP0', 15],
      ['H0EUCNT0', 240],
      ['H0EUASP0', 60],
      ['H0EUANC0', SELDOM],
    ],
  ],
  [
    'krx-stock',
    'hts-id',
    [
      ['H0STCNI0', SELDOM],
      ['H0STCNI9', SELDOM, 'mock'],
    ],
  ],
  [
    'krx-derivatives',
    'hts-id',
    [
      ['H0IFCNI0', SELDOM],
      ['H0IFCNI9', SELDOM, 'mock'],
    ],
  ],
  [
    'krx-night',
    'hts-id',
    [
      ['H0MFCNI0', SELDOM],
      ['H0EUCNI0', SELDOM],
    ],
  ],
  // Abroad the exchanges keep hours that no calendar here knows: they may be asked for always, and their silence says nothing.
  [
    'always',
    'text',
    [
      ['HDFSCNT0', SELDOM],
      ['HDFSASP0', SELDOM],
      ['HDFSASP1', SELDOM],
      ['HDFFF020', SELDOM],
      ['HDFFF010', SELDOM],
    ],
  ],
  [
    'always',
    'hts-id',
    [
      ['H0GSCNI0', SELDOM],
      ['H0GSCNI9', SELDOM, 'mock'],
      ['HDFFF1C0', SELDOM],
      ['HDFFF2C0', SELDOM],
    ],
  ],
];

/** Every channel by its TR id. */
export const CHANNEL_RULES: ReadonlyMap<string, ChannelRule> = new Map(
  GROUPS.flatMap(([market, key, rows]) =>
    rows.map(([channel, silenceMaxMinutes, host = 'real']) => [channel, { channel, market, host, key, silenceMaxMinutes }]),
  ),
);

/** Six characters, not only digits (`0074K0`); an ETN has a `Q` in front. */
const STOCK_KEY = /^Q?[0-9A-Z]{6}$/;
/** `101W09`, `201T11317`, `A01612`, `B01612A40`. */
const DERIVATIVE_KEY = /^[0-9A-Z]{6,9}$/;

/** Why the symbol cannot be the `tr_key` of this channel; `undefined` when it can. An empty one means the owner's HTS id. */
export function keyProblem(rule: ChannelRule, symbol: string): string | undefined {
  switch (rule.key) {
    case 'stock':
      return STOCK_KEY.test(symbol) ? undefined : `${rule.channel} needs a stock code of six characters, such as 005930, not "${symbol}"`;
    case 'derivative':
      return DERIVATIVE_KEY.test(symbol) ? undefined : `${rule.channel} needs a short code, such as A01612, not "${symbol}"`;
    case 'text':
      return symbol === '' ? `${rule.channel} needs a key` : undefined;
    case 'hts-id':
      return undefined;
    default:
      return assertNever(rule.key);
  }
}
