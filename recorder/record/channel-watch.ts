import type { Clock } from '#domain';
import type { VenueProtocol } from '#venues';
import type { VenuePlan } from '../plan/recording-plan.ts';
import type { Connection } from './connection.ts';
import type { TapeRecorder } from './tape-recorder.ts';

/** A channel that should have spoken and did not. */
export interface SilentChannel {
  readonly connection: Connection;
  readonly channel: string;
  readonly silentMs: number;
}

export interface ChannelWatchOptions {
  readonly venue: VenuePlan;
  readonly protocol: VenueProtocol;
  readonly connections: readonly Connection[];
  readonly tape: TapeRecorder;
  readonly clock: Clock;
  /** When this market began to expect data, ns since the epoch; `undefined` while it expects none. */
  readonly openSince: (market: string) => bigint | undefined;
}

/** After a restart for silence the next one waits longer, up to so many times the limit: a dead symbol list must not become a storm. */
const PATIENCE_MAX = 16;

/**
 * Finds channels that are silent while their market is open. The limit is the channel's, all its symbols together: a quiet symbol is no alarm, a
 * channel that acknowledged and sends nothing is one.
 */
export class ChannelWatch {
  readonly #options: ChannelWatchOptions;
  /** By connection and channel: how many times in a row it was found silent. */
  readonly #strikes = new Map<string, number>();

  constructor(options: ChannelWatchOptions) {
    this.#options = options;
  }

  silent(): readonly SilentChannel[] {
    const { connections } = this.#options;
    return connections.flatMap((connection) =>
      [...channelsOf(connection)].flatMap(([channel, symbols]) => this.#look(connection, channel, symbols)),
    );
  }

  #look(connection: Connection, channel: string, symbols: readonly string[]): readonly SilentChannel[] {
    const { venue, protocol, tape, clock, openSince } = this.#options;
    if (connection.state !== 'open') return [];
    const since = latest(symbols.map((symbol) => openSince(protocol.marketOf(channel, symbol))));
    if (since === undefined) return [];
    const nowNs = clock.wallNs();
    const lastNs = tape.lastFrameNs(venue.venue, protocol.labelOf(channel));
    const fromNs = [since, connection.openedAtNs, lastNs].reduce((a, b) => (a > b ? a : b));
    const silentMs = Number((nowNs - fromNs) / 1_000_000n);
    const key = `${connection.name}\u0000${channel}`;
    if (lastNs >= connection.openedAtNs && lastNs > since) this.#strikes.delete(key);
    const strikes = this.#strikes.get(key) ?? 0;
    if (silentMs <= protocol.silenceMaxMs(channel) * Math.min(PATIENCE_MAX, 2 ** strikes)) return [];
    this.#strikes.set(key, strikes + 1);
    return [{ connection, channel, silentMs }];
  }
}

/** Symbols by channel, of what is acknowledged. */
function channelsOf(connection: Connection): ReadonlyMap<string, readonly string[]> {
  const channels = new Map<string, string[]>();
  for (const { subscription, state } of connection.ledger.rows()) {
    if (state !== 'acknowledged' && state !== 'seen') continue;
    const symbols = channels.get(subscription.channel);
    if (symbols === undefined) channels.set(subscription.channel, [subscription.symbol]);
    else symbols.push(subscription.symbol);
  }
  return channels;
}

/** The latest opening among the markets that are open; `undefined` when none is. */
function latest(times: readonly (bigint | undefined)[]): bigint | undefined {
  return times.reduce((a, b) => (b === undefined ? a : a === undefined || b > a ? b : a), undefined);
}
