import type { ChannelHealth, ClockOffset, RestHealth, VenueHealth } from '#domain';

/** What was caught of one venue, and what was not. Times are nanoseconds since the epoch as decimal text, `null` where there is none. */
export interface VenueRow {
  readonly venue: string;
  readonly firstFrameNs: string | null;
  readonly lastFrameNs: string | null;
  /** Records of any kind. */
  readonly rows: number;
  /** Frames and REST replies that came, and their payload bytes. */
  readonly frames: number;
  readonly bytes: number;
  readonly channels: readonly (Omit<ChannelHealth, 'lastFrameNs'> & { readonly lastFrameNs: string })[];
  readonly gapTotal: number;
  readonly reconnects: number;
  /** Frames that were not kept, by reason. */
  readonly dropped: VenueHealth['dropped'];
  readonly decodeFailures: number;
  readonly lateTrades: number;
  readonly drift: number;
  /** `null` where no trade and no quote told a time. */
  readonly clock: ClockOffset | null;
  readonly rest: readonly (Omit<RestHealth, 'lastSuccessNs'> & { readonly lastSuccessNs: string | null })[];
}

/** The health of a venue as plain JSON; what is listed elsewhere in the report (connections, gaps, volumes) is only counted. */
export function venueRow(health: VenueHealth): VenueRow {
  const { connections, gaps: _gaps, volumeAudit: _volumes, firstFrameNs, lastFrameNs, channels, clock, rest, ...counts } = health;
  return {
    ...counts,
    firstFrameNs: textOf(firstFrameNs),
    lastFrameNs: textOf(lastFrameNs),
    channels: channels.map((channel) => ({ ...channel, lastFrameNs: String(channel.lastFrameNs) })),
    reconnects: reconnectsOf(connections),
    clock: clock.samples === 0 ? null : clock,
    rest: rest.map((type) => ({ ...type, lastSuccessNs: textOf(type.lastSuccessNs) })),
  };
}

function reconnectsOf(connections: VenueHealth['connections']): number {
  return connections.reduce((sum, { reconnects }) => sum + reconnects.reduce((all, { count }) => all + count, 0), 0);
}

function textOf(nanoseconds: bigint | undefined): string | null {
  return nanoseconds === undefined ? null : String(nanoseconds);
}
