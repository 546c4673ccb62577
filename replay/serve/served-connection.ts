// What the public API says of connections stands apart from the code that has sockets: whoever embeds us needs no types of theirs.

/** Pings of the websocket protocol that a venue sends; those in text frames are the session's own. */
export interface PingRule {
  readonly everyMs: number;
  /** A client that answers no ping for so long is dropped. */
  readonly pongWithinMs: number;
}

/** What one connection was sent: complete messages in order, as they are after redaction. */
export interface ServedConnection {
  readonly venue: string;
  readonly ordinal: number;
  readonly path: string;
  readonly isOpen: boolean;
  /** How it ended; 0 while it is open. */
  readonly closeCode: number;
  /** Messages sent, answers to requests among them. */
  readonly frames: number;
  readonly bytes: number;
  /** `FrameDigest` over them. */
  readonly digest: string;
  /** Hex SHA-256 of each, where they are kept; at most `FRAME_DIGESTS_MAX`. */
  readonly frameDigests: readonly string[];
}
