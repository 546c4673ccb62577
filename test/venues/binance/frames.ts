const KLINE_BAR =
  '"t":1672515780000,"T":1672515839999,"s":"BNBBTC","i":"1m","f":100,"L":200,"o":"0.0010","c":"0.0020","h":"0.0025","l":"0.0015","v":"1000","n":100,"x":false,"q":"1.0000","V":"500","Q":"0.500","B":"123456"';

export const AGG_TRADE =
  '{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1672515782136,"s":"BTCUSDT","a":12345,"p":"0.001","q":"100","f":100,"l":105,"T":1672515782136,"m":true}}';
export const KLINE = `{"stream":"bnbbtc@kline_1m","data":{"e":"kline","E":1672515782136,"s":"BNBBTC","k":{${KLINE_BAR}}}}`;
export const MARK_PRICE =
  '{"stream":"btcusdt@markPrice@1s","data":{"e":"markPriceUpdate","E":1562305380000,"s":"BTCUSDT","p":"11794.15000000","i":"11784.62659091","P":"11784.25641265","r":"-0.00038167","T":1562306400000}}';
export const FORCE_ORDER =
  '{"stream":"btcusdt@forceOrder","data":{"e":"forceOrder","E":1568014460893,"o":{"s":"BTCUSDT","S":"SELL","o":"LIMIT","f":"IOC","q":"0.014","p":"9910","ap":"9910","X":"FILLED","l":"0.014","z":"0.014","T":1568014460893}}}';
export const SPOT_TRADE =
  '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}}';
export const SPOT_QUOTE =
  '{"stream":"btcusdt@bookTicker","data":{"u":50093239212,"s":"BTCUSDT","b":"61837.63000000","B":"3.78826000","a":"61837.64000000","A":"1.54698000"}}';
export const SPOT_DEPTH =
  '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161255308,"s":"BTCUSDT","U":50093239203,"u":50093239207,"b":[["55653.87000000","0.00000000"]],"a":[["61838.04000000","0.32332000"],["61862.51000000","0.00000000"]]}}';
export const SPOT_SNAPSHOT =
  '{"lastUpdateId":50093239218,"bids":[["61837.63000000","3.78826000"],["61837.62000000","0.61700000"]],"asks":[["61837.64000000","1.54698000"]]}';
export const USDM_TRADE =
  '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161256322,"T":1723161256321,"s":"BTCUSDT","t":5266583935,"p":"61800.30","q":"0.006","X":"MARKET","m":false}}';
export const USDM_QUOTE =
  '{"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":5123107839020,"s":"BTCUSDT","b":"61800.20","B":"2.507","a":"61800.30","A":"2.510","T":1723161256313,"E":1723161256314}}';
export const USDM_DEPTH =
  '{"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":1723161256299,"T":1723161256298,"s":"BTCUSDT","U":5123107832006,"u":5123107837557,"pu":5123107831937,"b":[["58710.20","0.014"],["61496.50","0.010"]],"a":[["61800.30","0.000"]]}}';
export const USDM_SNAPSHOT =
  '{"lastUpdateId":5123107852948,"E":1723161256501,"T":1723161256493,"bids":[["61800.20","2.909"]],"asks":[["61800.30","0.696"]]}';

/** Frames of every shape that the recordings do not hold, and small ones of those they do. */
export const OTHER_FRAMES: readonly string[] = [
  AGG_TRADE,
  KLINE,
  MARK_PRICE,
  FORCE_ORDER,
  SPOT_TRADE,
  SPOT_QUOTE,
  SPOT_DEPTH,
  SPOT_SNAPSHOT,
  USDM_TRADE,
  USDM_QUOTE,
  USDM_DEPTH,
  USDM_SNAPSHOT,
  USDM_TRADE.replace('MARKET', 'INSURANCE_FUND'),
  USDM_TRADE.replace('MARKET', 'NA').replace('61800.30', '0').replace('0.006', '0'),
  SPOT_QUOTE.replace('61837.63000000', '0.00000000').replace('3.78826000', '0.00000000'),
  '{"e":"24hrMiniTicker","E":1672515782136,"s":"BNBBTC","c":"0.0025"}',
  '{"stream":"btcusdt@depth5@100ms","data":{"lastUpdateId":160,"bids":[["0.0024","10"]],"asks":[]}}',
  '{"stream":"!markPrice@arr","data":[{"e":"markPriceUpdate","s":"BTCUSDT"}]}',
  '{"stream":"btcusdt@somethingNew","data":{"e":"somethingNew"}}',
  '{"result":null,"id":1}',
  '{"result":["btcusdt@aggTrade"],"id":3}',
  '{"error":{"code":2,"msg":"Invalid request: unknown variant"},"id":1}',
  '{"code":-1121,"msg":"Invalid symbol."}',
  '{"timezone":"UTC","serverTime":1565246363776,"symbols":[]}',
  '[[1499040000000,"0.01634790","0.80000000"]]',
  '{}',
  '[]',
  '1',
  '',
  SPOT_DEPTH.replaceAll('BTCUSDT', '币安人生USDT'),
];
