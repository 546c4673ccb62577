import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../cli/bars-session.ts';
import { CliProcess, type ServedAddress, startServing } from '../cli/cli-process.ts';
import { writeConfig } from '../cli/recording-desk.ts';
import { filesWithSecrets, textsWithSecrets } from './secret-scan.ts';

// What `tapedeck record` says of itself, as a process: its log, stderr, stdout, and the pages that anybody on the machine may read.

const VARIABLES = {
  KIS_APP_KEY: `PS${'planted'.repeat(4)}kis123`,
  KIS_APP_SECRET: 'PlantedKisSecret+/9'.repeat(10).slice(0, 180),
  KIS_HTS_ID: 'planted-hts-id',
  KIWOOM_APP_KEY: 'planted-kiwoom-app-key-0123456789',
  KIWOOM_SECRET_KEY: 'planted-kiwoom-secret-key-987654321',
  COINCALL_API_KEY: 'cGxhbnRlZCtrZXk/PT0=',
  COINCALL_SECRET: 'planted-coincall-secret-0123456789',
  PLANTED_HOOK: 'http://127.0.0.1:9/services/planted-hook-0123456789',
  PLANTED_TOKEN: '123456:planted-telegram-token-0123456789',
};

/** Texts that go over REST and are secret, by the name of their JSON member. */
const SECRET_MEMBERS = ['access_token', 'approval_key', 'token'];

test('no secret is in what a recorder logs, prints and shows, through refused logins, lost connections and failing webhooks', async () => {
  const folder = temporaryFolder();
  const secrets = new Set<string>(Object.values(VARIABLES));
  const { addresses, stop } = await startServing([
    ...['--synthetic', '--venue', 'kis', '--venue', 'kiwoom', '--venue', 'coincall-futures'],
    ...['--start', '2026-11-20T10:00:00+09:00', '--duration', '3h', '--clock-scale', '20', '--wait', '3'],
    ...['--option', `kis.appKey=${VARIABLES.KIS_APP_KEY}`, '--option', `kis.appSecret=${VARIABLES.KIS_APP_SECRET}`],
    ...[
      '--option',
      `coincall-futures.apiKey=${VARIABLES.COINCALL_API_KEY}`,
      '--option',
      `coincall-futures.secret=${VARIABLES.COINCALL_SECRET}`,
    ],
    ...['--fault', 'cut@40s,refuse-login@38s:30s,malformed@20s'],
  ]);
  const served = await Promise.all(addresses.map((address) => heardAddress(address, secrets)));
  const words = ['--session', 'caught', '--data', folder, '--clock-start', '2026-11-20T10:00:00+09:00', '--clock-scale', '20', '--json'];
  const recorder = CliProcess.start(['record', writeConfig(folder, configText(served)), ...words], VARIABLES);
  const shown: Record<string, string> = {};
  const look = async (when: string) => {
    const [pages] = await recorder.told(/http:\/\/127\.0\.0\.1:\d+(?=\/healthz)/);
    for (const path of ['/healthz', '/readyz', '/metrics', '/planted-token'])
      shown[`${path} ${when}`] = await (await fetch(`${pages}${path}?key=${VARIABLES.COINCALL_SECRET}`)).text();
  };
  const count = (pattern: RegExp) => recorder.stderr.match(pattern)?.length ?? 0;
  await recorder.until('every venue to be connected', () => count(/ws-1: connected$/gm) >= 3);
  await look('while it is well');
  await recorder.until('refusals after the cut', () => VENUES.every((venue) => losses(recorder, venue) > 0));
  await look('after a loss');
  await recorder.until('every venue to be back', () => VENUES.every((venue) => isBack(recorder, venue)));
  await look('when it is back');
  const { code, stdout, stderr } = await recorder.kill('SIGINT');
  expect(code, stderr).toBe(0);
  await stop();

  // What is scanned is what it should be: the log has the losses and the failing webhooks, the pages answered, tokens were given out.
  const log = readFileSync(join(folder, 'logs', 'recorder.jsonl'), 'utf8');
  for (const text of [log, stderr]) expect(text).toMatch(/disconnected.*[\s\S]*webhook/);
  expect(shown['/metrics when it is back']).toContain('recorder_subscriptions{venue="coincall-futures"');
  expect(shown['/readyz after a loss']).toContain('"venue"');
  const kept = readdirSync(join(folder, 'tokens')).map((name) => readFileSync(join(folder, 'tokens', name), 'utf8'));
  expect([...secrets].filter((secret) => kept.some((text) => text.includes(secret))).length).toBeGreaterThanOrEqual(2);
  expect(secrets.size).toBeGreaterThanOrEqual(Object.keys(VARIABLES).length + 3);

  expect(textsWithSecrets({ ...shown, stdout, stderr, log }, secrets)).toEqual([]);
  // A signature is as good as its secret for a while.
  for (const text of [stderr, stdout, log, ...Object.values(shown)]) expect(text).not.toMatch(/sign=|[0-9A-F]{64}\b/);
  expect(await filesWithSecrets(folder, secrets)).toEqual([]);
});

