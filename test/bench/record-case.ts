import type { MixName } from './record-frames.ts';

/**
 * `frame-by-frame`: one `send` of a `ws` server for each frame, as a venue's server does. `in-bulk`: frames made ready for the wire beforehand and written
 * many at once, which asks next to nothing of the sender: what the receiver could take if a venue were infinitely fast.
 */
export type SendStyle = 'frame-by-frame' | 'in-bulk';

/** What the sender is started with. */
export interface SendOrder {
  readonly mix: MixName;
  readonly style: SendStyle;
  readonly frames: number;
  /** As fast as the receiver takes them where absent. */
  readonly framesPerSecond?: number;
}

/** `bare`: a `ws` client that counts. `recorder`: a whole `Recording` over a journal on disk. */
export type Receiver = 'bare' | 'recorder';

/** What the receiver is started with. */
export interface ReceiveOrder {
  readonly receiver: Receiver;
  readonly port: number;
  readonly frames: number;
  /** Frames before the first that is measured: V8 compiles in them. */
  readonly warmingFrames: number;
  /** Samples how long a record waits to be written; costs a little, so not where speed is measured. */
  readonly samplesLatency: boolean;
  /** Data folder and name of a closed session that is sealed in a thread again and again meanwhile. */
  readonly sealing?: { readonly dataDir: string; readonly session: string };
  /** When the recorded session is sealed: not at all where absent. */
  readonly sealsOwn?: 'ahead' | 'afterwards';
  /** Length of its segments; the journal's own where absent. */
  readonly segmentBytesMax?: number;
}

export interface Received {
  readonly framesPerSecond: number;
  /** Milliseconds; the interval of the monitor is part of it. */
  readonly loopP99Ms: number;
  readonly loopMaxMs: number;
  /** Processor time of the main thread, nanoseconds; NaN where the system does not tell. */
  readonly mainThreadNsPerFrame: number;
  /** Processor time of the whole process, threads included, by wall time: 1 is one core. */
  readonly cores: number;
  readonly peakRssMb: number;
  /** Of the recorder only. */
  readonly recorded?: Recorded;
}

export interface Recorded {
  readonly frames: number;
  readonly framesShed: number;
  /** Of all frames on the tape, read back from disk. */
  readonly digest: string;
  readonly waitingBytesPeak: number;
  /** From the call that stops the recording to the closed session: what the digests were behind is in it. */
  readonly closedInMs: number;
  /** From the stamp of a frame to the end of the write that shows it to followers, milliseconds; empty where not sampled. */
  readonly latenciesMs: readonly number[];
  /** Rows that were sealed beside it. */
  readonly sealedRows?: number;
  /** From the closed session to its sealed copy, where it was sealed. */
  readonly sealedInMs?: number;
}
