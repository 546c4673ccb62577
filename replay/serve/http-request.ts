import type { IncomingMessage } from 'node:http';
import type { ServerRequest } from '#venues';

/** A body larger than this is refused with 413; no call of any venue has one. */
export const BODY_BYTES_MAX = 1024 * 1024;

/** A request as the protocols of the venues see it. */
export function serverRequest(request: IncomingMessage, body: string): ServerRequest {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  return {
    method: request.method ?? 'GET',
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? {} : parseQuery(url.slice(mark + 1)),
    headers: headerTexts(request),
    body,
  };
}

/**
 * The members of a query; the last counts where a name comes twice. A `+` stays a plus: keys are put into the query as they are,
 * and clients that mean a space write `%20`.
 */
export function parseQuery(text: string): Readonly<Record<string, string>> {
  const query: Record<string, string> = {};
  for (const part of text.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    query[unescaped(name)] = equals < 0 ? '' : unescaped(part.slice(equals + 1));
  }
  return query;
}

/** The body as text, or `undefined` when it is too long. Rejects when the client went away. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A stray percent sign: take it as it was written.
  }
}

function headerTexts(request: IncomingMessage): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}
