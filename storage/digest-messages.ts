import type { ClosedSegment } from './segment-builder.ts';

/** What the thread of digests is started with. */
export interface DigestWorkerData {
  readonly journalDir: string;
}

/** Answered by `read`, any number of times, and then one of the others; one request at a time. */
export interface DigestRequest {
  readonly kind: 'advance' | 'close';
  readonly number: number;
  readonly recordsEnd: number;
}

export type DigestAnswer =
  | { readonly kind: 'read'; readonly bytes: number }
  | { readonly kind: 'advanced' }
  | { readonly kind: 'closed'; readonly closed: ClosedSegment }
  | { readonly kind: 'failed'; readonly reason: string };
