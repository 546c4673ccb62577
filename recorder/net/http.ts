import type { RestResponse } from '#venues';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the call; its reason is the error. */
  readonly signal: AbortSignal;
}

/** One HTTP call. Rejects when no answer came; any status is an answer. */
export type CallHttp = (request: HttpRequest) => Promise<RestResponse>;

/** An answer larger than this is refused; the largest master file is 2 MB. */
const BODY_BYTES_MAX = 64 * 1024 * 1024;

export const callHttp: CallHttp = async ({ method, url, headers, body, signal }) => {
  const response = await fetch(url, { method, headers, redirect: 'manual', signal, ...(body === undefined ? {} : { body }) });
  const length = Number(response.headers.get('content-length') ?? 0);
  if (length > BODY_BYTES_MAX) throw new Error(`the answer has ${length} bytes, more than ${BODY_BYTES_MAX}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { status: response.status, headers: Object.fromEntries(response.headers), body: bytes };
};
