import type { HealthConfig } from './health-config.ts';
import type { KisChain, KisConfig, KisDerivative, KisStock } from './kis-config.ts';
import type { KiwoomCondition, KiwoomConfig, KiwoomSector, KiwoomStock } from './kiwoom-config.ts';
import { checkRecorderConfig } from './parse-config.ts';
import type { RecorderConfig } from './recorder-config.ts';
import type { RetentionConfig } from './retention-config.ts';
import type { CalendarConfig, LimitsConfig, SessionConfig } from './session-config.ts';
import type { CoincallChain, CoincallOptionsConfig, SymbolEntry, SymbolVenueConfig } from './symbol-config.ts';
import type { CommonConfig, KeyConfig, PollConfig, SubscriptionConfig } from './venue-config.ts';

type Without<T, K extends keyof T> = Omit<T, K>;
type SymbolVenue = 'coincall-futures' | 'binance-spot' | 'binance-usdm';

/**
 * Builds the object that a TOML file describes, for programs that embed the recorder:
 *
 *     const config = recorderConfig()
 *       .session({ name: 'korea-{date}', until: '06:10' })
 *       .kis((kis) => kis.stock('005930', { name: '삼성전자', interval: '1m' }).derivative('A01612').optionChain('202612', { strikes: 8 }))
 *       .build();
 */
export function recorderConfig(): RecorderConfigBuilder {
  return new RecorderConfigBuilder();
}

export class RecorderConfigBuilder {
  readonly #config: RecorderConfig = {};

  session(session: SessionConfig): this {
    this.#config.session = { ...this.#config.session, ...session };
    return this;
  }

  calendar(calendar: CalendarConfig): this {
    this.#config.calendar = { ...this.#config.calendar, ...calendar };
    return this;
  }

  limits(limits: LimitsConfig): this {
    this.#config.limits = { ...this.#config.limits, ...limits };
    return this;
  }

  retention(retention: RetentionConfig): this {
    this.#config.retention = { ...this.#config.retention, ...retention };
    return this;
  }

  /** How the recording watches itself: `/metrics`, webhooks, thresholds. */
  health(health: HealthConfig): this {
    this.#config.health = { ...this.#config.health, ...health };
    return this;
  }

  kis(describe: (kis: KisBuilder) => KisBuilder): this {
    this.#config.kis = describe(new KisBuilder()).table;
    return this;
  }

  kiwoom(describe: (kiwoom: KiwoomBuilder) => KiwoomBuilder): this {
    this.#config.kiwoom = describe(new KiwoomBuilder()).table;
    return this;
  }

  coincallOptions(describe: (options: CoincallOptionsBuilder) => CoincallOptionsBuilder): this {
    this.#config['coincall-options'] = describe(new CoincallOptionsBuilder()).table;
    return this;
  }

  coincallFutures(describe: (futures: SymbolBuilder) => SymbolBuilder): this {
    return this.#symbols('coincall-futures', describe);
  }

  binanceSpot(describe: (spot: SymbolBuilder) => SymbolBuilder): this {
    return this.#symbols('binance-spot', describe);
  }

  binanceUsdm(describe: (usdm: SymbolBuilder) => SymbolBuilder): this {
    return this.#symbols('binance-usdm', describe);
  }

  /** Checks it as a file is checked; throws `CONFIG_INVALID` with every problem at once. */
  build(): RecorderConfig {
    return checkRecorderConfig(this.#config, 'the configuration');
  }

  #symbols(venue: SymbolVenue, describe: (builder: SymbolBuilder) => SymbolBuilder): this {
    this.#config[venue] = describe(new SymbolBuilder()).table;
    return this;
  }
}

/** What every venue's table can say. */
abstract class VenueBuilder<Table extends CommonConfig> {
  /** What was said so far. */
  readonly table: Table;

  constructor(table: Table) {
    this.table = table;
  }

  /** Values that stand once: `environment`, `endpoints`, `options`, `slots`. */
  settings(settings: Pick<CommonConfig, 'environment' | 'endpoints' | 'options' | 'slots'>): this {
    Object.assign(this.table, settings);
    return this;
  }

  /** One more set of credentials, by the names of the variables that hold them. */
  key(name: string, key: Without<KeyConfig, 'name'> = {}): this {
    this.table.keys = [...(this.table.keys ?? []), { name, ...key }];
    return this;
  }

  /** Anything by the venue's own names of channels. */
  subscription(channels: readonly string[], subscription: Without<SubscriptionConfig, 'channels'> = {}): this {
    this.table.subscriptions = [...(this.table.subscriptions ?? []), { channels: [...channels], ...subscription }];
    return this;
  }

  poll(rule: string, targets: readonly string[], poll: Without<PollConfig, 'rule' | 'targets'> = {}): this {
    this.table.polls = [...(this.table.polls ?? []), { rule, targets: [...targets], ...poll }];
    return this;
  }
}

export class KisBuilder extends VenueBuilder<KisConfig> {
  constructor() {
    super({});
  }

  stock(code: string, stock: Without<KisStock, 'code'> = {}): this {
    this.table.stocks = [...(this.table.stocks ?? []), { code, ...stock }];
    return this;
  }

  derivative(code: string, derivative: Without<KisDerivative, 'code'> = {}): this {
    this.table.derivatives = [...(this.table.derivatives ?? []), { code, ...derivative }];
    return this;
  }

  optionChain(maturity: string, chain: Without<KisChain, 'maturity'>): this {
    this.table.chains = [...(this.table.chains ?? []), { maturity, ...chain }];
    return this;
  }

  notices(...notices: NonNullable<KisConfig['notices']>): this {
    this.table.notices = [...(this.table.notices ?? []), ...notices];
    return this;
  }
}

export class KiwoomBuilder extends VenueBuilder<KiwoomConfig> {
  constructor() {
    super({});
  }

  stock(code: string, stock: Without<KiwoomStock, 'code'> = {}): this {
    this.table.stocks = [...(this.table.stocks ?? []), { code, ...stock }];
    return this;
  }

  sector(code: string, sector: Without<KiwoomSector, 'code'> = {}): this {
    this.table.sectors = [...(this.table.sectors ?? []), { code, ...sector }];
    return this;
  }

  condition(seq: string, condition: Without<KiwoomCondition, 'seq'>): this {
    this.table.conditions = [...(this.table.conditions ?? []), { seq, ...condition }];
    return this;
  }

  market(...channels: NonNullable<KiwoomConfig['market']>): this {
    this.table.market = [...(this.table.market ?? []), ...channels];
    return this;
  }

  notices(...notices: NonNullable<KiwoomConfig['notices']>): this {
    this.table.notices = [...(this.table.notices ?? []), ...notices];
    return this;
  }
}

export class SymbolBuilder extends VenueBuilder<SymbolVenueConfig> {
  constructor() {
    super({});
  }

  symbol(symbol: string, entry: Without<SymbolEntry, 'symbol'> = {}): this {
    this.table.symbols = [...(this.table.symbols ?? []), { symbol, ...entry }];
    return this;
  }
}

export class CoincallOptionsBuilder extends VenueBuilder<CoincallOptionsConfig> {
  constructor() {
    super({});
  }

  symbol(symbol: string, entry: Without<SymbolEntry, 'symbol'> = {}): this {
    this.table.symbols = [...(this.table.symbols ?? []), { symbol, ...entry }];
    return this;
  }

  optionChain(underlying: string, chain: Without<CoincallChain, 'underlying'>): this {
    this.table.chains = [...(this.table.chains ?? []), { underlying, ...chain }];
    return this;
  }
}
