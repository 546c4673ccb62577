import { createHash } from 'node:crypto';
import type { Shape } from './manifest-shape.ts';
import { sameBytes } from './same-bytes.ts';

/** How a manifest stands in its file. */
export interface ManifestForm<Text, Manifest> {
  readonly shape: Shape;
  /** What a text of that shape says. */
  readonly read: (text: Text) => Manifest;
  readonly encode: (manifest: Manifest) => Uint8Array;
}

/** The bytes of a manifest: the keys of the body in their order, two spaces, and last, under `digestKey`, a digest of everything before it. */
export function manifestBytes(body: object, digestKey = 'manifestDigest'): Uint8Array {
  const digest = createHash('sha256').update(JSON.stringify(body)).digest('hex');
  return new TextEncoder().encode(`${JSON.stringify({ ...body, [digestKey]: digest }, null, 2)}\n`);
}

/** Reads a manifest, or says what is wrong with it: a file that is not byte for byte what we would write is damaged. */
export function readManifestBytes<Text, Manifest>(
  bytes: Uint8Array,
  { shape, read, encode }: ManifestForm<Text, Manifest>,
): Manifest | string {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    return `it is no JSON (${error instanceof Error ? error.message : String(error)})`;
  }
  const problem = shape(value, '');
  if (problem !== undefined) return problem;
  const manifest = read(value as Text);
  return sameBytes(bytes, encode(manifest)) ? manifest : 'its bytes are not those that were written (its own digest or its layout differs)';
}
