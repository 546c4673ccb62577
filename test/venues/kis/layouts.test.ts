import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isKnownField } from '../../../venues/kis/fields.ts';
import { CHANNEL_LAYOUTS } from '../../../venues/kis/layouts.ts';

const FILE = new URL('../../../../shared/protocols/kis-ws-fields.json', import.meta.url);
const hasFields = existsSync(FILE);
if (!hasFields) process.stdout.write(`skipped: no field list at ${FILE.pathname}\n`);

interface Documented {
  readonly documented_list_wrong?: boolean;
  readonly fields: readonly { readonly name: string }[];
  readonly layouts?: readonly { readonly fields: readonly string[] }[];
}

test.skipIf(!hasFields)('every layout is the field list of the protocol notes, name by name', () => {
  const documented = JSON.parse(readFileSync(FILE, 'utf8')) as Readonly<Record<string, Documented>>;
  for (const { channel, layouts } of CHANNEL_LAYOUTS) {
    const { fields, layouts: variants, documented_list_wrong: isWrong } = documented[channel]!;
    const known = new Map((variants ?? []).map((variant) => [variant.fields.length, variant.fields]));
    if (isWrong !== true && !known.has(fields.length))
      known.set(
        fields.length,
        fields.map(({ name }) => name),
      );
    expect(new Map(layouts.map((layout) => [layout.length, layout])), channel).toEqual(known);
  }
});

test('each channel has widths that differ, and its current one is among them', () => {
  for (const { channel, layouts, currentWidth } of CHANNEL_LAYOUTS) {
    const widths = layouts.map((layout) => layout.length);
    expect(new Set(widths).size, channel).toBe(widths.length);
    expect(widths, channel).toContain(currentWidth);
  }
});

test('every field of market data has a meaning, but for the texts and what nobody knows', () => {
  const texts = ['TR_SUSP_REAS_CNTT', 'MKOP_CLS_CODE', 'VI_CLS_CODE', 'OVTM_VI_CLS_CODE'];
  const unknown = CHANNEL_LAYOUTS.filter(({ kind }) => kind !== 'notice')
    .flatMap(({ layouts }) => layouts.flat())
    .filter((name) => !isKnownField(name) && !texts.includes(name) && !name.startsWith('UNKNOWN_'));
  expect(unknown).toEqual([]);
});
