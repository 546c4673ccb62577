import {
  canonicalJson,
  isInbound,
  type JsonValue,
  type Parameters,
  type RunIdentity,
  type RunSummary,
  type StopSignal,
  type Strategy,
  type StrategyDefinition,
  SymbolTable,
  type Tape,
  TapedeckError,
  usageError,
} from '#domain';
import { describeModels, Engine, type ModelSettings, type RiskSettings } from '#engine';
import type { Venue } from '#venues';
import { auditLine } from './audit-line.ts';
import { drive } from './drive.ts';
import { RunCollector } from './run-collector.ts';
import { RunHash } from './run-hash.ts';
import { TapePlayer } from './tape-player.ts';
import { instrumentOf, latenessOf } from './venue-lookup.ts';

export interface BacktestOptions {
  readonly tapes: readonly Tape[];
  readonly venues: ReadonlyMap<string, Venue>;
  readonly strategy: StrategyDefinition;
  /** SHA-256 of the strategy's source: part of the run hash. */
  readonly sourceHash: string;
  /** Every parameter of the strategy, defaults filled in. */
  readonly parameters: Parameters;
  /** Candles made of every symbol besides those the strategy asks for. */
  readonly candles?: readonly string[];
  /** Lateness of every venue, microseconds; each venue's own unless told. */
  readonly latenessUs?: number;
  readonly risk?: RiskSettings;
  readonly models?: ModelSettings;
  /** Starting cash in minor units by currency. */
  readonly startMinor?: Readonly<Record<string, number>>;
  /** Every audit as a line of canonical JSON, in order. */
  readonly onAuditLine?: (line: string) => void;
  readonly onProgress?: (records: number) => void;
  /** Awaited between two batches of records: where whoever takes the audits is waited for. */
  readonly betweenBatches?: () => Promise<void>;
  readonly signal?: StopSignal;
}

/** What a back-test found; the caller gives the run its name and the environment. */
export type BacktestResult = Omit<RunSummary, 'run' | 'environment'>;

/** Plays tapes through a strategy. The same tapes, strategy and settings give the same audits and run hash everywhere. */
export async function backtest(options: BacktestOptions): Promise<BacktestResult> {
  if (options.tapes.length === 0) throw usageError('NO_TAPE', 'a replay needs at least one session');
  const tapeDigests: string[] = [];
  for (const tape of options.tapes) tapeDigests.push(await tape.digest());
  return new Backtest(options, tapeDigests).run();
}

class Backtest {
  readonly #options: BacktestOptions;
  readonly #symbols = new SymbolTable();
  readonly #engine: Engine;
  readonly #player: TapePlayer;
  readonly #collector: RunCollector;
  readonly #identity: RunIdentity;
  readonly #hash: RunHash;
  #frames = 0;
  #notes = 0;
  #decodeFailures = 0;
  #undecodedFrames = 0;
  #drift = 0;

  constructor(options: BacktestOptions, tapeDigests: readonly string[]) {
    this.#options = options;
    const { venues, latenessUs } = options;
    this.#engine = new Engine({
      symbols: this.#symbols,
      instrumentOf: (venue, symbol) => instrumentOf(venues, venue, symbol),
      latenessOf: (venue) => latenessUs ?? latenessOf(venues, venue),
      candles: options.candles ?? [],
      strategy: createStrategy(options.strategy, options.parameters),
      risk: options.risk ?? {},
      models: options.models ?? {},
      startMinor: options.startMinor ?? {},
      onClosedTrade: (trade) => this.#collector.onClosedTrade(trade),
    });
    this.#collector = new RunCollector(this.#engine, this.#symbols);
    this.#identity = identityOf(options, this.#engine, tapeDigests);
    this.#hash = new RunHash(this.#identity);
    this.#player = new TapePlayer(this.#engine, venues, this.#symbols, {
      onAudit: (audit) => {
        this.#collector.onAudit(audit);
        const line = auditLine(audit, this.#symbols);
        this.#hash.add(line);
        options.onAuditLine?.(line);
      },
      onDecodeFailure: () => {
        this.#decodeFailures += 1;
      },
      onUndecoded: () => {
        this.#undecodedFrames += 1;
      },
      onDrift: () => {
        this.#drift += 1;
      },
    });
  }

  async run(): Promise<BacktestResult> {
    const { tapes, onProgress, betweenBatches, signal } = this.#options;
    const player = this.#player;
    const collector = this.#collector;
    const records = await drive(
      tapes,
      (record, tape) => {
        if (isInbound(record.kind)) this.#frames += 1;
        else if (record.kind === 'note') this.#notes += 1;
        player.visit(record, tape);
        collector.afterRecord();
      },
      {
        ...(onProgress === undefined ? {} : { onProgress }),
        ...(betweenBatches === undefined ? {} : { betweenBatches }),
        ...(signal === undefined ? {} : { signal }),
      },
    );
    player.finish();
    return this.#result(records);
  }

  #result(records: number): BacktestResult {
    const collector = this.#collector;
    return {
      version: 1,
      runHash: this.#hash.hex(),
      identity: this.#identity,
      sessions: this.#options.tapes.map((tape) => tape.session),
      firstUs: collector.firstUs,
      lastUs: this.#engine.nowUs,
      counts: collector.counts(records, this.#frames, this.#player.eventCount),
      lost: collector.losses({
        decodeFailures: this.#decodeFailures,
        undecodedFrames: this.#undecodedFrames,
        drift: this.#drift,
        notes: this.#notes,
      }),
      currencies: collector.currencies(),
      symbols: collector.symbols(),
      trades: collector.trades(),
      refusals: collector.refusals(),
      assumptions: describeModels(this.#engine.models).map(({ role, name, assumptions }) => ({ model: `${role}: ${name}`, assumptions })),
      chart: collector.chart(),
    };
  }
}

/** Makes the strategy; a `create` that throws, or gives nothing that has hooks, is named before the first record is read. */
function createStrategy(definition: StrategyDefinition, parameters: Parameters): Strategy {
  const { name } = definition;
  let made: unknown;
  try {
    made = definition.create(parameters);
  } catch (error) {
    if (error instanceof TapedeckError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const given = canonicalJson({ ...parameters });
    throw usageError(
      'STRATEGY_CREATE_FAILED',
      `strategy ${name}: create threw with ${given}: ${reason}; mend it, or its parameters`,
      error,
    );
  }
  if (typeof made === 'object' && made !== null && !('then' in made)) return made;
  const found = made === null ? 'null' : typeof made === 'object' ? 'a promise' : `a value of type ${typeof made}`;
  throw usageError('STRATEGY_EMPTY', `strategy ${name}: create gave ${found}; it must return an object with the strategy's hooks at once`);
}

/** Everything that decides the run, with the defaults of this version written out, so that a changed default changes the hash. */
function identityOf(options: BacktestOptions, engine: Engine, tapeDigests: readonly string[]): RunIdentity {
  const lateness =
    options.latenessUs ?? Object.fromEntries([...options.venues].map(([id, venue]): [string, JsonValue] => [id, venue.latenessUs]));
  return {
    strategy: { name: options.strategy.name, sourceHash: options.sourceHash, parameters: options.parameters },
    settings: {
      candles: options.candles ?? [],
      latenessUs: lateness,
      models: engine.models.settings,
      risk: JSON.parse(JSON.stringify(engine.risk.settings)) as JsonValue,
      startMinor: options.startMinor ?? {},
    },
    tapeDigests,
  };
}
