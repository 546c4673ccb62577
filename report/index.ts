export { byteSize, duration } from './format.ts';
export { auditWords, MORNING_LENGTH_MAX, morningText, offsetWords, periodWords, verdictWords } from './morning-text.ts';
export { runHtml } from './run-html.ts';
export { runText } from './run-text.ts';
export { type Drawdown, maxDrawdown, type Ratios, ratios, type TradeStatistics, tradeStatistics } from './statistics.ts';
export { candleWords, type TapeFinding, tapeFindings } from './tape-findings.ts';
