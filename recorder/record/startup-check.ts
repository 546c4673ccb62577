import type { VenueProtocol } from '#venues';
import type { Connection } from './connection.ts';

/**
 * What is wrong with connections that have had their time to start: not open, not acknowledged, or acknowledged and without one frame while the market is
 * open. The last is how a test address or an empty secret looks: everything says yes and nothing comes.
 */
export function startupProblems(
  connections: readonly Connection[],
  protocol: VenueProtocol,
  isOpen: (market: string) => boolean,
): readonly string[] {
  return connections.flatMap((connection) => {
    const where = `${connection.venue} ${connection.name}`;
    if (connection.stopReason !== undefined) {
      return [`${where} stopped: ${connection.stopReason.code} ${connection.stopReason.message}`];
    }
    const rows = connection.ledger.rows();
    if (rows.length === 0) return [];
    // It started well, and was lost since: that is for the reconnect, not for whoever stands beside and waits for the start.
    if (connection.hasBeenLive && connection.hasHadData) return [];
    if (connection.state !== 'open') return [`${where} is not open (${connection.state})`];
    const refused = rows.filter(({ state }) => state === 'refused');
    const unanswered = rows.filter(({ state }) => state === 'wanted' || state === 'asked');
    const expected = rows.filter(
      ({ subscription: { channel, symbol } }) => isOpen(protocol.marketOf(channel, symbol)) && protocol.silenceMaxMs(channel) <= SELDOM_MS,
    );
    const hasData = expected.length === 0 || expected.some(({ state }) => state === 'seen');
    return [
      ...(refused.length === 0 ? [] : [`${where}: refused ${listed(refused)}`]),
      ...(unanswered.length === 0 ? [] : [`${where}: no acknowledgement of ${listed(unanswered)}`]),
      ...(hasData ? [] : [`${where}: acknowledged, and not one frame of ${listed(expected)} while the market is open`]),
    ];
  });
}

const LISTED_MAX = 5;
/** A channel that may be silent for longer than this (notices, market operation) proves nothing by its silence. */
const SELDOM_MS = 24 * 3_600_000;

function listed(rows: readonly { readonly key: string; readonly reason: string }[]): string {
  const shown = rows.slice(0, LISTED_MAX).map(({ key, reason }) => (reason === '' ? key : `${key} (${reason})`));
  const more = rows.length - shown.length;
  return more === 0 ? shown.join(', ') : `${shown.join(', ')} and ${more} more`;
}
