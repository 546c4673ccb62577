import type { ExitCode } from '#domain';
import type { SealResult } from '#storage';

/** What a thread that seals is started with. */
export interface SealOrder {
  readonly dataDir: string;
  readonly session: string;
}

/** What the thread tells. */
export type SealNews =
  | { readonly kind: 'progress'; readonly rows: number }
  | { readonly kind: 'sealed'; readonly result: SealResult }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly exitCode: ExitCode };
