/** What is kept of which sessions. The first rule that matches a session counts; a session that none matches is kept for ever. */
export interface RetentionPolicy {
  readonly rules: readonly RetentionRule[];
  /** Folder of the copies; a journal is removed only when its session was read back from there. */
  readonly copyDir?: string;
}

export interface RetentionRule {
  /** Pattern of session names: `*` stands for any characters, `?` for one. */
  readonly sessions: string;
  /** Only sessions that recorded this venue. */
  readonly venue?: string;
  /** The journal is due when its last record is older. */
  readonly keepDays?: number;
  /** Bytes that the journals of this rule may have together; the oldest are due first. */
  readonly bytesMax?: number;
}

/** A session as rules see it. */
export interface RetainedSession {
  readonly session: string;
  readonly venues: readonly string[];
  /** Of the journal. */
  readonly bytes: number;
  /** Receive time of the last record. */
  readonly lastReceivedAtNs: bigint;
}

/** Why a journal is due, or why it is kept. */
export interface RetentionVerdict {
  readonly session: string;
  readonly isDue: boolean;
  /** `keepDays 30 of sessions "*"` */
  readonly reason: string;
}

const DAY_NS = 86_400_000_000_000n;

/** Judges all sessions, oldest first. */
export function judgeSessions(policy: RetentionPolicy, sessions: readonly RetainedSession[], nowNs: bigint): readonly RetentionVerdict[] {
  const oldestFirst = [...sessions].sort((a, b) =>
    a.lastReceivedAtNs < b.lastReceivedAtNs ? -1 : a.lastReceivedAtNs > b.lastReceivedAtNs ? 1 : 0,
  );
  const bytesLeft = policy.rules.map((rule) => sum(oldestFirst.filter((session) => ruleOf(policy, session) === rule)));
  return oldestFirst.map((session) => {
    const rule = ruleOf(policy, session);
    if (rule === undefined) return { session: session.session, isDue: false, reason: 'no rule is for it' };
    const place = policy.rules.indexOf(rule);
    const verdict = judge(rule, session, bytesLeft[place]!, nowNs);
    if (verdict.isDue) bytesLeft[place]! -= session.bytes;
    return verdict;
  });
}

function judge(rule: RetentionRule, { session, lastReceivedAtNs }: RetainedSession, bytesLeft: number, nowNs: bigint): RetentionVerdict {
  const { keepDays, bytesMax } = rule;
  const days = Number((nowNs - lastReceivedAtNs) / DAY_NS);
  const name = ruleName(rule);
  if (keepDays !== undefined && nowNs - lastReceivedAtNs > BigInt(keepDays) * DAY_NS)
    return { session, isDue: true, reason: `${days} days old, kept ${keepDays} (${name})` };
  if (bytesMax !== undefined && bytesLeft > bytesMax)
    return { session, isDue: true, reason: `the journals of ${name} have ${bytesLeft} bytes, of at most ${bytesMax}` };
  const limits = [
    ...(keepDays === undefined ? [] : [`${days} of ${keepDays} days old`]),
    ...(bytesMax === undefined ? [] : [`${bytesLeft} of at most ${bytesMax} bytes`]),
  ];
  return { session, isDue: false, reason: limits.length === 0 ? `${name} keeps everything` : `${limits.join(', ')} (${name})` };
}

function ruleOf({ rules }: RetentionPolicy, { session, venues }: RetainedSession): RetentionRule | undefined {
  return rules.find((rule) => matches(rule.sessions, session) && (rule.venue === undefined || venues.includes(rule.venue)));
}

function ruleName({ sessions, venue }: RetentionRule): string {
  return `sessions "${sessions}"${venue === undefined ? '' : ` of ${venue}`}`;
}

function matches(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(name);
}

function sum(sessions: readonly RetainedSession[]): number {
  return sessions.reduce((bytes, session) => bytes + session.bytes, 0);
}
