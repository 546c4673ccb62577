import type { Instrument } from '#domain';

/** Currencies that instruments are quoted in: dollars and other stable coins, coins, money. The longest that fits wins. */
const QUOTE_CURRENCIES = [
  ...[
    'USDT',
    'USDC',
    'FDUSD',
    'TUSD',
    'BUSD',
    'USDP',
    'USD1',
    'RLUSD',
    'XUSD',
    'USDE',
    'USDS',
    'PAX',
    'DAI',
    'UST',
    'USD',
    'AEUR',
    'EURI',
    'BIDR',
    'IDRT',
    'BVND',
    'BKRW',
  ],
  ...['BTC', 'ETH', 'BNB', 'XRP', 'TRX', 'DOGE', 'DOT', 'SOL', 'VAI'],
  ...['TRY', 'EUR', 'KRW', 'GBP', 'AUD', 'BRL', 'RUB', 'UAH', 'NGN', 'PLN', 'RON', 'ZAR', 'ARS', 'JPY', 'MXN', 'CZK', 'COP', 'IDR'],
].sort((left, right) => right.length - left.length);
const DELIVERY = /^(.+)_\d{6}$/;

/** `BTCUSDT` is spot or perpetual in USDT, `BTCUSDT_250328` of USD-M a future in USDT. Unknown endings have no currency. */
export function instrumentOf(venue: string, isSpot: boolean, symbol: string): Instrument {
  const delivery = isSpot ? null : DELIVERY.exec(symbol);
  const currency = quoteCurrency(delivery?.[1] ?? symbol);
  if (currency === '') return { venue, symbol, kind: 'unknown', currency, multiplier: 1 };
  return { venue, symbol, kind: isSpot ? 'spot' : delivery === null ? 'perpetual' : 'future', currency, multiplier: 1 };
}

function quoteCurrency(pair: string): string {
  return QUOTE_CURRENCIES.find((currency) => pair.length > currency.length && pair.endsWith(currency)) ?? '';
}
