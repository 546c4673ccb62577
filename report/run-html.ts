import { plainDecimal, type RunCurrency, type RunSummary } from '#domain';
import { curveChart } from './curve-chart.ts';
import { escapeHtml } from './escape-html.ts';
import { amount, count, duration, instant, money, percent, ratio } from './format.ts';
import { maxDrawdown, ratios, tradeStatistics } from './statistics.ts';

const TRADES_SHOWN = 500;

/** One self-contained page: no script, no network, light and dark. Charts are SVG made of the run's own samples. */
export function runHtml(summary: RunSummary): string {
  const { strategy } = summary.identity;
  const heading = `${strategy.name} on ${summary.sessions.join(' + ')}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(heading)}</title><style>${STYLE}</style></head><body><main>
<header><h1>${escapeHtml(heading)}</h1><p>${instant(summary.firstUs)} to ${instant(summary.lastUs)} UTC, ${duration(summary.lastUs - summary.firstUs)}.
${count(summary.counts.frames)} frames, ${count(summary.counts.events)} events, ${count(summary.counts.candles)} candles.</p></header>
${summary.currencies.map((currency) => currencySection(summary, currency)).join('\n')}
${priceSection(summary)}
${symbolSection(summary)}
${tradeSection(summary)}
<section><h2>Orders</h2>${definitions(orderFacts(summary))}</section>
<section><h2>Not lost in silence</h2>${definitions(lossFacts(summary))}</section>
<section><h2>Assumed</h2>${assumptions(summary)}</section>
<section><h2>To check it</h2>${definitions(identityFacts(summary))}</section>
</main></body></html>
`;
}

function currencySection(summary: RunSummary, currency: RunCurrency): string {
  const name = currency.currency;
  const tone = currency.netMinor > 0 ? 'gain' : currency.netMinor < 0 ? 'loss' : '';
  const chart = curveChart(
    currency.equity.map(({ timeUs, equityMinor }) => ({ timeUs, value: equityMinor })),
    { label: `Equity, ${name}`, format: (value) => money(value, name), baseline: 0 },
  );
  return `<section><h2>Money, ${escapeHtml(name)}</h2><p class="figure ${tone}">${escapeHtml(money(currency.netMinor, name))}</p>${chart}${definitions(moneyFacts(summary, currency))}</section>`;
}

type Fact = readonly [label: string, value: string];

function moneyFacts(summary: RunSummary, currency: RunCurrency): readonly Fact[] {
  const name = currency.currency;
  const drawdown = maxDrawdown(currency.equity);
  const trades = tradeStatistics(summary.trades.filter((trade) => trade.currency === name));
  const figures = ratios(currency);
  const recovery = Number.isNaN(drawdown.recoveryUs) ? 'not recovered' : `recovered ${instant(drawdown.recoveryUs)}`;
  return [
    ['Gross P&L', money(currency.grossMinor, name)],
    ['Fees', amount(currency.feesMinor, name)],
    ['Open at the end', money(currency.unrealisedMinor, name)],
    ['Slippage against mid', amount(currency.slippageMinor, name)],
    ['Turnover', amount(currency.turnoverMinor, name)],
    [
      'Maximum drawdown',
      drawdown.maxMinor === 0 ? 'none' : `${amount(drawdown.maxMinor, name)}, trough ${instant(drawdown.troughUs)}, ${recovery}`,
    ],
    ['Round trips', count(trades.count)],
    ['Win rate', percent(trades.winRate)],
    ['Profit factor', ratio(trades.profitFactor)],
    ['Payoff', ratio(trades.payoff)],
    ['Expectancy', money(trades.expectancyMinor, name)],
    ['Best, worst', `${money(trades.bestMinor, name)}, ${money(trades.worstMinor, name)}`],
    ['Held: winners, losers', `${duration(trades.holdingWinnersUs)}, ${duration(trades.holdingLosersUs)}`],
    ['Losses in a row', count(trades.losingStreakMax)],
    ['Mean MAE, MFE', `${amount(trades.adverseMeanMinor, name)}, ${amount(trades.favourableMeanMinor, name)}`],
    ['SQN', ratio(trades.systemQuality)],
    ['Return on capital', percent(figures.totalReturn)],
    ['Sharpe, Sortino', sharpeText(figures.sharpe, figures.sortino, figures.sampleUs)],
  ];
}

