import type { TapeRecord } from '#domain';

interface Life {
  readonly venue: string;
  /** Records of its life that belong to the cut, if the connection does. */
  sequences: number[];
  isKept: boolean;
}

/**
 * Connection and gap records. Those of the range belong to a cut, and before it the last `connected` with what followed: decoders read what
 * it says (the columns of an imported file), and it tells whether the connection was lost when the range began. Connections that
 * bring nothing else to the cut stay out. Records that name no venue are about all.
 */
export class ConnectionLives {
  readonly #lives = new Map<string, Life>();

  note(record: TapeRecord, isInRange: boolean): void {
    const life = this.#lifeOf(record);
    if (record.kind === 'connected' && !isInRange) life.sequences = [];
    life.sequences.push(record.sequence);
  }

  /** A frame or body of this connection is kept. */
  keep(record: TapeRecord): void {
    this.#lifeOf(record).isKept = true;
  }

  hasVenue(venue: string): boolean {
    for (const life of this.#lives.values()) if (life.isKept && life.venue === venue) return true;
    return false;
  }

  *kept(): Generator<number> {
    for (const { venue, isKept, sequences } of this.#lives.values()) if (isKept || venue === '') yield* sequences;
  }

  #lifeOf(record: TapeRecord): Life {
    const key = `${record.venue}\u0000${record.connection}`;
    const known = this.#lives.get(key);
    if (known !== undefined) return known;
    const life = { venue: record.venue, sequences: [], isKept: false };
    this.#lives.set(key, life);
    return life;
  }
}
