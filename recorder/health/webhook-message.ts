import { assertNever, isoMicroseconds } from '#domain';
import type { WebhookPlan } from '../plan/plan-health.ts';
import type { Alert } from './alert.ts';

/** What one POST carries. */
export interface WebhookRequest {
  readonly url: string;
  /** JSON text. */
  readonly body: string;
}

/** Telegram refuses more than 4,096 characters in a message; the rest is left for the marks around the text. */
const TELEGRAM_TEXT_MAX = 4_000;
/** Slack cuts a message at 40,000 characters and advises 4,000. */
const SLACK_TEXT_MAX = 12_000;
const JSON_TEXT_MAX = 100_000;
const TELEGRAM_BASE = 'https://api.telegram.org';

/** An alert as the receiver wants it; `telegramBase` is another host in tests. */
export function webhookRequest(hook: WebhookPlan, alert: Alert, telegramBase = TELEGRAM_BASE): WebhookRequest {
  switch (hook.kind) {
    case 'json':
      return { url: hook.url, body: JSON.stringify(jsonAlert(alert)) };
    case 'slack':
      return { url: hook.url, body: JSON.stringify({ text: slackEscaped(cut(alertText(alert), SLACK_TEXT_MAX)) }) };
    case 'telegram':
      return {
        url: `${telegramBase}/bot${hook.token}/sendMessage`,
        body: JSON.stringify({ chat_id: hook.chat, text: cut(alertText(alert), TELEGRAM_TEXT_MAX), disable_web_page_preview: true }),
      };
    default:
      return assertNever(hook);
  }
}

/** The documented shape of a `json` webhook (docs/operations.md). */
function jsonAlert({ key, state, severity, venue, title, message, session, atUs, sinceUs }: Alert): object {
  return {
    source: 'tapedeck',
    key,
    state,
    severity,
    session,
    venue,
    title,
    message: cut(message, JSON_TEXT_MAX),
    at: isoMicroseconds(atUs),
    ...(sinceUs === undefined ? {} : { since: isoMicroseconds(sinceUs) }),
  };
}

const STATE_WORDS: Readonly<Record<Alert['state'], string>> = {
  firing: '',
  repeated: 'STILL ',
  resolved: 'RESOLVED ',
  event: '',
  report: '',
};

/** For people: one line that says it, then the numbers. Plain text, so that no name of a symbol is taken for a mark-up. */
export function alertText({ state, severity, title, message, session }: Alert): string {
  if (state === 'report') return `${title}\n\n${message}`;
  return `${STATE_WORDS[state]}${severity.toUpperCase()}: ${title}\n${message}\n(session ${session})`;
}

/** The three characters that Slack reads as its own. */
function slackEscaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function cut(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax)}\n… cut; tapedeck inspect shows all of it`;
}