const VENUES = ['kis', 'kiwoom', 'coincall-futures'];

/** What was said of it last is that it is live. */
function isBack({ stderr }: CliProcess, venue: string): boolean {
  const lost = Math.max(...['disconnected', 'connecting again'].map((word) => stderr.lastIndexOf(`${venue} ws-1: ${word}`)));
  return stderr.lastIndexOf(`${venue} ws-1: live`) > lost;
}

function losses(recorder: CliProcess, venue: string): number {
  return recorder.stderr.match(new RegExp(`${venue} ws-1: (?:disconnected|refused|connecting again)`, 'g'))?.length ?? 0;
}

/** The same venue, over a REST address that hears the secrets it gives out. */
async function heardAddress({ venue, rest, socket }: ServedAddress, secrets: Set<string>): Promise<ServedAddress> {
  const proxy = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { host: _, connection: _c, 'content-length': _l, ...headers } = request.headers;
      void fetch(`${rest}${request.url}`, {
        method: request.method!,
        headers: headers as Record<string, string>,
        ...(parts.length === 0 ? {} : { body: Buffer.concat(parts) }),
      })
        .then(async (answer) => {
          const body = Buffer.from(await answer.arrayBuffer());
          for (const member of SECRET_MEMBERS)
            for (const [, value] of body.toString().matchAll(new RegExp(`"${member}"\\s*:\\s*"([^"]{6,})"`, 'g'))) secrets.add(value!);
          response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/json' }).end(body);
        })
        .catch(() => response.destroy());
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    proxy.close();
    proxy.closeAllConnections();
  });
  return { venue, rest: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, socket };
}

function configText(served: readonly ServedAddress[]): string {
  const endpoints = (venue: string, more = '') => {
    const { rest, socket } = served.find((address) => address.venue === venue)!;
    return `endpoints = { rest = "${rest}", socket = "${socket}"${more.replace('REST', rest)} }`;
  };
  return `
[limits]
disk = "1MiB"
startup = "2h"
[health]
listen = "127.0.0.1:0"
webhooks = [{ kind = "json", url = "PLANTED_HOOK", level = "info" }, { kind = "telegram", token = "PLANTED_TOKEN", chat = "1" }]
[kis]
${endpoints('kis', ', hosts = { "new.real.download.dws.co.kr" = "REST" }')}
notices = ["stock"]
[[kis.stocks]]
code = "005930"
channels = ["trade", "book"]
interval = "1m"
[kiwoom]
${endpoints('kiwoom')}
[[kiwoom.stocks]]
code = "005930"
[coincall-futures]
${endpoints('coincall-futures')}
symbols = [{ symbol = "BTCUSD" }]
`;
}
