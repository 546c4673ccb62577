import { encodeHeartbeatReply, encodeSubscribeReply } from '../../../venues/coincall/index.ts';

const CALL = 'BTCUSD-4JUL23-27000-C';
const PUT = 'BTCUSD-4JUL23-27000-P';

/** Frames of every decoded channel in both generations, with invented values, and what else a connection carries. */
export const BOOK_G1 = `{"dt":5,"c":20,"d":{"s":"${CALL}","asks":[{"pr":"486.8","v":0.34},{"pr":"649.1","v":5}],"bids":[{"pr":"477","v":0.1}],"ts":1685088000123}}`;
export const BOOK_G2 = `{"dt":5,"c":20,"d":{"s":"${CALL}","asks":[{"pr":"4038.58","sz":"1"}],"bids":[{"pr":"3","sz":"0.20000000 "},{"pr":"1","sz":"0.2"}],"ts":1688453641701}}`;
export const FUTURES_BOOK =
  '{"dt":32,"c":20,"d":{"s":"BTCUSD","asks":[{"pr":"30831.73","sz":"180.30200000"}],"bids":[],"ts":1688384138863}}';
export const TRADES_G1 = `{"dt":6,"c":20,"d":[{"sd":1,"pr":486.8,"s":"${CALL}","v":0.1,"ts":1685092744132},{"sd":2,"pr":541.7,"s":"${CALL}","v":0.19,"ts":1685077759928}]}`;
export const TRADES_G2 =
  '{"dt":33,"c":20,"d":[{"q":"1","sd":1,"pr":"30831.73000000","s":"BTCUSD","ts":1688436545891},{"q":"83.111","sd":2,"pr":"30139.37","s":"BTCUSD","ts":1688370059868}]}';
export const KLINE = `{"dt":2,"c":20,"d":{"high":4056.5,"s":"${CALL}","low":4055.25,"pe":"m1","v":0,"close":4056.40850000,"open":4056,"ts":1688449080000}}`;
export const CHAIN_G1 = `{"dt":4,"c":20,"d":[{"mp":2463.01,"lp":2462.85,"delta":0.9979,"theta":-3.1,"cp":-13.05,"biv":1.26,"aiv":2.97,"cr":-0.0053,"s":"${CALL}","bv":0.52,"av":8.94,"ask":3065.9,"oi":0,"upv":0,"up":26462.455,"bid":2499.3,"gamma":1.0E-5,"vega":0.08962,"ts":1685091838557},{"tv":0.01,"mp":0.56,"lp":0.5,"delta":-0.0021,"theta":-3.1,"cp":-2.0,"biv":0.50,"aiv":1.7976931348623157E308,"cr":-0.7842,"s":"${PUT}","bv":0,"av":0.54,"ask":1,"v24":0.01,"oi":0.01,"upv":0,"up":26462.455,"bid":0,"gamma":0E-8,"vega":0.08962,"ts":1685091838557}]}`;
export const CHAIN_G2 = `{"dt":4,"c":20,"d":[{"mp":"4038.5855","lp":4038.5855,"delta":1.0,"theta":0.0,"cp":-124.2124,"biv":0.01,"aiv":0.02,"miv":0.015,"cr":-0.0298,"bs":0.2,"as":0,"s":"${CALL}","v":1.0,"ask":0,"v24":1.0,"oi":null,"upv":0,"up":31038.5855,"bid":1,"gamma":0.0,"vega":0.0,"ts":1688452774463}]}`;
export const PRICING_G1 = `{"dt":3,"c":20,"d":{"tv":0,"rt":-3178263,"mp":0,"lp":16507.565,"ip":26498.05,"delta":0,"h":16588.9,"l":16194.165,"iv":1.1833,"theta":0,"cp":34.265,"pr0":16473.3,"cr":0.0021,"s":"${CALL}","uv24":0,"v24":0,"oi":0,"up":26498.05,"gamma":0,"vega":0,"tva":0,"ts":1685091178263}}`;
export const PRICING_G2 = `{"dt":3,"c":20,"d":{"uv":30783000.0,"rt":2081914160,"mp":834.28262809,"lp":834.29106136,"ip":31059.68,"delta":0.34898,"h":783.67,"l":665.6,"iv":0.4728,"theta":-29.14546,"cp":-64.8,"pr0":899.1322664,"cr":-0.0721,"s":"${CALL}","uv24":30783000.0,"v":1000.0,"v24":1000.0,"oi":1000.0,"up":31248.97,"gamma":0.00010,"vega":29.70793,"ts":1688449285840}}`;
export const TICKER_G1 =
  '{"dt":30,"c":20,"d":{"pr":26443.9,"mp":26429.3,"lp":26443.9,"ip":26453.83,"h":26609.9,"l":26163.7,"cp":-20.4,"cr":-0.0008,"pr0":23799.51,"s":"BTCUSD","cv":"0","uv24":447242963.9206,"v24":16958.582}}';
export const TICKER_G3 =
  '{"dt":30,"c":20,"ts":1726248852790,"d":{"pr":1.1752,"mp":1.17521086,"ip":1.17550000,"h":1.18,"l":1.12,"cp":0.0241,"cr":0.0209,"pr0":1.05768,"s":"ARBUSD","oi":23431.0343,"uv24":320076.05815,"v24":278226.5,"ts":1726248852785}}';

export const MADE_FRAMES: readonly string[] = [
  ...[BOOK_G1, BOOK_G2, FUTURES_BOOK, TRADES_G1, TRADES_G2, KLINE, CHAIN_G1, CHAIN_G2, PRICING_G1, PRICING_G2, TICKER_G1, TICKER_G3],
  `{"dt":31,"c":20,"d":{"high":2,"s":"BTCUSD","low":1,"pe":"mn1","v":"3","close":2,"open":"1","ts":1685577600000}}`,
  // The first documents wrapped a book in a list, with numbers.
  `{"c":20,"d":[{"asks":[{"v":1,"pr":20500}],"bids":[{"pr":20499.5,"v":2}],"s":"BTCUSD","ts":1676851200000}],"p":1,"dt":32}`,
  `{"dt":5,"c":20,"d":{"s":"${PUT}","asks":[{"pr":"2","sz":"1","n":3},{ "sz":"2" , "pr":"3"}],"bids":[{"pr":1.5,"q":"4"}],"ts":1688453641701},"x":1}`,
  `{"dt":6,"c":20,"d":[{"sd":1,"pr":5,"s":"${CALL}","v":1,"ts":1685092744132},{"sd":1,"pr":5,"s":"${CALL}","v":1,"ts":1685092744132},{"sd":3,"pr":5,"s":"${CALL}","v":1,"ts":1685092744131}]}`,
  '{"dt":24,"c":20,"d":[{"matchPrice":"6225","tradeId":"1937466323152052224"}],"ts":1750762942746}',
  '{"dt":7,"c":20,"d":{"mm":3.2,"uid":8095151726,"assets":[]}}',
  '{"dt":58,"c":20,"d":{}}',
  encodeHeartbeatReply(),
  encodeSubscribeReply('subscribe', 'orderBook', 'success'),
  encodeSubscribeReply('unSubscribe', 'orderBook', 'failed'),
  '{"c":11,"rc":0}',
  '{"ping":1}',
  '{"code":10006,"msg":"Sign illegal","i18nArgs":null,"data":null}',
  '{"message":"too many request"}',
  '{"hello":1}',
];
