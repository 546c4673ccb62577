import { inflateRawSync } from 'node:zlib';

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const END_BYTES = 22;
/** The comment behind the end record is at most this long. */
const COMMENT_BYTES_MAX = 0xffff;
const STORED = 0;
const DEFLATED = 8;
/** A master file inflates to 2 MB; one that claims more than this is refused. */
const INFLATED_BYTES_MAX = 256 * 1024 * 1024;

export interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The first file of a zip archive (APPNOTE 6.3, sections 4.3.12 and 4.3.16), or the reason why there is none. */
export function firstZipEntry(archive: Uint8Array): ZipEntry | { readonly reason: string } {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const end = findEnd(view);
  if (end < 0) return { reason: 'it has no end-of-directory record' };
  const entry = view.getUint32(end + 16, true);
  if (entry + 46 > archive.length || view.getUint32(entry, true) !== DIRECTORY_ENTRY) return { reason: 'its directory is damaged' };
  const method = view.getUint16(entry + 10, true);
  const packedBytes = view.getUint32(entry + 20, true);
  const nameBytes = view.getUint16(entry + 28, true);
  const local = view.getUint32(entry + 42, true);
  if (local + 30 > archive.length) return { reason: 'its first file is cut off' };
  const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  if (start + packedBytes > archive.length) return { reason: 'its first file is cut off' };
  const name = new TextDecoder().decode(archive.subarray(entry + 46, entry + 46 + nameBytes));
  const packed = archive.subarray(start, start + packedBytes);
  if (method === STORED) return { name, bytes: packed.slice() };
  if (method !== DEFLATED) return { reason: `its first file is packed with method ${method}, which is not deflate` };
  try {
    return { name, bytes: inflateRawSync(packed, { maxOutputLength: INFLATED_BYTES_MAX }) };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

function findEnd(view: DataView): number {
  const lowest = Math.max(0, view.byteLength - END_BYTES - COMMENT_BYTES_MAX);
  for (let at = view.byteLength - END_BYTES; at >= lowest; at--) {
    if (view.getUint32(at, true) === END_OF_DIRECTORY) return at;
  }
  return -1;
}
