import type { VenueHealth, VenueRow } from '#domain';

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
