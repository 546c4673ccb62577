/** What a wait or a loop needs of an `AbortSignal`, named here so that our published types need no platform's. */
export interface StopSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * Every wait of the recorder and of `serve` goes through one clock, so that a night can be tested in minutes: with a scale of 60 an
 * hour passes in a minute, for the wall time, the monotonic time and the waits alike.
 */
export interface Clock {
  /** Wall time, nanoseconds since the epoch. It may go back. */
  wallNs(): bigint;
  /** Never goes back, nanoseconds since an origin of its own. */
  monotonicNs(): bigint;
  /** Runs `action` once, `delayMs` of this clock from now; returns a function that cancels it. */
  after(delayMs: number, action: () => void): () => void;
  /** Resolves after `delayMs` of this clock; at once (not rejected) when the signal aborts. */
  sleep(delayMs: number, signal?: StopSignal): Promise<void>;
}
