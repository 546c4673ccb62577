import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as zlib from 'node:zlib';

/** Zstandard at level 1, synchronous: whole pages and row groups, never single frames. */
export interface Zstd {
  compress(bytes: Uint8Array): Uint8Array;
  /** Fills `into`; throws when the bytes are not a zstd frame of exactly its length. */
  decompress(bytes: Uint8Array, into: Uint8Array): void;
}

const LEVEL = 1;
/** Frames that are longer are refused before anything is allocated: no page is, so it is damage. */
export const ZSTD_BYTES_MAX = 256 * 1024 * 1024;

let loaded: Promise<Zstd> | undefined;

/** zstd of `node:zlib` where it has one, else a WASM build of the reference library. Both read what the other wrote; their bytes may differ. */
export function loadZstd(): Promise<Zstd> {
  const built = nativeZstd();
  loaded ??= built === undefined ? wasmZstd() : Promise.resolve(built);
  return loaded;
}

/** The part of `node:zlib` that Node has from 22.15 on; the types of Node 20 do not know it. */
interface NativeZstd {
  readonly zstdCompressSync?: (bytes: Uint8Array, options: { readonly params: Readonly<Record<number, number>> }) => Uint8Array;
  readonly zstdDecompressSync?: (
    bytes: Uint8Array,
    options: { readonly maxOutputLength: number; readonly chunkSize: number },
  ) => Uint8Array;
  readonly constants: { readonly ZSTD_c_compressionLevel?: number };
}

/** zstd of `node:zlib`, or `undefined` where Node has none. */
export function nativeZstd(): Zstd | undefined {
  const { zstdCompressSync, zstdDecompressSync, constants } = zlib as unknown as NativeZstd;
  if (zstdCompressSync === undefined || zstdDecompressSync === undefined) return undefined;
  const options = { params: { [constants.ZSTD_c_compressionLevel!]: LEVEL } };
  return {
    compress: (bytes) => zstdCompressSync(bytes, options),
    decompress: (bytes, into) => {
      checkFrame(bytes, into.length);
      const output = zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, into.length), chunkSize: Math.max(64, into.length) });
      checkLength(output.length, into.length);
      into.set(output);
    },
  };
}

/** The functions of the WASM build, under the names its compiler gave them. */
interface WasmLibrary {
  /** A new view whenever the memory grew. */
  readonly HEAPU8: Uint8Array;
  readonly _malloc: (bytes: number) => number;
  readonly _free: (address: number) => void;
  readonly _ZSTD_compressBound: (bytes: number) => number;
  readonly _ZSTD_compress: (into: number, room: number, from: number, bytes: number, level: number) => number;
  readonly _ZSTD_decompress: (into: number, room: number, from: number, bytes: number) => number;
  readonly _ZSTD_isError: (result: number) => number;
}

/**
 * The WASM build, which Node 20 uses. Its library is called below its own wrapper: that one allocates twice a call, copies once more (a
 * replay then keeps 80 MB of dead pages), and writes to address 0 when an allocation failed.
 */
export async function wasmZstd(): Promise<Zstd> {
  const { init } = await import('@bokuweb/zstd-wasm');
  await init();
  const require = createRequire(import.meta.url);
  const { Module: library } = require(join(dirname(require.resolve('@bokuweb/zstd-wasm')), 'zstd.js')) as { readonly Module: WasmLibrary };
  const [source, target] = [new WasmBlock(library), new WasmBlock(library)];
  return {
    compress: (bytes) => {
      const from = source.filled(bytes);
      const room = library._ZSTD_compressBound(bytes.length);
      const into = target.reserved(room);
      const length = checkResult(library, library._ZSTD_compress(into, room, from, bytes.length, LEVEL));
      return library.HEAPU8.slice(into, into + length);
    },
    decompress: (bytes, into) => {
      checkFrame(bytes, into.length);
      const from = source.filled(bytes);
      const output = target.reserved(into.length);
      checkLength(checkResult(library, library._ZSTD_decompress(output, into.length, from, bytes.length)), into.length);
      into.set(library.HEAPU8.subarray(output, output + into.length));
    },
  };
}

/** A block of the library's memory that is kept from call to call. */
class WasmBlock {
  readonly #library: WasmLibrary;
  #address = 0;
  #bytes = 0;

  constructor(library: WasmLibrary) {
    this.#library = library;
  }

  /** The address of at least `bytes` bytes. */
  reserved(bytes: number): number {
    if (bytes <= this.#bytes && this.#address !== 0) return this.#address;
    this.#library._free(this.#address);
    this.#bytes = Math.max(1, bytes);
    this.#address = this.#library._malloc(this.#bytes);
    if (this.#address !== 0) return this.#address;
    this.#bytes = 0;
    throw new Error(`there is no memory for ${bytes} bytes of zstd`);
  }

  /** The address of a copy of `bytes`. */
  filled(bytes: Uint8Array): number {
    const address = this.reserved(bytes.length);
    this.#library.HEAPU8.set(bytes, address);
    return address;
  }
}

function checkResult(library: WasmLibrary, result: number): number {
  if (library._ZSTD_isError(result) !== 0) throw new Error('the bytes are no whole zstd frame');
  return result;
}

function checkLength(found: number, expected: number): void {
  if (found !== expected) throw new Error(`a zstd frame gave ${found} bytes instead of ${expected}`);
}

/** A frame's header says its length: one that is not what is expected is refused before it is decompressed. */
function checkFrame(bytes: Uint8Array, length: number): void {
  const contentBytes = frameContentBytes(bytes);
  if (contentBytes !== undefined) checkLength(contentBytes, length);
  if (length > ZSTD_BYTES_MAX) throw new Error(`a zstd frame of ${length} bytes is longer than the limit of ${ZSTD_BYTES_MAX}`);
}

const MAGIC = 0xfd2fb528;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;

/** The length a frame says it has (RFC 8878, 3.1.1.1), `undefined` when it does not say. */
function frameContentBytes(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 6 || view.getUint32(0, true) !== MAGIC) throw new Error('the bytes are no zstd frame');
  const descriptor = view.getUint8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const at = 5 + (isSingleSegment ? 0 : 1) + DICTIONARY_ID_BYTES[descriptor & 3]!;
  switch (descriptor >> 6) {
    case 0:
      return isSingleSegment ? view.getUint8(at) : undefined;
    case 1:
      return view.getUint16(at, true) + 256;
    case 2:
      return view.getUint32(at, true);
    default:
      return Number(view.getBigUint64(at, true));
  }
}
