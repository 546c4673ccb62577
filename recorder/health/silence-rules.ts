import type { Condition } from './alert.ts';
import { clockText, spanText } from './alert-words.ts';
import { connectionSilenceMs, isDown } from './connection-rules.ts';
import type { ChannelExpectation, PollExpectation } from './expectations.ts';
import { type HealthFacts, usOf, type VenueFacts } from './health-facts.ts';

/** Polls are given at least this, however short their interval. */
const POLL_AGE_MIN_MS = 60_000;

/** Channels and polls that should have spoken. A quiet symbol is none: silence is the channel's, all its symbols together. */
export function silenceConditions(facts: HealthFacts, venue: VenueFacts): readonly Condition[] {
  return [
    ...venue.expected.channels.flatMap((channel) => silentChannel(facts, venue, channel)),
    ...venue.expected.polls.flatMap((poll) => deadPoll(facts, venue, poll)),
  ];
}

function silentChannel(facts: HealthFacts, venue: VenueFacts, expected: ChannelExpectation): readonly Condition[] {
  const { channel, sinceUs, silenceMaxMs, markets } = expected;
  if (sinceUs === undefined || !isHeld(venue, expected) || isToldElsewhere(facts, venue, expected)) return [];
  const last = venue.tape?.channels.find((candidate) => candidate.channel === channel)?.lastFrameNs;
  const silentMs = (facts.nowUs - Math.max(sinceUs, facts.startedAtUs, usOf(last))) / 1_000;
  const limitMs = silenceMaxMs * facts.thresholds.silenceTimes;
  if (silentMs <= limitMs) return [];
  const lastText =
    last === undefined ? 'it has had no frame at all' : `its last frame came at ${clockText(usOf(last), facts.zoneOffsetUs)}`;
  return [
    {
      key: `channel-silent/${venue.venue}/${channel}`,
      severity: 'critical',
      venue: venue.venue,
      title: `${venue.venue} ${channel} is silent`,
      message: `${venue.venue} ${channel}, all its symbols together, has been silent for ${spanText(silentMs)} while ${markets.join(' and ')} is open; ${spanText(limitMs)} is the most that is normal; ${lastText}. The recorder connects again by itself; look at the venue's notices and at the symbols.`,
      holdMs: 0,
    },
  ];
}

/** A search may find nothing to ask for; what is planned counts, whatever the connection thinks it has asked for. */
function isHeld({ status }: VenueFacts, { channel, isPlanned }: ChannelExpectation): boolean {
  if (isPlanned) return true;
  return status?.connections.some(({ channels }) => channels.some((found) => found.channel === channel && found.acknowledged > 0)) === true;
}

/** Its connections are all down, or have had nothing at all: that is one alert, not one for each channel. */
function isToldElsewhere(facts: HealthFacts, venue: VenueFacts, { connections }: ChannelExpectation): boolean {
  return connections.every((name) => {
    const tape = venue.tape?.connections.find(({ connection }) => connection === name);
    if (isDown(tape)) return true;
    const status = venue.status?.connections.find(({ connection }) => connection === name);
    const hasNothing = status !== undefined && status.subscriptions.acknowledged > 0 && status.subscriptions.seen === 0;
    return hasNothing && connectionSilenceMs(facts, venue, name) !== undefined;
  });
}

function deadPoll(facts: HealthFacts, venue: VenueFacts, { rule, intervalMs, sinceUs }: PollExpectation): readonly Condition[] {
  if (sinceUs === undefined) return [];
  const lastUs = lastPollUs(venue, rule);
  const ageMs = (facts.nowUs - Math.max(sinceUs, facts.startedAtUs, lastUs)) / 1_000;
  const limitMs = Math.max(POLL_AGE_MIN_MS, intervalMs * facts.thresholds.pollIntervals);
  if (ageMs <= limitMs) return [];
  const results = venue.tape?.rest.find(({ type }) => isPollType(type, rule))?.results ?? [];
  const resultText = results.length === 0 ? '' : ` Answers so far: ${results.map(({ result, count }) => `${count} ${result}`).join(', ')}.`;
  const lastText = lastUs === 0 ? 'there has been none' : `the last came at ${clockText(lastUs, facts.zoneOffsetUs)}`;
  return [
    {
      key: `poll-dead/${venue.venue}/${rule}`,
      severity: 'critical',
      venue: venue.venue,
      title: `${venue.venue} ${rule}: no good answer for ${spanText(ageMs)}`,
      message: `The poll ${rule} of ${venue.venue}, every ${spanText(intervalMs)}, has had no good answer for ${spanText(ageMs)} (${spanText(limitMs)} is an alert); ${lastText}.${resultText}`,
      holdMs: 0,
    },
  ];
}

/** When a poll last had a good answer: the tape's word, or the recorder's where the tape names its answers otherwise. 0 before the first. */
export function lastPollUs({ tape, status }: VenueFacts, rule: string): number {
  const told = tape?.rest.filter(({ type }) => isPollType(type, rule)) ?? [];
  if (told.length > 0) return Math.max(...told.map(({ lastSuccessNs }) => usOf(lastSuccessNs)));
  const pollers = status?.pollers.filter(({ poller }) => isPollType(poller, rule)) ?? [];
  return Math.max(0, ...pollers.map(({ lastSuccessNs }) => usOf(BigInt(lastSuccessNs))));
}

function isPollType(type: string, rule: string): boolean {
  return type === rule || type === `rest-${rule}`;
}