function sharpeText(sharpe: number, sortino: number, sampleUs: number): string {
  if (!Number.isFinite(sharpe)) return 'n/a (needs starting capital and 30 samples)';
  return `${ratio(sharpe)}, ${ratio(sortino)}; samples of ${duration(sampleUs)}, 365 days a year, risk-free 0`;
}

function priceSection(summary: RunSummary): string {
  if (summary.chart.length < 2) return '';
  const chart = curveChart(
    summary.chart.map(({ timeUs, price }) => ({ timeUs, value: price })),
    { label: 'Price', format: plainDecimal, marks: chartMarks(summary) },
  );
  return `<section><h2>Price and round trips</h2>${chart}<p class="quiet">▲ entries of long or exits of short trades, ▼ the reverse.</p></section>`;
}

function chartMarks(summary: RunSummary) {
  const symbol = summary.trades[0]?.symbol;
  return summary.trades
    .filter((trade) => trade.symbol === symbol)
    .slice(-TRADES_SHOWN)
    .flatMap((trade) => [
      { timeUs: trade.entryUs, value: trade.entryPrice, isUp: trade.side === 'long' },
      { timeUs: trade.exitUs, value: trade.exitPrice, isUp: trade.side === 'short' },
    ]);
}

function symbolSection(summary: RunSummary): string {
  const rows = summary.symbols.map((symbol) => [
    `${symbol.venue}:${symbol.symbol}`,
    count(symbol.trades),
    count(symbol.fills),
    money(symbol.netMinor, symbol.currency),
    amount(symbol.feesMinor, symbol.currency),
    plainDecimal(symbol.position),
    plainDecimal(symbol.largestPosition),
    duration(symbol.exposureUs),
    symbol.firstPrice === null || symbol.lastPrice === null ? 'n/a' : percent(symbol.lastPrice / symbol.firstPrice - 1),
  ]);
  const head = ['instrument', 'trips', 'fills', 'net', 'fees', 'position', 'largest', 'exposed', 'buy and hold'];
  return rows.length === 0 ? '' : `<section><h2>Instruments</h2>${table(head, rows)}</section>`;
}

function tradeSection(summary: RunSummary): string {
  if (summary.trades.length === 0) return '';
  const shown = summary.trades.slice(-TRADES_SHOWN);
  const rows = shown.map((trade) => [
    instant(trade.entryUs),
    instant(trade.exitUs),
    trade.symbol,
    trade.side,
    plainDecimal(trade.size),
    plainDecimal(trade.entryPrice),
    plainDecimal(trade.exitPrice),
    money(trade.netMinor, trade.currency),
    trade.entryTag,
    trade.exitReason,
  ]);
  const head = ['opened (UTC)', 'closed (UTC)', 'instrument', 'side', 'size', 'entry', 'exit', 'net', 'tag', 'exit reason'];
  const caption =
    shown.length === summary.counts.trades ? '' : `<p class="quiet">The last ${shown.length} of ${count(summary.counts.trades)}.</p>`;
  return `<section><h2>Round trips</h2>${caption}${table(head, rows)}</section>`;
}

function orderFacts(summary: RunSummary): readonly Fact[] {
  const { counts } = summary;
  const refusals = Object.entries(summary.refusals).map(([rule, refused]): Fact => [`refused by ${rule}`, count(refused)]);
  return [
    ['Intents', count(counts.intents)],
    ['Refused', count(counts.refused)],
    ...refusals,
    ['Orders', count(counts.orders)],
    [
      'Filled, partly, cancelled, rejected, open',
      [counts.filledOrders, counts.partiallyFilledOrders, counts.cancelledOrders, counts.rejectedOrders, counts.openOrders]
        .map(count)
        .join(', '),
    ],
    ['Fills, of which maker', `${count(counts.fills)}, ${count(counts.makerFills)}`],
  ];
}

