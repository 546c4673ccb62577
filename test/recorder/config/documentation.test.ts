import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PROTOCOLS, type VenueProtocol } from '#venues';
import { parseRecorderConfig } from '../../../recorder/config/parse-config.ts';
import { venuesOf } from '../../../recorder/config/recorder-config.ts';
import { draftRecording, planRecording } from '../../../recorder/plan/plan-recording.ts';
import { SCRIPTED_PROTOCOLS, SCRIPTED_VARIABLES } from '../../fixtures/scripted-protocol.ts';

const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/<!-- example: (\S+) -->\n```toml\n([\s\S]*?)```/g)].map((match) => ({
  name: match[1]!,
  toml: match[2]!,
}));
const NOW_US = Date.UTC(2026, 11, 7, 3) * 1000;
const VARIABLES = { ...SCRIPTED_VARIABLES, KIWOOM_SECOND_APP_KEY: 'second-app-key', KIWOOM_SECOND_SECRET_KEY: 'second-secret' };

test('the page has an example of every venue', () => {
  const venues = examples.flatMap(({ name, toml }) => venuesOf(parseRecorderConfig(toml, name)).map(({ venue }) => venue));
  expect(new Set(venues)).toEqual(new Set(SCRIPTED_PROTOCOLS.keys()));
});

describe.each(examples)('the example $name', ({ name, toml }) => {
  const config = parseRecorderConfig(toml, name);

  test('is a whole configuration whose plan is possible', () => {
    expect(planRecording(config, { protocols: SCRIPTED_PROTOCOLS, variables: VARIABLES, nowUs: NOW_US }).venues.length).toBeGreaterThan(0);
  });

  test('names only what the real protocols have', () => {
    const protocols = new Map<string, VenueProtocol>([...SCRIPTED_PROTOCOLS, ...PROTOCOLS]);
    const usual = [...protocols.values()].flatMap(({ venue, secrets }) =>
      secrets.map(({ variable }) => [variable, `${venue} ${variable}`]),
    );
    const variables = { ...VARIABLES, ...Object.fromEntries(usual) };
    expect(draftRecording(config, { protocols, variables, nowUs: NOW_US }).problems).toEqual([]);
  });
});

test('every code block of the page that is a configuration is one of the examples', () => {
  expect([...page.matchAll(/```toml/g)].length).toBe(examples.length);
});
