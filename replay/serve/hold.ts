import type { Clock } from '#domain';

/** What goes to a client. */
export type Outgoing =
  | { readonly kind: 'message'; readonly bytes: Uint8Array; readonly isBinary: boolean }
  | { readonly kind: 'close'; readonly code: number; readonly reason: string };

/** Bytes that a held connection keeps; past it the client is dropped, as a venue's own buffers would drop it. */
export const HELD_BYTES_MAX = 64 * 1024 * 1024;

/** Keeps what a connection was to be sent while nothing may leave, and gives it back in order. */
export class Hold {
  readonly #clock: Clock;
  readonly #onRelease: (held: readonly Outgoing[]) => void;
  #held: Outgoing[] | undefined;
  #bytes = 0;
  #untilMs = 0;
  #cancel: () => void = () => undefined;

  constructor(clock: Clock, onRelease: (held: readonly Outgoing[]) => void) {
    this.#clock = clock;
    this.#onRelease = onRelease;
  }

  get isOn(): boolean {
    return this.#held !== undefined;
  }

  /** Nothing leaves for so long from now. A hold within a longer one changes nothing. */
  for(durationMs: number): void {
    const untilMs = Number(this.#clock.monotonicNs()) / 1e6 + durationMs;
    this.#held ??= [];
    if (untilMs <= this.#untilMs) return;
    this.#untilMs = untilMs;
    this.#cancel();
    this.#cancel = this.#clock.after(durationMs, () => {
      const held = this.#held ?? [];
      this.drop();
      this.#onRelease(held);
    });
  }

  /** False when more is held than `HELD_BYTES_MAX`. */
  push(outgoing: Outgoing): boolean {
    this.#held?.push(outgoing);
    if (outgoing.kind === 'message') this.#bytes += outgoing.bytes.length;
    return this.#bytes <= HELD_BYTES_MAX;
  }

  /** Forgets what is held and holds no more. */
  drop(): void {
    this.#cancel();
    this.#held = undefined;
    this.#bytes = 0;
    this.#untilMs = 0;
  }
}
