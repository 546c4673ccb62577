import type { ExitCode } from '#domain';
import type { SealResult } from '#storage';

/** What a thread that seals is started with. */
export interface SealOrder {
  readonly dataDir: string;
  readonly session: string;
  /** It is still recorded: the thread is told what is closed, and at last that all is. */
  readonly isOpen?: boolean;
}

/** What the thread of an open session is told. */
export type SealCommand =
  | { readonly kind: 'segments-closed'; readonly segments: number }
  /** Nothing is told after. */
  | { readonly kind: 'session-closed' };

/** What the thread tells. */
export type SealNews =
  | { readonly kind: 'progress'; readonly rows: number }
  /** Nothing more is sealed before the session is closed. */
  | { readonly kind: 'ahead-failed'; readonly message: string }
  | { readonly kind: 'sealed'; readonly result: SealResult }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly exitCode: ExitCode };