function lossFacts(summary: RunSummary): readonly Fact[] {
  const { lost } = summary;
  return [
    ['Decode failures', count(lost.decodeFailures)],
    ['Frames without a decoder', count(lost.undecodedFrames)],
    ['Late trades', count(lost.lateTrades)],
    ['Trades too old to fill', count(lost.oldTrades)],
    ['Unknown fields (drift)', count(lost.drift)],
    ['Feed losses', count(lost.feedLosses)],
    ['Books that became unknown', count(lost.bookGaps)],
    ['Notes', count(lost.notes)],
  ];
}

function identityFacts(summary: RunSummary): readonly Fact[] {
  const { identity, environment } = summary;
  return [
    ['Run', summary.run],
    ['Run hash', summary.runHash],
    ...identity.tapeDigests.map((digest, index): Fact => [`Tape ${summary.sessions[index] ?? index}`, digest]),
    ['Strategy source', identity.strategy.sourceHash],
    ['Parameters', JSON.stringify(identity.strategy.parameters)],
    ['Settings', JSON.stringify(identity.settings)],
    ['Made by', `tapedeck ${environment.version} on Node ${environment.node} in ${duration(environment.elapsedMs * 1000)}`],
  ];
}

function assumptions(summary: RunSummary): string {
  const items = summary.assumptions.map(
    ({ model, assumptions }) => `<li><b>${escapeHtml(model)}</b>: ${assumptions.map(escapeHtml).join(' ')}</li>`,
  );
  return `<ul>${items.join('')}</ul>`;
}

function definitions(facts: readonly Fact[]): string {
  return `<dl>${facts.map(([label, value]) => `<div><dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd></div>`).join('')}</dl>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[], tag: string): string =>
    `<tr>${row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  return `<div class="scroll"><table><thead>${cells(head, 'th')}</thead><tbody>${rows.map((row) => cells(row, 'td')).join('')}</tbody></table></div>`;
}

const STYLE = `
:root{color-scheme:light dark;--ink:#1c2024;--quiet:#667;--line:#d9dde3;--paper:#fff;--accent:#2456a6;--gain:#12763a;--loss:#b3261e}
@media (prefers-color-scheme:dark){:root{--ink:#e6e8eb;--quiet:#9aa3ad;--line:#343a42;--paper:#14171a;--accent:#7fb0ff;--gain:#4cc38a;--loss:#ff8a80}}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,"Noto Sans KR",sans-serif}
main{max-width:62rem;margin:0 auto;padding:2rem 1.25rem}
h1{font-size:1.6rem;margin:0}h2{font-size:1.05rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--line);padding-bottom:.25rem}
.quiet,header p{color:var(--quiet);margin:.25rem 0}.figure{font-size:2.2rem;font-weight:600;margin:.25rem 0;font-variant-numeric:tabular-nums}
.gain{color:var(--gain)}.loss{color:var(--loss)}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(19rem,1fr));gap:.25rem 1.5rem;margin:.5rem 0}
dl div{display:flex;justify-content:space-between;gap:1rem;border-bottom:1px dotted var(--line)}
dt{color:var(--quiet)}dd{margin:0;text-align:right;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:.9rem}
th,td{text-align:left;padding:.2rem .6rem .2rem 0;border-bottom:1px solid var(--line);white-space:nowrap}th{color:var(--quiet);font-weight:500}
svg{width:100%;height:auto;display:block}svg text{fill:var(--quiet);font:11px system-ui,sans-serif}
svg .curve{fill:none;stroke:var(--accent);stroke-width:1.5}svg .grid{stroke:var(--line)}svg .zero{stroke:var(--quiet);stroke-dasharray:3 3}
svg .up{fill:var(--gain)}svg .down{fill:var(--loss)}`;
