import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Alert } from '../../../recorder/health/alert.ts';
import { Webhook } from '../../../recorder/health/webhooks.ts';
import { callHttp } from '../../../recorder/net/http.ts';
import type { WebhookPlan } from '../../../recorder/plan/plan-health.ts';
import { ManualClock } from '../../fixtures/manual-clock.ts';

interface Post {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A real server that answers as `reply` says; 0 is no answer at all. */
async function receiver(reply: (nth: number) => number | readonly [status: number, retryAfter: string]) {
  const posts: Post[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      posts.push({ path: request.url ?? '', body: JSON.parse(Buffer.concat(parts).toString()) as Post['body'] });
      const answer = reply(posts.length);
      const [status, retryAfter] = typeof answer === 'number' ? [answer, undefined] : answer;
      if (status !== 0) response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter }).end('ok');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { posts, base: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function anAlert(title: string, more: Partial<Alert> = {}): Alert {
  return {
    key: `a/${title}`,
    state: 'firing',
    severity: 'warning',
    venue: 'kis',
    title,
    message: 'down for 75 s <now>',
    session: 'watched',
    atUs: 1_795_132_800_000_000,
    sinceUs: 1_795_132_740_000_000,
    ...more,
  };
}

function bench(hook: Partial<WebhookPlan> & Pick<WebhookPlan, 'kind'>, base: string) {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const target = hook.kind === 'telegram' ? { token: '1:SECRETTOKEN', chat: '-100' } : { url: `${base}/hook/SECRETPATH` };
  const plan = { name: 'desk', level: 'info', ...target, ...hook } as WebhookPlan;
  const webhook = new Webhook({ hook: plan, clock, callHttp, warn: (text) => warnings.push(text), telegramBase: base });
  return { clock, warnings, webhook };
}

/** Waits until it holds, by turns of the event loop: the network is real, the clock is not. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe('a webhook posts', () => {
  test('JSON of its own shape', async () => {
    const { posts, base } = await receiver(() => 200);
    const { webhook } = bench({ kind: 'json' }, base);
    webhook.send(anAlert('x'));
    await until(() => webhook.sent === 1);
    expect(posts).toEqual([
      {
        path: '/hook/SECRETPATH',
        body: {
          source: 'tapedeck',
          key: 'a/x',
          state: 'firing',
          severity: 'warning',
          session: 'watched',
          venue: 'kis',
          title: 'x',
          message: 'down for 75 s <now>',
          at: '2026-11-20T00:00:00Z',
          since: '2026-11-19T23:59:00Z',
        },
      },
    ]);
  });

  test('text to Slack, with its three characters escaped', async () => {
    const { posts, base } = await receiver(() => 200);
    const { webhook } = bench({ kind: 'slack' }, base);
    webhook.send(anAlert('x', { state: 'resolved' }));
    await until(() => webhook.sent === 1);
    expect(posts[0]?.body).toEqual({ text: 'RESOLVED WARNING: x\ndown for 75 s &lt;now&gt;\n(session watched)' });
  });

  test('a message of the bot to Telegram, cut where Telegram would refuse it', async () => {
    const { posts, base } = await receiver(() => 200);
    const { webhook } = bench({ kind: 'telegram' }, base);
    webhook.send(anAlert('Morning', { state: 'report', severity: 'info', message: 'x'.repeat(9_000) }));
    await until(() => webhook.sent === 1);
    expect(posts[0]).toMatchObject({ path: '/bot1:SECRETTOKEN/sendMessage', body: { chat_id: '-100' } });
    const text = String(posts[0]?.body.text);
    expect(text.length).toBeLessThanOrEqual(4_096);
    expect(text).toMatch(/^Morning\n\nx+\n… cut; tapedeck inspect shows all of it$/);
  });

  test('only what is as grave as it wants, and reports always', async () => {
    const { posts, base } = await receiver(() => 200);
    const { webhook } = bench({ kind: 'json', level: 'critical' }, base);
    webhook.send(anAlert('warning'));
    webhook.send(anAlert('critical', { severity: 'critical' }));
    webhook.send(anAlert('report', { state: 'report', severity: 'info' }));
    await until(() => webhook.sent === 2);
    expect(posts.map(({ body }) => body.title)).toEqual(['critical', 'report']);
  });
});

describe('a receiver', () => {
  test('that fails for a while gets everything in order', async () => {
    const { posts, base } = await receiver((nth) => (nth <= 3 ? 500 : 200));
    const { webhook, clock, warnings } = bench({ kind: 'json' }, base);
    webhook.send(anAlert('first'));
    webhook.send(anAlert('second'));
    for (let tries = 1; tries <= 3; tries++) {
      await until(() => warnings.length === tries);
      await clock.advance(2_000 * 2 ** (tries - 1));
    }
    await until(() => webhook.sent === 2);
    expect(posts.map(({ body }) => body.title)).toEqual(['first', 'first', 'first', 'first', 'second']);
    expect({ failed: webhook.failed, lost: webhook.lost }).toEqual({ failed: 3, lost: 0 });
    expect(warnings[0]).toBe('webhook desk: it answered 500; "first" is tried again in 2 s');
  });

  test('that hangs is left after five seconds', async () => {
    const { posts, base } = await receiver((nth) => (nth === 1 ? 0 : 200));
    const { webhook, clock, warnings } = bench({ kind: 'json' }, base);
    webhook.send(anAlert('x'));
    await until(() => posts.length === 1);
    await clock.advance(4_999);
    expect(warnings).toEqual([]);
    await clock.advance(1);
    await until(() => warnings.length === 1);
    expect(warnings[0]).toContain('no answer in 5 s');
    await clock.advance(2_000);
    await until(() => webhook.sent === 1);
  });

  test('that asks for patience gets it', async () => {
    const { posts, base } = await receiver((nth) => (nth === 1 ? [429, '30'] : 200));
    const { webhook, clock, warnings } = bench({ kind: 'json' }, base);
    webhook.send(anAlert('x'));
    await until(() => warnings.length === 1);
    await clock.advance(29_000);
    expect(posts).toHaveLength(1);
    await clock.advance(1_000);
    await until(() => webhook.sent === 1);
  });

  test('that refuses is not asked again: the address or the token is wrong', async () => {
    const { posts, base } = await receiver(() => 403);
    const { webhook, warnings } = bench({ kind: 'json' }, base);
    webhook.send(anAlert('x'));
    await until(() => webhook.lost === 1);
    expect(posts).toHaveLength(1);
    expect(warnings).toEqual(['webhook desk: gave up "x" after 1 tries: it answered 403']);
  });

  test('that is never there loses one alert after the other, after seven tries each, and no secret is told', async () => {
    const { base } = await receiver(() => 200);
    for (const end of ends.splice(0)) end();
    const { webhook, clock, warnings } = bench({ kind: 'json' }, base);
    webhook.send(anAlert('x'));
    for (let tries = 1; tries <= 7; tries++) {
      await until(() => warnings.length === tries);
      await clock.advance(Math.min(120_000, 2_000 * 2 ** (tries - 1)));
    }
    expect(warnings[0]).toContain('it cannot be reached (ECONNREFUSED)');
    expect({ failed: webhook.failed, lost: webhook.lost, waiting: webhook.waiting }).toEqual({ failed: 7, lost: 1, waiting: 0 });
    expect(warnings.join('\n')).not.toMatch(/SECRET|127\.0\.0\.1/);
  });
});

test('the queue has a limit: the oldest that is not on its way is given up, and counted', async () => {
  const { base } = await receiver(() => 0);
  const { webhook, warnings } = bench({ kind: 'json' }, base);
  for (let i = 0; i < 103; i++) webhook.send(anAlert(`n${i}`));
  expect({ waiting: webhook.waiting, lost: webhook.lost }).toEqual({ waiting: 100, lost: 3 });
  expect(warnings.map((text) => /"(n\d+)"/.exec(text)?.[1])).toEqual(['n1', 'n2', 'n3']);
});

test('the end waits a while for what is not sent, then ends and says what is lost', async () => {
  const { posts, base } = await receiver(() => 0);
  const { webhook, clock, warnings } = bench({ kind: 'json' }, base);
  webhook.send(anAlert('x'));
  webhook.send(anAlert('y'));
  await until(() => posts.length === 1);
  const closed = webhook.close();
  await clock.advance(10_000);
  await closed;
  expect(webhook.lost).toBe(2);
  expect(warnings.at(-1)).toBe('webhook desk: 2 alerts were not sent before the end');
  webhook.send(anAlert('z'));
  expect(webhook.waiting).toBe(0);
});
