/** Lines are gathered up to this and then written. */
const BUFFER_BYTES = 256 * 1024;
/** `drain` waits while more bytes than this are not yet written. */
const PENDING_BYTES_MAX = 4 * 1024 * 1024;
/** A UTF-16 code unit is at most three bytes of UTF-8. */
const UNIT_BYTES_MAX = 3;
const LINE_FEED = 0x0a;

/** What is used of a `FileHandle`, named here so that our published types need no package of types. */
export interface AuditTarget {
  appendFile(bytes: Uint8Array): Promise<void>;
  datasync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Appends lines of text to a file, behind the caller. Each line is turned into bytes at once, in buffers that are filled again: gathered as
 * text, the lines of a long run outlive the young heap, fill the old one, and the memory of a replay grows with its tape.
 * The first failure is thrown by every later call.
 */
export class AuditFile {
  readonly #file: AuditTarget;
  readonly #spare: Buffer[] = [];
  #buffer: Buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #filled = 0;
  #pendingBytes = 0;
  #writing: Promise<void> = Promise.resolve();
  #failure: unknown;

  constructor(file: AuditTarget) {
    this.#file = file;
  }

  /** Takes a line without its line end. Await `drain` now and then: what is not written is held in memory. */
  append(line: string): void {
    if (this.#failure !== undefined) throw this.#failure;
    const room = line.length * UNIT_BYTES_MAX + 1;
    if (room > BUFFER_BYTES - this.#filled) this.#handOver();
    if (room > BUFFER_BYTES) return this.#write(Buffer.from(`${line}\n`));
    const end = this.#filled + this.#buffer.write(line, this.#filled);
    this.#buffer[end] = LINE_FEED;
    this.#filled = end + 1;
  }

  /** Resolves when less than 4 MiB wait to be written. */
  async drain(): Promise<void> {
    if (this.#pendingBytes >= PENDING_BYTES_MAX) await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves when every line taken so far was handed to the file: readers see it. */
  async flush(): Promise<void> {
    this.#handOver();
    await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves when every line is in the file, durably. The file is closed, also after a failure. */
  async close(): Promise<void> {
    this.#handOver();
    await this.#writing;
    try {
      if (this.#failure !== undefined) throw this.#failure;
      await this.#file.datasync();
    } finally {
      await this.#file.close();
    }
  }

  #handOver(): void {
    if (this.#filled === 0) return;
    this.#write(this.#buffer.subarray(0, this.#filled));
    this.#buffer = this.#spare.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
    this.#filled = 0;
  }

  #write(bytes: Buffer): void {
    this.#pendingBytes += bytes.length;
    this.#writing = this.#writing.then(async () => {
      if (this.#failure !== undefined) return;
      try {
        await this.#file.appendFile(bytes);
        this.#pendingBytes -= bytes.length;
        // All buffers together are as many as once waited at the same time.
        if (bytes.buffer.byteLength === BUFFER_BYTES) this.#spare.push(Buffer.from(bytes.buffer));
      } catch (error) {
        this.#failure = error;
      }
    });
  }
}
