import type { VenueProtocol } from '#venues';
import type { Condition } from './alert.ts';
import { connectionConditions } from './connection-rules.ts';
import { flowConditions } from './flow-rules.ts';
import { type HealthFacts, venueFacts } from './health-facts.ts';
import { machineConditions, tapeAgeMs, tokenConditions } from './machine-rules.ts';
import { silenceConditions } from './silence-rules.ts';

export interface Findings {
  readonly conditions: readonly Condition[];
  /** What is not found says nothing now: the tape is not read up to the present. */
  readonly isBlind: boolean;
}

/**
 * Everything that is wrong by these facts, in a fixed order; pure. What is told and when is the desk's business.
 * A tape that is not read up to now says nothing about silence or about what came lately: then only the machine is judged.
 */
export function findConditions(facts: HealthFacts, protocols: ReadonlyMap<string, VenueProtocol>): Findings {
  if (facts.tape?.isClosed === true) return { conditions: [], isBlind: false };
  const machine = machineConditions(facts);
  if (facts.tape === undefined || tapeAgeMs(facts) >= facts.thresholds.lagMs) return { conditions: machine, isBlind: true };
  const venues = venueFacts(facts).flatMap((venue) => [
    ...connectionConditions(facts, venue),
    ...silenceConditions(facts, venue),
    ...flowConditions(facts, venue),
    ...tokenConditions(facts, venue, protocols.get(venue.venue)),
  ]);
  return { conditions: [...machine, ...venues], isBlind: false };
}
