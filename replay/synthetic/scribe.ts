import type { MarketMoment, RestRequest } from '#venues';

/** Something that is asked of a venue by REST again and again. */
export interface ScribePoll {
  /** The venue's name of the poll rule. */
  readonly rule: string;
  readonly target: string;
  readonly everyUs: number;
}

/** Tells what happens in the synthetic world in the words of one venue. */
export interface VenueScribe {
  readonly venue: string;
  /** Symbols that the venue tells of, for its masters. */
  readonly symbols: readonly string[];
  readonly polls: readonly ScribePoll[];
  /** Sends the frames about a moment; none when the venue does not know the instrument. */
  tell(moment: MarketMoment, send: (frame: Uint8Array) => void): void;
  /** The body that answers the request now; `undefined` when there is none. `nowUs` is microseconds since the epoch. */
  answer(request: RestRequest, nowUs: number): Uint8Array | undefined;
}
