import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { healthConfig } from '../../recorder/config/health-config.ts';
import { parseRecorderConfig } from '../../recorder/config/parse-config.ts';
import { ALERT_KINDS } from '../../recorder/health/alert.ts';
import { METRIC_FAMILIES } from '../../recorder/health/metric-families.ts';
import { DEFAULT_THRESHOLDS, planHealth } from '../../recorder/plan/plan-health.ts';

const read = (path: string): string => readFileSync(new URL(`../../docs/${path}`, import.meta.url), 'utf8');
const page = read('operations.md');

describe('the page of operations', () => {
  test('names every metric, and no other', () => {
    const rows = [...page.matchAll(/^\| `(recorder_\w+)` \|/gm)].map((match) => match[1]);
    expect(rows).toEqual(METRIC_FAMILIES.map(({ name }) => name));
  });

  test('says of every alert what it means and what to do', () => {
    const rows = [...page.matchAll(/^\| `([a-z-]+)[^`]*` \| (?:critical|warning)[^|]* \| [^|]{10,} \| [^|]{5,} \|$/gm)].map(
      (match) => match[1],
    );
    expect(rows).toEqual([...ALERT_KINDS]);
  });

  test('has an example that can be recorded', () => {
    const example = /<!-- example: health -->\n```toml\n([\s\S]*?)```/.exec(page)![1]!;
    const variables = { TELEGRAM_TOKEN: '1:x', SLACK_WEBHOOK_URL: 'https://hooks.example.test/x' };
    expect(planHealth(parseRecorderConfig(example, 'the page'), variables)).toMatchObject({
      webhooks: [{ kind: 'telegram' }, { kind: 'slack', name: 'desk' }],
      thresholds: { ...DEFAULT_THRESHOLDS, gapMs: 10_000, reconnectsPerHour: 10 },
    });
  });

  test('names every threshold, as the page of the configuration does', () => {
    const names = Object.keys(healthConfig.shape.thresholds.unwrap().shape);
    for (const name of names) expect(page, name).toContain(`\`${name}\``.replace('silence', 'thresholds.silence'));
    const configuration = read('configuration.md');
    for (const name of [...names, ...Object.keys(healthConfig.shape)]) expect(configuration, name).toContain(`\`${name}\``);
  });
});

test('the containers publish on the loopback address only', () => {
  const compose = read('operations/compose.yml');
  const ports = [...compose.matchAll(/^\s+- "([\d.:]+)"$/gm)].map((match) => match[1]!);
  expect(ports.length).toBe(3);
  expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
});

test('the service ends cleanly, starts again after a failure, and not after a wrong configuration', () => {
  const unit = read('operations/tapedeck.service');
  for (const line of ['KillSignal=SIGTERM', 'Restart=on-failure', 'RestartPreventExitStatus=2', 'NoNewPrivileges=true']) {
    expect(unit.split('\n')).toContain(line);
  }
});
