/** Every real-time type that can be registered, and `02`, which a condition search brings, with the `name` of its rows. */
export const REAL_TYPES: ReadonlyMap<string, string> = new Map([
  ['00', '주문체결'],
  ['04', '현물잔고'],
  ['0A', '주식기세'],
  ['0B', '주식체결'],
  ['0C', '주식우선호가'],
  ['0D', '주식호가잔량'],
  ['0E', '주식시간외호가'],
  ['0F', '주식당일거래원'],
  ['0G', 'ETF NAV'],
  ['0H', '주식예상체결'],
  ['0I', '국제금환산가격'],
  ['0J', '업종지수'],
  ['0U', '업종등락'],
  ['0g', '주식종목정보'],
  ['0m', 'ELW 이론가'],
  ['0s', '장시작시간'],
  ['0u', 'ELW 지표'],
  ['0w', '종목별프로그램매매'],
  ['1h', 'VI발동/해제'],
  ['02', '조건검색'],
]);

/** The `name` that rows of the type have on the wire; empty for a type that is not known. */
export function labelOfType(type: string): string {
  return REAL_TYPES.get(type) ?? '';
}
