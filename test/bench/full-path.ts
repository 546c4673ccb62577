import type { RiskSettings } from '#engine';

/** What the full path has besides the strategy with its default parameters: the candles, and limits so wide that they look and rarely act. */
export const FULL_CANDLES: readonly string[] = ['1s', '1m'];

export const FULL_RISK: RiskSettings = {
  stopLoss: { percent: 1 },
  takeProfit: { percent: 2 },
  trailingStop: { triggerPercent: 1, distancePercent: 0.5 },
  dailyLossLimit: { loss: { USDT: 100_000 }, flatten: true },
  maximumPositions: 5,
  orderSize: { units: 10 },
  ordersPerMinute: 60,
};

/** The same for the command line. */
export const FULL_ARGUMENTS: readonly string[] = [
  ...['--strategy', 'book-imbalance'],
  ...FULL_CANDLES.flatMap((interval) => ['--interval', interval]),
  ...[
    'stopLoss.percent=1',
    'takeProfit.percent=2',
    'trailingStop.triggerPercent=1',
    'trailingStop.distancePercent=0.5',
    'dailyLossLimit.loss.USDT=100000',
    'dailyLossLimit.flatten=true',
    'maximumPositions=5',
    'orderSize.units=10',
    'ordersPerMinute=60',
  ].flatMap((limit) => ['--risk', limit]),
];
