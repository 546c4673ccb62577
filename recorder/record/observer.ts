/** What a running recorder tells whoever watches it: the log, the status, tests. Everything in it is also on the tape. */
export type RecorderNews =
  | { readonly kind: 'connected'; readonly venue: string; readonly connection: string }
  | { readonly kind: 'disconnected'; readonly venue: string; readonly connection: string; readonly code: number; readonly reason: string }
  | { readonly kind: 'waiting'; readonly venue: string; readonly connection: string; readonly waitMs: number; readonly reason: string }
  | { readonly kind: 'live'; readonly venue: string; readonly connection: string }
  | {
      readonly kind: 'refused';
      readonly venue: string;
      readonly connection: string;
      readonly key: string;
      readonly code: string;
      readonly message: string;
      readonly isFinal: boolean;
    }
  | { readonly kind: 'stopped'; readonly venue: string; readonly connection: string; readonly code: string; readonly message: string }
  | {
      readonly kind: 'rest-failed';
      readonly venue: string;
      readonly connection: string;
      readonly endpoint: string;
      readonly code: string;
      readonly message: string;
    }
  | { readonly kind: 'silent'; readonly venue: string; readonly channel: string; readonly silentMs: number }
  | { readonly kind: 'note'; readonly message: string };

export type TellRecorder = (news: RecorderNews) => void;
