import { type DatedRate, KRX_SELL_TAX, koreanMidnightUs, VENUE_FEES, type VenueFees } from './fees.ts';
import { invalid, SettingsReader } from './settings-reader.ts';

const RATE = { above: -0.01, below: 0.1, example: 0.001 } as const;

/** The venue table with the settings' rates over it: `{ "binance-spot": { "maker": 0.0008 } }`. */
export function readVenueFees(value: unknown, path: string): Readonly<Record<string, VenueFees>> {
  const venues: Record<string, VenueFees> = { ...VENUE_FEES };
  if (value === undefined) return venues;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(path, value, 'must be rates by venue such as { "binance-spot": { "maker": 0.001, "taker": 0.001 } }');
  }
  for (const [venue, rates] of Object.entries(value)) {
    const reader = new SettingsReader(`${path}.${venue}`, rates, ['maker', 'taker', 'hasKrxTax']);
    const known = venues[venue] ?? VENUE_FEES['*']!;
    venues[venue] = {
      maker: reader.number('maker', RATE) ?? known.maker,
      taker: reader.number('taker', RATE) ?? known.taker,
      hasKrxTax: reader.boolean('hasKrxTax') ?? known.hasKrxTax,
    };
  }
  return venues;
}

/** The tax table, or the settings' own in its place: `[{ "from": "2025-01-01", "rate": 0.0015 }]`, rising. */
export function readKrxTax(value: unknown, path: string): readonly DatedRate[] {
  if (value === undefined) return KRX_SELL_TAX;
  if (!Array.isArray(value)) throw invalid(path, value, 'must be a list such as [{ "from": "2025-01-01", "rate": 0.0015 }]');
  let lastUs = Number.NEGATIVE_INFINITY;
  return value.map((entry: unknown, index) => {
    const reader = new SettingsReader(`${path}[${index}]`, entry, ['from', 'rate']);
    const from = reader.text('from', '2025-01-01') ?? '';
    const fromUs = koreanMidnightUs(from);
    if (!(fromUs > lastUs)) throw invalid(reader.path('from'), from, 'must be a date such as 2025-01-01, later than the one before it');
    lastUs = fromUs;
    const rate = reader.number('rate', { min: 0, below: 0.1, example: 0.0015 });
    if (rate === undefined) throw invalid(reader.path('rate'), rate, 'must be given; write for example 0.0015');
    return { from, rate };
  });
}
