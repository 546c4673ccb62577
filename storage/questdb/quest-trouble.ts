/**
 * Why a copy to QuestDB was interrupted:
 * `unreachable` no answer, or none in time · `server` it answered that it cannot · `suspended` it takes rows and shows none ·
 * `lost` rows that it acknowledged are not there · `replaced` the table is another one, or gone.
 */
export type TroubleKind = 'unreachable' | 'server' | 'suspended' | 'lost' | 'replaced';

/** A failure that the same rows, sent again later, can get over. It never leaves the copy: either it goes on, or it says how it ended. */
export class QuestTrouble extends Error {
  readonly trouble: TroubleKind;

  constructor(trouble: TroubleKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'QuestTrouble';
    this.trouble = trouble;
  }
}

/** The server will never take these lines as they are (status 400): nothing of the request was stored. */
export class LinesRefused extends Error {
  /** From 1, in the request; `undefined` where the server names none. */
  readonly line: number | undefined;

  constructor(message: string, line: number | undefined) {
    super(message);
    this.name = 'LinesRefused';
    this.line = line;
  }
}
