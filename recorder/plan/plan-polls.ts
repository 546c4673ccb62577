import { MILLISECOND_US, SECOND_US } from '#domain';
import type { PollRule, VenueProtocol } from '#venues';
import type { VenueConfig } from '../config/recorder-config.ts';
import type { PollWish } from '../config/wish.ts';
import { busiestSum } from './market-overlap.ts';
import type { PlanProblem } from './plan-problem.ts';
import type { KeyPlan, PollPlan } from './recording-plan.ts';

export interface PollsDraft {
  readonly polls: readonly PollPlan[];
  readonly problems: readonly PlanProblem[];
}

/** Hundredths are what people read; rounding of many small rates must not make a full key too full. */
const RATE_SLACK = 1e-9;

interface Call {
  readonly wish: PollWish;
  readonly rule: PollRule;
  readonly target: string;
  readonly intervalMs: number;
}

/** Spreads the polls of a venue over its keys, so that no key has to ask more often than it may. */
export function planPolls({ venue, wishes }: VenueConfig, protocol: VenueProtocol, keys: readonly KeyPlan[]): PollsDraft {
  const problems: PlanProblem[] = [];
  const calls = wishes.polls.flatMap((wish) => callsOf(venue, wish, protocol, problems));
  problems.push(...askedTwice(calls), ...tooFastRules(venue, calls));
  const byKey = keys.map((key) => ({ key, calls: [] as Call[] }));
  const left: Call[] = [];
  for (const call of calls) {
    const fits = byKey.filter(({ key, calls: placed }) => rateOf([...placed, call]) <= key.restCallsPerSecondMax + RATE_SLACK);
    // The least busy key takes it, the first of equals.
    const place = fits.sort((a, b) => rateOf(a.calls) - rateOf(b.calls))[0];
    if (place === undefined) left.push(call);
    else place.calls.push(call);
  }
  if (left.length > 0) problems.push(tooFastKeys(venue, calls, keys));
  return { polls: byKey.flatMap(({ key, calls: placed }) => pollsOf(key.name, placed)), problems };
}

function callsOf(venue: string, wish: PollWish, protocol: VenueProtocol, problems: PlanProblem[]): readonly Call[] {
  const rule = protocol.polls.find(({ name }) => name === wish.rule);
  if (rule === undefined) {
    const known = protocol.polls.map(({ name }) => name).join(', ');
    problems.push({
      code: 'POLL_UNKNOWN',
      message: `${wish.path}: ${venue} has no poll "${wish.rule}"; ${known === '' ? 'it has none' : `there are ${known}`}`,
    });
    return [];
  }
  const intervalMs = wish.intervalUs === undefined ? rule.intervalMs : wish.intervalUs / MILLISECOND_US;
  return wish.targets.map((target) => ({ wish, rule, target, intervalMs }));
}

function askedTwice(calls: readonly Call[]): readonly PlanProblem[] {
  const seen = new Map<string, string>();
  return calls.flatMap(({ wish, rule, target }) => {
    const key = `${rule.name} ${target} ${wish.market} ${JSON.stringify(Object.entries(wish.options).sort())}`;
    const first = seen.get(key);
    seen.set(key, first ?? wish.path);
    if (first === undefined) return [];
    return [{ code: 'POLL_TWICE', message: `${wish.path}: ${rule.name} of ${target} is polled by ${first} already; take one away` }];
  });
}

/** A data type's own limit: the option board of KIS may be asked once a second. */
function tooFastRules(venue: string, calls: readonly Call[]): readonly PlanProblem[] {
  return [...new Set(calls.map(({ rule }) => rule))].flatMap((rule) => {
    const own = calls.filter((call) => call.rule === rule);
    const max = rule.callsPerSecondMax ?? Number.POSITIVE_INFINITY;
    if (rateOf(own) <= max + RATE_SLACK) return [];
    return [
      {
        code: 'POLLS_TOO_FAST',
        message: `${own[0]!.wish.path}: ${counted(own)} ask ${venue} for ${rule.name} ${rateText(rateOf(own))} times a second, and ${rateText(max)} is the most; write every = "${slowEnough(own, max)}"`,
      },
    ];
  });
}

function tooFastKeys(venue: string, calls: readonly Call[], keys: readonly KeyPlan[]): PlanProblem {
  const max = keys.reduce((sum, key) => sum + key.restCallsPerSecondMax, 0);
  const allowed = keys.length === 1 ? `its key allows ${rateText(max)}` : `its ${keys.length} keys allow ${rateText(max)}`;
  return {
    code: 'POLLS_TOO_FAST',
    message: `${venue}: ${counted(calls)} need ${rateText(rateOf(calls))} calls a second and ${allowed}; write every = "${slowEnough(calls, max)}" or longer, poll less or add a key`,
  };
}

function counted(calls: readonly Call[]): string {
  return calls.length === 1 ? 'one poll' : `${calls.length} polls`;
}

function rateOf(calls: readonly Call[]): number {
  return busiestSum(calls.map(({ wish, intervalMs }) => ({ market: wish.market, amount: 1000 / intervalMs })));
}

/** The interval that would fit if all of them had it: whole seconds, rounded up. */
function slowEnough(calls: readonly Call[], callsPerSecondMax: number): string {
  const atOnceAtOneSecond = rateOf(calls.map((call) => ({ ...call, intervalMs: SECOND_US / MILLISECOND_US })));
  return `${Math.max(1, Math.ceil(atOnceAtOneSecond / callsPerSecondMax - RATE_SLACK))}s`;
}

function rateText(rate: number): string {
  return String(Math.round(rate * 100) / 100);
}

/** Calls that differ only in their target are one poll. */
function pollsOf(key: string, calls: readonly Call[]): readonly PollPlan[] {
  const groups = new Map<string, { readonly plan: Omit<PollPlan, 'targets'>; readonly targets: string[] }>();
  for (const { wish, rule, target, intervalMs } of calls) {
    const { market, options } = wish;
    const id = JSON.stringify([rule.name, intervalMs, market, Object.entries(options).sort()]);
    const group = groups.get(id) ?? { plan: { rule: rule.name, key, intervalMs, options, market }, targets: [] };
    groups.set(id, group);
    group.targets.push(target);
  }
  return [...groups.values()].map(({ plan, targets }) => ({ ...plan, targets }));
}
