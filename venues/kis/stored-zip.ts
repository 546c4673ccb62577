/**
 * A zip with one entry, stored as it is (method 0): what a master file needs to be served, without a compressor.
 * Layout: local header, name, bytes; central directory; its end (APPNOTE 6.3.10, sections 4.3.7, 4.3.12, 4.3.16).
 */
const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_OF_DIRECTORY = 0x06054b50;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const END_BYTES = 22;
const VERSION = 10;
/** 1980-01-01, the first day a zip can name: the same bytes give the same zip. */
const FIRST_DAY = 0x21;
const POLYNOMIAL = 0xedb8_8320;
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  return crc;
});

/** The zip whose one entry is `name` (ASCII) and holds `content`. */
export function storedZip(name: string, content: Uint8Array): Uint8Array {
  const nameBytes = Uint8Array.from(name, (character) => character.charCodeAt(0));
  const directoryAt = LOCAL_BYTES + nameBytes.length + content.length;
  const directoryBytes = CENTRAL_BYTES + nameBytes.length;
  const zip = new Uint8Array(directoryAt + directoryBytes + END_BYTES);
  const view = new DataView(zip.buffer);

  view.setUint32(0, LOCAL_HEADER, true);
  writeEntry(view, 4, nameBytes.length, content);
  zip.set(nameBytes, LOCAL_BYTES);
  zip.set(content, LOCAL_BYTES + nameBytes.length);

  view.setUint32(directoryAt, CENTRAL_HEADER, true);
  view.setUint16(directoryAt + 4, VERSION, true);
  writeEntry(view, directoryAt + 6, nameBytes.length, content);
  zip.set(nameBytes, directoryAt + CENTRAL_BYTES);

  const endAt = directoryAt + directoryBytes;
  view.setUint32(endAt, END_OF_DIRECTORY, true);
  view.setUint16(endAt + 8, 1, true);
  view.setUint16(endAt + 10, 1, true);
  view.setUint32(endAt + 12, directoryBytes, true);
  view.setUint32(endAt + 16, directoryAt, true);
  return zip;
}

/** What the local and the central header have in common, from the version that is needed on. */
function writeEntry(view: DataView, at: number, nameLength: number, content: Uint8Array): void {
  view.setUint16(at, VERSION, true);
  view.setUint16(at + 8, FIRST_DAY, true);
  view.setUint32(at + 10, crc32(content), true);
  view.setUint32(at + 14, content.length, true);
  view.setUint32(at + 18, content.length, true);
  view.setUint16(at + 22, nameLength, true);
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (let at = 0; at < bytes.length; at++) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ bytes[at]!) & 0xff]!;
  return (crc ^ 0xffff_ffff) >>> 0;
}
