import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CHANNEL_LABELS } from '../../venues/binance/channel.ts';
import { SPOT_LAYOUTS, USDM_LAYOUTS } from '../../venues/binance/layout.ts';
import { CODES_END, labelOfCode } from '../../venues/coincall/channel.ts';
import { LAYOUTS } from '../../venues/coincall/layout.ts';
import { CSV_CHANNEL } from '../../venues/csv/decode.ts';
import { isBarRequest } from '../../venues/kis/bar-body.ts';
import { isBoard } from '../../venues/kis/board-body.ts';
import { CHANNEL_RULES } from '../../venues/kis/channel-rules.ts';
import { CHANNEL_LAYOUTS } from '../../venues/kis/layouts.ts';
import { isMaster } from '../../venues/kis/master-body.ts';
import { isQuote } from '../../venues/kis/quote-body.ts';
import { REAL_TYPES } from '../../venues/kiwoom/real-types.ts';
import { CHANNEL_TABLES } from '../../venues/kiwoom/slots.ts';

const PAGE = readFileSync(new URL('../../docs/decoders.md', import.meta.url), 'utf8');
const EVENTS = ['trade', 'quote', 'book', 'bar', 'option-quote', 'auction', 'status', 'reading', 'notice', 'instrument'];

interface Row {
  readonly labels: readonly string[];
  readonly status: string;
  readonly events: readonly string[];
  readonly evidence: string;
}

/** The rows of the channel tables below a heading, up to the next heading. */
function rowsOf(heading: string): readonly Row[] {
  const section = PAGE.split(/^### /m).find((text) => text.startsWith(heading)) ?? '';
  const lines = section.split(/^## /m)[0]!.split('\n');
  const rows = lines.filter((line) => line.startsWith('| `')).map((line) => line.split('|').map((cell) => cell.trim()));
  return rows.map(([, labels = '', , status = '', events = '', evidence = '']) => ({
    labels: codes(labels),
    status,
    events: codes(events),
    evidence,
  }));
}

function codes(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
}

function labelsOf(heading: string, status: string): readonly string[] {
  const rows = rowsOf(heading).filter((row) => row.status === status);
  return rows.flatMap(({ labels }) => labels).toSorted();
}

function sorted(labels: Iterable<string>): readonly string[] {
  return [...new Set(labels)].toSorted();
}

const COINCALL_LABELS = Array.from({ length: CODES_END }, (_, code) => labelOfCode(code)).filter((label) => label !== '');
const BINANCE_DECODED = [...SPOT_LAYOUTS, ...USDM_LAYOUTS].flatMap((layout) =>
  layout === undefined ? [] : [CHANNEL_LABELS[layout.channel]!],
);
const KIS_DECODED = CHANNEL_LAYOUTS.map(({ channel }) => channel);
const KIWOOM_DECODED = CHANNEL_TABLES.map(({ type }) => type);

/** Heading, channels that the venue's tables decode, all other channels that they tell apart. */
const VENUES: readonly (readonly [heading: string, decoded: readonly string[], others: readonly string[]])[] = [
  ['Binance', BINANCE_DECODED, CHANNEL_LABELS.filter((label) => label !== '' && label !== 'control')],
  ['Coincall', Object.keys(LAYOUTS), COINCALL_LABELS],
  ['Kiwoom', KIWOOM_DECODED, [...REAL_TYPES.keys()]],
  ['csv', [CSV_CHANNEL], []],
];

describe('the page of decoders', () => {
  test.each(VENUES)('calls exactly those channels of %s decoded that are, and all others counted', (heading, decoded, all) => {
    expect(labelsOf(heading, 'decoded')).toEqual(sorted(decoded));
    expect(labelsOf(heading, 'counted')).toEqual(sorted(all).filter((label) => !decoded.includes(label)));
  });

  test('calls exactly those channels of KIS decoded that are, its REST bodies too, and all others counted', () => {
    const isBody = (label: string) => isBarRequest(label) || isBoard(label) || isQuote(label) || isMaster(label);
    const decoded = labelsOf('KIS', 'decoded');
    expect(decoded.filter((label) => !isBody(label))).toEqual(sorted(KIS_DECODED));
    expect(decoded.filter(isBody)).toHaveLength(10);
    expect(labelsOf('KIS', 'counted')).toEqual(sorted(CHANNEL_RULES.keys()).filter((label) => !KIS_DECODED.includes(label)));
  });

  test.each(['Binance', 'Coincall', 'KIS', 'Kiwoom', 'csv'])(
    'names a status, known events and the evidence in every row of %s',
    (heading) => {
      const rows = rowsOf(heading);
      expect(rows.length).toBeGreaterThan(0);
      for (const { labels, status, events, evidence } of rows) {
        expect(['decoded', 'counted', 'control'], labels.join(' ')).toContain(status);
        if (status === 'decoded') expect(events.length, labels.join(' ')).toBeGreaterThan(0);
        expect(events.filter((event) => !EVENTS.includes(event))).toEqual([]);
        expect(evidence, labels.join(' ')).toMatch(/^[OEDC–]/);
      }
    },
  );
});
