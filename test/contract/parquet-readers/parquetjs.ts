import { createRequire } from 'node:module';

/** What is used of `parquetjs-lite`, which has no types. */
export interface ParquetJs {
  readonly ParquetReader: {
    openFile(path: string): Promise<{
      readonly metadata: { readonly version: number };
      getCursor(columns?: readonly string[]): { next(): Promise<Readonly<Record<string, unknown>> | null> };
      getMetadata(): Readonly<Record<string, string>>;
      close(): Promise<void>;
    }>;
  };
  readonly ParquetSchema: new (columns: Readonly<Record<string, { readonly type: string; readonly compression?: string }>>) => unknown;
  readonly ParquetWriter: {
    openFile(
      schema: unknown,
      path: string,
    ): Promise<{ setRowGroupSize(rows: number): void; appendRow(row: object): Promise<void>; close(): Promise<void> }>;
  };
}

export const parquetjs = createRequire(import.meta.url)('parquetjs-lite') as ParquetJs;
