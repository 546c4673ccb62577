import { expect, test } from 'vitest';
import { parseRecorderConfig } from '../../../recorder/config/parse-config.ts';
import { describePlan, reportPlan } from '../../../recorder/plan/describe-plan.ts';
import { draftRecording } from '../../../recorder/plan/plan-recording.ts';
import { SCRIPTED_PROTOCOLS, SCRIPTED_VARIABLES } from '../../fixtures/scripted-protocol.ts';

const NOW_US = Date.UTC(2026, 11, 7, 3) * 1000;
const TOML = `
  [session]
  name = "korea-{date}"
  until = "06:10"
  schedule = [{ days = "krx-night", start = "17:40", stop = "06:10" }, { days = ["sat", "sun"], start = "09:00", stop = "10:00" }]
  [kis]
  endpoints = { socket = "ws://127.0.0.1:9102" }
  stocks = [{ code = "005930", interval = "1m" }]
  chains = [{ maturity = "202612", strikes = 9, board = true, every = "5s" }]
  [binance-usdm]
  symbols = [{ symbol = "BTCUSDT", channels = ["trade", "bookTicker"] }]
`;

function draftOf(variables: Readonly<Record<string, string>>) {
  return draftRecording(parseRecorderConfig(TOML, 'korea.toml'), { protocols: SCRIPTED_PROTOCOLS, variables, nowUs: NOW_US });
}

test('the plan is shown with its connections, slots, rates, rooms and secrets', () => {
  const text = describePlan(reportPlan(draftOf({ KIS_APP_KEY: 'scripted-app-key', KIS_APP_SECRET: '' }), SCRIPTED_PROTOCOLS));
  expect(text.split('\n')).toEqual([
    'session korea-2026-12-07 in ./data, krx-night 17:40–06:10; sat sun 09:00–10:00, until 2026-12-07T21:10:00Z',
    'kis (real)',
    '  websocket ws://127.0.0.1:9102, REST https://rest.kis.test',
    '  key main: appKey present (KIS_APP_KEY), appSecret empty (KIS_APP_SECRET); REST 0.7 of 18 calls/s',
    '  connection ws-1 with key main: 38 of 41 slots, 2 subscriptions (krx-stock 2)',
    '  room for option chain 202612 KOSPI200: 18 symbols on ws-1, each with H0IOCNT0 H0EUCNT0 H0IOASP0 H0EUASP0',
    '  poll stock-minute: 1 target every 2s with key main in krx-stock hours, 0.5 calls/s',
    '  poll option-board: 1 target every 5s with key main in krx-derivatives hours, 0.2 calls/s',
    'binance-usdm (real)',
    '  websocket wss://socket.binance-usdm.test, REST https://rest.binance-usdm.test',
    '  key none: no secrets needed; REST 0 of 10 calls/s',
    '  connection public-1 with key none: 1 of 200 slots, 1 subscription (always 1)',
    '  connection market-1 with key none: 1 of 200 slots, 1 subscription (always 1)',
    "note: kis: the websocket address is not the venue's own (wss://socket.kis.test)",
    'note: KRX holidays are known until 2027-12-31; [calendar] adds to them',
    'problem: kis, key main: the variable KIS_APP_SECRET (appSecret) is set but empty; set it in the environment or in the file of --env-file [SECRET_MISSING]',
  ]);
});

test('no value of a secret is ever in it', () => {
  const report = reportPlan(draftOf(SCRIPTED_VARIABLES), SCRIPTED_PROTOCOLS);
  const everything = `${describePlan(report)}\n${JSON.stringify(report)}`;
  for (const value of Object.values(SCRIPTED_VARIABLES)) expect(everything).not.toContain(value);
  expect(report.venues[0]!.keys[0]!.secrets).toContainEqual({ secret: 'appKey', variable: 'KIS_APP_KEY', state: 'present' });
  expect(report.problems).toEqual([]);
});

test('the JSON of a report is the same as the report', () => {
  const report = reportPlan(draftOf(SCRIPTED_VARIABLES), SCRIPTED_PROTOCOLS);
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
});
