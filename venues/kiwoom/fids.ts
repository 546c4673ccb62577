/**
 * How the text of a field becomes a number. `magnitude`: the sign only shows a direction and is dropped. `signed`: the sign
 * counts. `exchange`: a name of an exchange as its code. `time`: a time of day that becomes the event's venue time.
 */
export type FidReading = 'magnitude' | 'signed' | 'exchange' | 'time';

export interface TradeFid {
  readonly fid: number;
  /** The name its number has in a reading. */
  readonly name: string;
  readonly reads: FidReading;
}

export interface OrderFid {
  readonly fid: number;
  /** The name its text has in a notice. */
  readonly name: string;
}

const magnitude = (fid: number, name: string): TradeFid => ({ fid, name, reads: 'magnitude' });
const signed = (fid: number, name: string): TradeFid => ({ fid, name, reads: 'signed' });

/** Type `0B` (a trade and what the day looks like after it), in the order the venue sends; units are in README.md. */
export const TRADE_FIDS: readonly TradeFid[] = [
  { fid: 20, name: 'time', reads: 'time' },
  magnitude(10, 'price'),
  signed(11, 'change'),
  signed(12, 'change_percent'),
  magnitude(27, 'ask_price'),
  magnitude(28, 'bid_price'),
  signed(15, 'signed_size'),
  magnitude(13, 'cumulative_volume'),
  magnitude(14, 'cumulative_value_million_krw'),
  magnitude(16, 'open_price'),
  magnitude(17, 'high_price'),
  magnitude(18, 'low_price'),
  magnitude(25, 'direction_code'),
  signed(26, 'volume_change'),
  signed(29, 'value_change'),
  magnitude(30, 'volume_percent_of_previous_day'),
  magnitude(31, 'turnover_percent'),
  magnitude(32, 'trading_cost'),
  magnitude(228, 'trade_strength'),
  magnitude(311, 'market_cap_100_million_krw'),
  magnitude(290, 'session_code'),
  signed(691, 'knock_out_proximity'),
  magnitude(567, 'upper_limit_hhmmss'),
  magnitude(568, 'lower_limit_hhmmss'),
  magnitude(851, 'volume_ratio_same_time_previous_day'),
  magnitude(1890, 'open_hhmmss'),
  magnitude(1891, 'high_time_raw'),
  magnitude(1892, 'low_hhmmss'),
  magnitude(1030, 'sell_volume'),
  magnitude(1031, 'buy_volume'),
  magnitude(1032, 'buy_share_percent'),
  magnitude(1071, 'sell_trades'),
  magnitude(1072, 'buy_trades'),
  signed(1313, 'signed_value_thousand_krw'),
  signed(1315, 'signed_sell_size'),
  signed(1316, 'signed_buy_size'),
  signed(1314, 'net_buy_size'),
  magnitude(1497, 'cfd_margin'),
  magnitude(1498, 'cfd_maintenance_margin'),
  magnitude(620, 'average_price'),
  magnitude(732, 'cfd_trading_cost'),
  magnitude(852, 'stock_loan_trading_cost'),
  { fid: 9081, name: 'exchange_code', reads: 'exchange' },
];

/** Type `00` (own orders and fills), in the order the venue sends. The texts stay as printed. */
export const ORDER_FIDS: readonly OrderFid[] = [
  { fid: 9201, name: 'account_number' },
  { fid: 9203, name: 'order_number' },
  { fid: 9205, name: 'manager_number' },
  { fid: 9001, name: 'instrument_code' },
  { fid: 912, name: 'business_class' },
  { fid: 913, name: 'order_state' },
  { fid: 302, name: 'instrument_name' },
  { fid: 900, name: 'order_size' },
  { fid: 901, name: 'order_price' },
  { fid: 902, name: 'unfilled_size' },
  { fid: 903, name: 'filled_value' },
  { fid: 904, name: 'original_order_number' },
  { fid: 905, name: 'order_kind' },
  { fid: 906, name: 'order_type' },
  { fid: 907, name: 'side_code' },
  { fid: 908, name: 'time' },
  { fid: 909, name: 'fill_number' },
  { fid: 910, name: 'fill_price' },
  { fid: 911, name: 'fill_size' },
  { fid: 10, name: 'last_price' },
  { fid: 27, name: 'ask_price' },
  { fid: 28, name: 'bid_price' },
  { fid: 914, name: 'unit_fill_price' },
  { fid: 915, name: 'unit_fill_size' },
  { fid: 938, name: 'fee_today' },
  { fid: 939, name: 'tax_today' },
  { fid: 919, name: 'reject_reason' },
  { fid: 920, name: 'screen_number' },
  { fid: 921, name: 'terminal_number' },
  { fid: 922, name: 'credit_class' },
  { fid: 923, name: 'loan_date' },
  { fid: 10010, name: 'after_hours_single_price' },
  { fid: 2134, name: 'exchange_code' },
  { fid: 2135, name: 'exchange_name' },
  { fid: 2136, name: 'is_smart_routed' },
];

/** Every FID of a decoded type has one slot of a scanned row. */
export const SLOT_FIDS: readonly number[] = [...new Set([...TRADE_FIDS, ...ORDER_FIDS].map((entry) => entry.fid))];

/** FIDs are below this; the table below is indexed by them. */
export const FID_LIMIT = 16_384;

/** Slot by FID; -1 for those that no decoded type has. */
export const SLOT_OF_FID: Int8Array = slotTable();

export function slotOf(fid: number): number {
  return SLOT_OF_FID[fid]!;
}

function slotTable(): Int8Array {
  const table = new Int8Array(FID_LIMIT).fill(-1);
  SLOT_FIDS.forEach((fid, slot) => {
    table[fid] = slot;
  });
  return table;
}
