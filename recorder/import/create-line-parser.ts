import type { CaptureSettings } from './capture-options.ts';
import { CryptofeedLineParser } from './cryptofeed-lines.ts';
import { JsonLineParser } from './json-lines.ts';
import type { LineParser } from './line-parser.ts';
import type { LineSink } from './line-sink.ts';
import { NsLineParser } from './ns-lines.ts';
import { OhlcvLineParser } from './ohlcv-lines.ts';

/** A fresh parser for one pass over all files. A probe may throw for options that are missing; an import never stops for a line. */
export function createLineParser(settings: CaptureSettings, sink: LineSink, pass: 'probe' | 'import'): LineParser {
  switch (settings.format) {
    case 'ns-lines':
      return new NsLineParser(sink);
    case 'jsonl':
      return new JsonLineParser(settings, sink, pass === 'probe');
    case 'cryptofeed':
      return new CryptofeedLineParser(sink);
    case 'ohlcv-csv':
      return new OhlcvLineParser(settings, sink);
  }
}
