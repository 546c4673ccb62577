import { expect, test } from 'vitest';
import { KST_OFFSET_US, SymbolTable } from '#domain';
import { type Random, randomOf } from '../../seeds.ts';
import { mutateBytes } from '../frame-mutation.ts';
import { mutationCount, mutationTally } from '../mutation-tally.ts';
import { comparable, recordedSink } from '../recorded-sink.ts';
import { type CsvMeta, decodeLines, metaOf } from './csv-lines.ts';
import { decodeCsvReference } from './reference.ts';

/** Lines in all; `TAPEDECK_MUTATIONS=300000` searches longer. */
const LINES = mutationCount(20_000);
const TALLY = mutationTally('csv');

const METAS: readonly CsvMeta[] = [
  {},
  { zoneOffsetUs: KST_OFFSET_US, interval: '1d', timeIs: 'close' },
  { columns: ['date', 'time', 'open', 'high', 'low', 'close', 'amount', 'count', 'vol'], zoneOffsetUs: KST_OFFSET_US },
];

function numberText(random: Random): string {
  const plain = String(random.integer(0, 10 ** random.integer(1, 9)) / 10 ** random.integer(0, 6));
  return random.pick([
    plain,
    plain,
    plain,
    `-${plain}`,
    `+${plain}`,
    `${plain}e-3`,
    `.5`,
    '7.',
    '',
    'NaN',
    '-',
    ' 12 ',
    '123456789012345678.25',
    '1e999',
    '-0',
  ]);
}

function timeText(random: Random): string {
  const two = (max: number) => String(random.integer(0, max)).padStart(2, '0');
  const date = `${random.integer(1965, 2040)}-${two(13)}-${two(31)}`;
  const clock = `${two(24)}:${two(60)}${random.chance(0.7) ? `:${two(60)}${random.pick(['', '', '.5', ',123456789', '.1234567891'])}` : ''}`;
  const zone = random.pick(['', '', '', 'Z', '+09:00', '-0530', ' Z', '+9']);
  const digits = String(random.integer(0, 9)) + random.uint64().toString();
  return random.pick([
    date,
    `${date}T${clock}${zone}`,
    `${date} ${clock}${zone}`,
    `${date.replaceAll('-', '/')} ${clock}`,
    date.replaceAll('-', ''),
    `${date}${clock}`.replaceAll(/\D/g, ''),
    digits.slice(0, random.integer(1, 20)),
    `${digits.slice(0, 10)}.${digits.slice(10)}`,
  ]);
}

function someLine(random: Random, meta: CsvMeta): string {
  const two = (max: number) => String(random.integer(0, max)).padStart(2, '0');
  const clock = random.pick([
    `${two(24)}:${two(60)}`,
    `${two(24)}:${two(60)}:${two(60)}.25`,
    `${two(24)}${two(60)}`,
    `${random.integer(0, 24)}${two(60)}${two(60)}`,
  ]);
  const times = meta.columns?.[0] === 'date' ? [timeText(random).slice(0, random.pick([8, 10, 12])), clock] : [timeText(random)];
  const count = (meta.columns?.length ?? 6) - times.length + random.pick([0, 0, 0, 0, 1, -1]);
  const cells = [...times, ...Array.from({ length: count }, () => numberText(random))];
  const written = cells.map((cell) => (random.chance(0.1) ? `"${cell}${random.chance(0.1) ? '"",' : ''}"` : cell));
  return written.join(',') + (random.chance(0.2) ? '\r' : '');
}

test('the production decoder says the same as the reference on generated and changed lines', () => {
  let bars = 0;
  for (let seed = 1; seed <= LINES; seed++) {
    const random = randomOf(seed);
    const meta = random.pick(METAS);
    const line = new TextEncoder().encode(someLine(random, meta));
    const bytes = random.chance(0.5) ? line : mutateBytes(line, random);
    const symbols = new SymbolTable();
    const reference = recordedSink(symbols);
    decodeCsvReference(reference.sink, symbols, metaOf(meta), bytes);
    const production = comparable(decodeLines([bytes], meta).calls);
    if (production.join('\n') !== comparable(reference.calls).join('\n')) {
      expect(production, `seed ${seed}: ${JSON.stringify(new TextDecoder().decode(bytes))}`).toEqual(comparable(reference.calls));
    }
    TALLY.add(line, bytes, production);
    bars += reference.of('bar').length;
  }
  // The generator must not drown in refusals.
  expect(bars).toBeGreaterThan(LINES / 20);
});
