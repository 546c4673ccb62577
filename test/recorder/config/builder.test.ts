import { expect, test } from 'vitest';
import { recorderConfig } from '../../../recorder/config/builder.ts';
import { parseRecorderConfig } from '../../../recorder/config/parse-config.ts';

test('the builder and a file with the same words give the same object', () => {
  const built = recorderConfig()
    .session({ name: 'korea-{date}', until: '06:10' })
    .session({ schedule: [{ days: 'krx', start: '06:45', stop: '20:10' }] })
    .calendar({ closed: ['2027-05-03'], late: { '2028-01-03': 'first-day' } })
    .limits({ waiting: '128MiB' })
    .kis((kis) =>
      kis
        .settings({ environment: 'real', slots: 40, options: { custtype: 'P' } })
        .key('main', { secrets: { appKey: 'KIS_APP_KEY', appSecret: 'KIS_APP_SECRET' }, rate: 3 })
        .stock('005930', { name: '삼성전자', interval: '1m' })
        .stock('000660')
        .derivative('A01612', { name: 'KOSPI200 2026-12', sessions: ['day'] })
        .optionChain('202612', { strikes: 10, underlying: 'WKI' })
        .notices('stock')
        .subscription(['H0UPCNT0'], { symbols: ['0001'] })
        .poll('futures-board', ['MKI'], { every: '10s' }),
    )
    .kiwoom((kiwoom) =>
      kiwoom
        .stock('005930', { exchange: 'unified' })
        .sector('001')
        .condition('4', { channels: ['trade'], max: 50 })
        .market('session', 'volatility')
        .notices('order'),
    )
    .coincallOptions((options) => options.optionChain('BTCUSD', { expiries: 2, strikes: 10 }).symbol('BTCUSD-25DEC26-100000-C'))
    .coincallFutures((futures) => futures.symbol('BTCUSD', { channels: ['orderBook'] }))
    .binanceSpot((spot) => spot.symbol('BTCUSDT'))
    .binanceUsdm((usdm) => usdm.symbol('BTCUSDT', { priority: 5 }))
    .build();
  const parsed = parseRecorderConfig(
    `
    [session]
    name = "korea-{date}"
    until = "06:10"
    schedule = [{ days = "krx", start = "06:45", stop = "20:10" }]
    [calendar]
    closed = ["2027-05-03"]
    late = { "2028-01-03" = "first-day" }
    [limits]
    waiting = "128MiB"
    [kis]
    environment = "real"
    slots = 40
    options = { custtype = "P" }
    notices = ["stock"]
    keys = [{ name = "main", secrets = { appKey = "KIS_APP_KEY", appSecret = "KIS_APP_SECRET" }, rate = 3 }]
    stocks = [{ code = "005930", name = "삼성전자", interval = "1m" }, { code = "000660" }]
    derivatives = [{ code = "A01612", name = "KOSPI200 2026-12", sessions = ["day"] }]
    chains = [{ maturity = "202612", strikes = 10, underlying = "WKI" }]
    subscriptions = [{ channels = ["H0UPCNT0"], symbols = ["0001"] }]
    polls = [{ rule = "futures-board", targets = ["MKI"], every = "10s" }]
    [kiwoom]
    stocks = [{ code = "005930", exchange = "unified" }]
    sectors = [{ code = "001" }]
    conditions = [{ seq = "4", channels = ["trade"], max = 50 }]
    market = ["session", "volatility"]
    notices = ["order"]
    [coincall-options]
    chains = [{ underlying = "BTCUSD", expiries = 2, strikes = 10 }]
    symbols = [{ symbol = "BTCUSD-25DEC26-100000-C" }]
    [coincall-futures]
    symbols = [{ symbol = "BTCUSD", channels = ["orderBook"] }]
    [binance-spot]
    symbols = [{ symbol = "BTCUSDT" }]
    [binance-usdm]
    symbols = [{ symbol = "BTCUSDT", priority = 5 }]
    `,
    'korea.toml',
  );
  expect(built).toEqual(parsed);
});

test('what the types cannot refuse, build refuses by name', () => {
  expect(() =>
    recorderConfig()
      .kis((kis) => kis.optionChain('2026-12', { strikes: 0 }))
      .build(),
  ).toThrow(/kis\.chains\[0\]\.maturity/);
});

test('the types refuse a wrong word before anything runs', () => {
  // @ts-expect-error there is no exchange of that name
  const config = recorderConfig().kis((kis) => kis.stock('005930', { exchange: 'nyse' }));
  expect(() => config.build()).toThrow(/kis\.stocks\[0\]\.exchange/);
});
