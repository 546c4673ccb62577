import type { AuditEntry, StepAudit } from '#domain';
import type { FollowedEntry, LiveNews, TradingAlert } from './live-order.ts';

/** What can be followed, by the word of the command line: the kinds of audit entries it stands for. */
export const FOLLOW_KINDS: Readonly<Record<string, readonly AuditEntry['kind'][]>> = {
  candles: ['candle'],
  signals: ['intent', 'refusal', 'rule'],
  orders: ['order', 'cancel', 'rejection'],
  fills: ['fill'],
  status: ['status', 'feed', 'book', 'late-trade'],
  subscriptions: ['subscription', 'timer'],
};

interface AuditLine {
  readonly entries: readonly { readonly kind: string; readonly [name: string]: unknown }[];
}

/** Turns audits into what the recorder's thread must hear: what is followed, what a strategy watches, what somebody must be told. */
export class LiveAudits {
  readonly #post: (news: LiveNews) => void;
  readonly #kinds: ReadonlySet<string>;
  /** What the strategy watches while its past is rebuilt: told as one wish a symbol when that is done. */
  readonly #watched = new Map<string, { readonly venue: string; readonly symbol: string }>();
  #isRebuilding = true;

  constructor(follow: readonly string[], post: (news: LiveNews) => void) {
    this.#post = post;
    this.#kinds = new Set(follow.flatMap((word) => FOLLOW_KINDS[word] ?? []));
  }

  add(line: string, audit: StepAudit, isPast: boolean): void {
    this.#followSubscriptions(audit.entries);
    if (isPast) return;
    if (this.#kinds.size > 0 && audit.entries.some(({ kind }) => this.#kinds.has(kind))) this.#follow(line, audit);
    if (audit.entries.some(isAlarming)) this.#alarm(line);
  }

  /** The past is rebuilt: what is watched by now is wanted from the recorder. */
  caughtUp(): void {
    if (!this.#isRebuilding) return;
    this.#isRebuilding = false;
    for (const { venue, symbol } of this.#watched.values()) this.#post({ kind: 'subscription', action: 'watch', venue, symbol });
  }

  #followSubscriptions(entries: readonly AuditEntry[]): void {
    for (const entry of entries) {
      if (entry.kind !== 'subscription') continue;
      const { action, venue, symbol } = entry;
      if (action === 'watch') this.#watched.set(`${venue} ${symbol}`, { venue, symbol });
      else this.#watched.delete(`${venue} ${symbol}`);
      if (!this.#isRebuilding) this.#post({ kind: 'subscription', action, venue, symbol });
    }
  }

  #follow(line: string, { sequence, timeUs }: StepAudit): void {
    const entries = (JSON.parse(line) as AuditLine).entries
      .filter(({ kind }) => this.#kinds.has(kind))
      .map((entry): FollowedEntry => ({ kind: entry.kind, sequence, timeUs, entry }));
    this.#post({ kind: 'followed', entries });
  }

  #alarm(line: string): void {
    for (const entry of (JSON.parse(line) as AuditLine).entries) {
      const alert = alertOf(entry);
      if (alert !== undefined) this.#post({ kind: 'alert', alert });
    }
  }
}

function isAlarming({ kind }: AuditEntry): boolean {
  return kind === 'rule' || kind === 'refusal' || kind === 'rejection' || kind === 'status';
}

/** What a trader wants to be woken for: a rule that acted, an order that was refused, trading that stopped (VI, halt) and went on. */
function alertOf(entry: { readonly kind: string; readonly [name: string]: unknown }): TradingAlert | undefined {
  const text = (name: string): string => String(entry[name] ?? '');
  return TRADING_ALERTS[entry.kind]?.(entry, text);
}

type AlertOf = (entry: { readonly [name: string]: unknown }, text: (name: string) => string) => TradingAlert | undefined;

const TRADING_ALERTS: Readonly<Record<string, AlertOf>> = {
  rule: (_, text) => ({
    key: `rule|${text('rule')}|${text('symbol')}`,
    severity: text('rule') === 'daily-loss-limit' ? 'critical' : 'warning',
    title: `${text('rule')} ${text('symbol')}`,
    message: text('reason'),
  }),
  refusal: (entry, text) => ({
    key: `refusal|${text('rule')}`,
    severity: 'warning',
    title: `order refused by ${text('rule')}`,
    message: `${text('reason')}: ${JSON.stringify(entry.intent)}`,
  }),
  rejection: (_, text) => ({
    key: `rejection|${text('reason')}`,
    severity: 'warning',
    title: `order ${text('orderId')} rejected`,
    message: text('reason'),
  }),
  status: (entry, text) => {
    // The hours of the market are no news.
    if (text('status') === 'phase') return undefined;
    const isRestricted = entry.isRestricted === true;
    return {
      key: `status|${text('symbol')}|${text('status')}`,
      severity: isRestricted ? 'warning' : 'info',
      title: `${text('symbol')}: ${text('status')}${isRestricted ? ', trading is restricted (VI 변동성완화장치, halt)' : ''}`,
      message: `code ${text('code')}`,
    };
  },
};
