export { runHtml } from './run-html.ts';
export { runText } from './run-text.ts';
export { type Drawdown, maxDrawdown, type Ratios, ratios, type TradeStatistics, tradeStatistics } from './statistics.ts';
