/** Reads the lines of one format. It keeps state over lines and files, and says every line to its sink exactly once. */
export interface LineParser {
  /** True when a line may hold any byte, so that a CR before the newline can be a part of it. */
  readonly hasRawLines: boolean;
  /** Called before the first line of each file. */
  beginFile(): void;
  /** Reads the line `bytes[start, end)`, without its line ending, never empty. */
  parse(bytes: Buffer, start: number, end: number): void;
}

/** The name of the one connection of inputs that do not tell connections apart. */
export const ONLY_CONNECTION = '1';
