import { plainDecimal, type RunCurrency, type RunSummary } from '#domain';
import { amount, count, duration, instant, money, percent, ratio, sparkline } from './format.ts';
import { maxDrawdown, ratios, tradeStatistics } from './statistics.ts';

const RULE_WIDTH = 74;
const TRADES_SHOWN = 8;

/** A run as a person reads it in a terminal: what was asked, what happened, what it cost, what was lost, and how it can be checked. */
export function runText(summary: RunSummary): string {
  const sections = [
    header(summary),
    ...summary.currencies.map((currency) => moneySection(summary, currency)),
    tradeTable(summary),
    orderSection(summary),
    lossSection(summary),
    assumptionSection(summary),
    identitySection(summary),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function header(summary: RunSummary): string {
  const { strategy } = summary.identity;
  const parameters = Object.entries(strategy.parameters).map(([key, value]) => `${key}=${String(value)}`);
  const { counts, environment } = summary;
  const perSecond = Math.round((counts.frames * 1000) / Math.max(1, environment.elapsedMs));
  return [
    title(`${strategy.name} on ${summary.sessions.join(' + ')}`),
    line('Period', `${instant(summary.firstUs)} to ${instant(summary.lastUs)} UTC (${duration(summary.lastUs - summary.firstUs)})`),
    line('Parameters', parameters.join('  ') || 'none'),
    line('Tape', `${count(counts.frames)} frames, ${count(counts.events)} events, ${count(counts.candles)} candles`),
    line(
      'Speed',
      `${duration(environment.elapsedMs * 1000)}, ${count(perSecond)} frames/s, ${count(Math.round(environment.peakRssMb))} MB at the peak`,
    ),
  ].join('\n');
}

function moneySection(summary: RunSummary, currency: RunCurrency): string {
  const name = currency.currency;
  const drawdown = maxDrawdown(currency.equity);
  const trades = tradeStatistics(summary.trades.filter((trade) => trade.currency === name));
  const figures = ratios(currency);
  const curve = sparkline(currency.equity, 56);
  const recovered = Number.isNaN(drawdown.recoveryUs) ? 'not recovered' : `recovered ${instant(drawdown.recoveryUs)}`;
  const lines = [
    title(`Money, ${name}`),
    line(
      'Net P&L',
      `${money(currency.netMinor, name)}   (gross ${money(currency.grossMinor, name)} − fees ${amount(currency.feesMinor, name)})`,
    ),
    line('Open at the end', money(currency.unrealisedMinor, name)),
    line('Slippage', `${amount(currency.slippageMinor, name)} against the mid at submission`),
    line('Turnover', amount(currency.turnoverMinor, name)),
    line(
      'Drawdown',
      drawdown.maxMinor === 0 ? 'none' : `${amount(drawdown.maxMinor, name)} at ${instant(drawdown.troughUs)}, ${recovered}`,
    ),
    line('Buy and hold', holdText(summary, name)),
    line(
      'Trades',
      `${count(trades.count)}, ${percent(trades.winRate)} winners, profit factor ${ratio(trades.profitFactor)}, payoff ${ratio(trades.payoff)}`,
    ),
    line(
      'A trade',
      `${money(trades.expectancyMinor, name)} on average, best ${money(trades.bestMinor, name)}, worst ${money(trades.worstMinor, name)}`,
    ),
    line(
      'Held',
      `winners ${duration(trades.holdingWinnersUs)}, losers ${duration(trades.holdingLosersUs)}, ${count(trades.losingStreakMax)} losses in a row at most`,
    ),
  ];
  if (Number.isFinite(figures.totalReturn))
    lines.push(line('Return', `${percent(figures.totalReturn)} on ${amount(currency.startMinor, name)}`));
  if (Number.isFinite(figures.sharpe)) {
    const convention = `samples of ${duration(figures.sampleUs)}, ${count(Math.round(figures.periodsPerYear))} a year, risk-free 0`;
    lines.push(line('Sharpe, Sortino', `${ratio(figures.sharpe)}, ${ratio(figures.sortino)} (${convention})`));
  }
  if (curve !== '') lines.push(line('Equity', curve));
  return lines.join('\n');
}

function holdText(summary: RunSummary, currency: string): string {
  const symbols = summary.symbols.filter(
    (symbol) => symbol.currency === currency && symbol.firstPrice !== null && symbol.lastPrice !== null,
  );
  if (symbols.length === 0) return 'n/a';
  return symbols
    .slice(0, 4)
    .map(
      ({ symbol, firstPrice, lastPrice }) =>
        `${symbol} ${plainDecimal(firstPrice!)} → ${plainDecimal(lastPrice!)} (${percent(lastPrice! / firstPrice! - 1)})`,
    )
    .join(', ');
}

function tradeTable(summary: RunSummary): string {
  if (summary.trades.length === 0) return '';
  const shown = summary.trades.slice(-TRADES_SHOWN);
  const rows = shown.map((trade) => [
    instant(trade.exitUs),
    trade.symbol,
    trade.side,
    plainDecimal(trade.size),
    plainDecimal(trade.entryPrice),
    plainDecimal(trade.exitPrice),
    money(trade.netMinor, trade.currency),
    trade.exitReason,
  ]);
  return `${title(`Last ${shown.length} of ${count(summary.counts.trades)} round trips`)}\n${table(['closed (UTC)', 'symbol', 'side', 'size', 'entry', 'exit', 'net', 'reason'], rows)}`;
}

function orderSection(summary: RunSummary): string {
  const { counts } = summary;
  const refusals = Object.entries(summary.refusals).map(([rule, refused]) => `${rule} ${count(refused)}`);
  const states = [
    `${count(counts.filledOrders)} filled`,
    `${count(counts.partiallyFilledOrders)} partly`,
    `${count(counts.cancelledOrders)} cancelled`,
    `${count(counts.rejectedOrders)} rejected`,
    `${count(counts.openOrders)} open`,
  ];
  return [
    title('Orders'),
    line(
      'Intents',
      `${count(counts.intents)}, of which ${count(counts.refused)} refused${refusals.length > 0 ? ` (${refusals.join(', ')})` : ''}`,
    ),
    line('Orders', `${count(counts.orders)}: ${states.join(', ')}`),
    line('Fills', `${count(counts.fills)}, ${count(counts.makerFills)} as maker`),
  ].join('\n');
}

function lossSection(summary: RunSummary): string {
  const { lost } = summary;
  const words: readonly (readonly [number, string])[] = [
    [lost.decodeFailures, 'frames that could not be decoded'],
    [lost.undecodedFrames, 'frames of channels without a decoder'],
    [lost.lateTrades, 'trades after their candle had closed'],
    [lost.oldTrades, 'trades told too late to fill orders (a longer --lateness lets them)'],
    [lost.drift, 'unknown fields'],
    [lost.feedLosses, 'feed losses'],
    [lost.bookGaps, 'times a book became unknown'],
    [lost.notes, 'notes'],
  ];
  const found = words.filter(([value]) => value > 0).map(([value, text]) => `${count(value)} ${text}`);
  return [
    title('Not lost in silence'),
    line('Found', found.join(', ') || 'nothing: every frame reached its decoder and every trade its candle'),
  ].join('\n');
}

function assumptionSection(summary: RunSummary): string {
  const lines = summary.assumptions.flatMap(({ model, assumptions }) =>
    assumptions.map((text, index) => line(index === 0 ? model : '', text)),
  );
  return lines.length === 0 ? '' : [title('Assumed'), ...lines].join('\n');
}

function identitySection(summary: RunSummary): string {
  return [
    title('To check it'),
    line('Run', summary.run),
    line('Run hash', summary.runHash),
    ...summary.identity.tapeDigests.map((digest, index) => line(`Tape ${summary.sessions[index] ?? index}`, digest)),
    line('Strategy source', summary.identity.strategy.sourceHash),
    line('Made by', `tapedeck ${summary.environment.version} on Node ${summary.environment.node}`),
  ].join('\n');
}

function title(text: string): string {
  return `── ${text} ${'─'.repeat(Math.max(2, RULE_WIDTH - text.length - 4))}`;
}

function line(label: string, value: string): string {
  return `  ${label.padEnd(16)} ${value}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, column) => rows.reduce((width, row) => Math.max(width, row[column]!.length), name.length));
  const print = (row: readonly string[]): string =>
    `  ${row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd()}`;
  return [print(head), ...rows.map(print)].join('\n');
}
